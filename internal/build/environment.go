package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/script"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// sourceDateEpoch is 1980-01-01T00:00:00Z, the first day that a zip can tell.
// https://reproducible-builds.org/specs/source-date-epoch/
const sourceDateEpoch = "315532800"

// goArch translates Lambda's architectures into those of the Go toolchain, which
// several others use as well.
var goArch = map[string]string{config.X8664: "amd64", config.ARM64: "arm64"}

// DefaultCacheDir is $BENCH_CACHE_DIR, or this project's folder in the user's
// cache folder ($XDG_CACHE_HOME, else ~/.cache).
func DefaultCacheDir() (string, error) {
	if dir := os.Getenv("BENCH_CACHE_DIR"); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", fmt.Errorf("find the cache folder: %w", err)
		}
		return abs, nil
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, config.Prefix), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder (set BENCH_CACHE_DIR): %w", err)
	}
	return filepath.Join(home, ".cache", config.Prefix), nil
}

// Environment is what the manifest's commands (build, test, lint, serve) see:
// this process's environment and on top of it BENCH_ARCH, BENCH_GOARCH,
// BENCH_OUTPUT, BENCH_CACHE, BENCH_VERSION, SOURCE_DATE_EPOCH and a TOOL_<NAME>
// for every tool. Only a build has BENCH_VERSIONS and the artifact's own
// variables beside these. A tool that is not there is a *Missing.
func Environment(ctx context.Context, r Request, o Options) ([]string, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	version, err := config.ReadVersion(o.Root)
	if err != nil {
		return nil, err
	}
	tools, err := findTools(ctx, r, o)
	if err != nil {
		return nil, err
	}
	return environment(r, o, version, tools)
}

func environment(r Request, o Options, version string, tools []toolchain.Found) ([]string, error) {
	artifact, err := r.Runtime.Artifact(r.Artifact)
	if err != nil {
		return nil, err
	}
	env := append(script.HostEnv(),
		"BENCH_ARCH="+r.Arch,
		"BENCH_GOARCH="+goArch[r.Arch],
		"BENCH_OUTPUT="+r.Runtime.OutputDir(artifact, r.Arch),
		"BENCH_CACHE="+o.CacheDir,
		"BENCH_VERSION="+version,
		"SOURCE_DATE_EPOCH="+sourceDateEpoch,
	)
	for _, t := range tools {
		env = append(env, toolchain.Variable(t.Tool)+"="+t.Path)
	}
	return env, nil
}

// findTools finds what the manifest names and the interpreter of the Lambda
// runtime, in that order.
func findTools(ctx context.Context, r Request, o Options) ([]toolchain.Found, error) {
	artifact, err := r.Runtime.Artifact(r.Artifact)
	if err != nil {
		return nil, err
	}
	if artifact.HostOnly && goArch[r.Arch] != runtime.GOARCH {
		return nil, &Missing{ID: r.ID(), Tool: r.Arch, Optional: artifact.Optional, Err: fault.New(
			"build it on such a machine",
			"got a machine with %s, want one with %s, since the build runs what it makes", runtime.GOARCH, goArch[r.Arch])}
	}
	var found []toolchain.Found
	for _, t := range r.Runtime.Tools(artifact) {
		f, err := toolchain.FindIn(ctx, r.Runtime.Dir, t)
		if err != nil {
			return nil, missing(r, artifact, t.Tool, err)
		}
		found = append(found, f)
	}
	// A Lambda runtime that can't be run here can be built for all the same.
	client, err := runtimeclient.Load(artifact.LambdaRuntime)
	if err != nil || client.Interpreter == nil {
		return found, nil
	}
	name := client.Interpreter.Tool.Tool
	if slices.ContainsFunc(found, func(f toolchain.Found) bool { return f.Tool == name }) {
		return found, nil // the manifest's own word about it counts
	}
	client.Installing = o.Installing
	f, err := client.FindInterpreter(ctx, o.CacheDir)
	if err != nil {
		return nil, missing(r, artifact, name, err)
	}
	return append(found, f), nil
}

func missing(r Request, a config.Artifact, tool string, err error) error {
	var notFound *toolchain.NotFoundError
	if !errors.As(err, &notFound) {
		return fmt.Errorf("find %s: %w", tool, err)
	}
	return &Missing{ID: r.ID(), Tool: tool, Optional: a.Optional, Err: err}
}
