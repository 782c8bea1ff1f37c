package selftest

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

// The function is built by `make` and not committed: a plain `go build` embeds
// an empty folder, and Run says so.
//
//go:embed all:handler/bin
var programs embed.FS

// manifest is the function as a folder of one's own, as any guest's. %[1]s is
// its name.
const manifest = `schema: 1
name: %[1]s
displayName: Self-test %[1]s
language: none
prefixes: [/%[1]s]
order: 1
color: "#336699"
sources: [handler]
artifacts:
  api:
    build: {command: 'cp handler "$BENCH_OUTPUT/bootstrap" && chmod +x "$BENCH_OUTPUT/bootstrap"'}
    output: build/{arch}
    architectures: [x86_64, arm64]
    lambdaRuntime: provided.al2023
    handler: bootstrap
    expectedSeconds: 1
variants:
  api: {artifact: api, kind: guest, contract: none, local: "yes", default: true}
`

// world is what the parts run in: one artifact under two names, a lab, and a
// stub for a database.
type world struct {
	options Options
	dir     string
	configs []target.Config
	stub    *httptest.Server
	lab     *local.Lab
	records *records
}

func open(ctx context.Context, o Options) (w *world, err error) {
	program, err := programs.ReadFile("handler/bin/handler-" + runtime.GOARCH)
	if err != nil {
		return nil, fault.New("make build", "this program was built without the function that it tests itself with")
	}
	dir, err := os.MkdirTemp("", "bench-selftest-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the self-test: %w", err)
	}
	w = &world{options: o, dir: dir, records: &records{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	arch := config.X8664
	if runtime.GOARCH == "arm64" {
		arch = config.ARM64
	}
	var requests []build.Request
	for _, name := range []string{"a", "b"} {
		r, err := w.runtime(name, program)
		if err != nil {
			return nil, err
		}
		w.configs = append(w.configs, target.Config{Runtime: r, Variant: "api", MemoryMB: config.DefaultMemoryMB, Arch: arch})
		requests = append(requests, build.Request{Runtime: r, Artifact: "api", Arch: arch})
	}
	dist, cache := filepath.Join(dir, "dist"), filepath.Join(dir, "cache")
	built, err := build.Build(ctx, requests, build.Options{Root: dir, DistDir: dist, CacheDir: cache})
	if err != nil {
		return nil, err
	}
	for _, b := range built {
		if b.Err != nil {
			return nil, b.Err
		}
	}
	if a, b := built[0].Meta.SHA256, built[1].Meta.SHA256; a != b {
		return nil, fmt.Errorf("the self-test needs one artifact under two names, got %s and %s", a, b)
	}
	w.stub = newStub(w.records)
	w.lab, err = local.OpenLab(ctx, local.Options{
		DistDir: dist, CacheDir: cache, Version: o.Version,
		Database: dynamodb.Options{Kind: dynamodb.Endpoint, Endpoint: w.stub.URL},
	})
	if err != nil {
		return nil, err
	}
	for _, c := range w.configs {
		if _, err := w.lab.Prepare(ctx, c); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *world) runtime(name string, program []byte) (config.Runtime, error) {
	dir := filepath.Join(w.dir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return config.Runtime{}, fmt.Errorf("make a folder for the self-test: %w", err)
	}
	for file, data := range map[string][]byte{"handler": program, config.ManifestName: fmt.Appendf(nil, manifest, name)} {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o644); err != nil {
			return config.Runtime{}, fmt.Errorf("write the self-test's function: %w", err)
		}
	}
	return config.LoadRuntime(dir)
}

func (w *world) close() error {
	var errs []error
	if w.lab != nil {
		errs = append(errs, w.lab.Close())
	}
	if w.stub != nil {
		w.stub.Close()
	}
	return errors.Join(append(errs, os.RemoveAll(w.dir))...)
}
