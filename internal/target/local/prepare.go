package local

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Prepare makes everything of c ready that is not measured: the unpacked code
// and the runtime client.
func (l *Lab) Prepare(ctx context.Context, c target.Config) (engine.Function, error) {
	p, err := l.prepare(ctx, c)
	return p.function, err
}

// prepared is a function with all that the results say of it.
type prepared struct {
	function    engine.Function
	built       build.Built
	interpreter string // its version
	layers      []results.Layer
	brought     map[string]string // what the runtime brings, with versions
}

func (l *Lab) prepare(ctx context.Context, c target.Config) (prepared, error) {
	variant, err := c.Runtime.Variant(c.Variant)
	if err != nil {
		return prepared{}, err
	}
	built, err := build.Open(l.options.DistDir, c.Runtime, variant.Artifact, c.Arch)
	if err != nil {
		return prepared{}, err
	}
	dir, err := l.unpacked(built)
	if err != nil {
		return prepared{}, err
	}
	layers, err := l.layersOf(c.Runtime, built.Meta.UnpackedBytes)
	if err != nil {
		return prepared{}, err
	}
	client, err := l.client(ctx, built.Meta.LambdaRuntime)
	if err != nil {
		return prepared{}, err
	}
	brought, err := l.bring(ctx, c.Runtime.Name, built.Meta.LambdaRuntime, client, append([]string{dir}, layers.dirs...))
	if err != nil {
		return prepared{}, err
	}
	paths, covers := client.Paths(), l.covers
	if brought.Dir != "" {
		covers = maps.Clone(l.covers)
		if covers == nil {
			covers = map[string]string{}
		}
		covers[brought.Seen] = brought.Dir
		paths = append(paths, brought.Dir)
	}
	environment, err := config.LookupEnvironment(config.Dev)
	if err != nil {
		return prepared{}, err
	}
	timeout := config.FunctionTimeout
	if c.Runtime.Timeout > 0 {
		timeout = time.Duration(c.Runtime.Timeout) * time.Second
	}
	function := engine.Function{
		Name:                 config.FunctionName(c.Runtime.Name, config.Dev),
		Handler:              variant.Handler,
		LambdaRuntime:        built.Meta.LambdaRuntime,
		Architecture:         c.Arch,
		Command:              client.Command,
		Wrapped:              client.Wrapped,
		ClientEnv:            client.Env,
		Extended:             client.Extended,
		Paths:                paths,
		Covers:               covers,
		ExecutionEnvironment: client.ExecutionEnvironment,
		CodeDir:              dir,
		Layers:               layers.dirs,
		Env:                  variant.Variables(environment, l.options.Version),
		MemoryMB:             c.MemoryMB,
		TempMB:               c.Runtime.EphemeralStorage,
		Timeout:              timeout,
		SnapStart:            variant.SnapStart,
		HostNetwork:          variant.Network == config.HostNetwork,
		Logs:                 l.options.Logs,
	}
	return prepared{function: function, built: built, interpreter: client.InterpreterVersion, layers: layers.results, brought: brought.Versions}, nil
}

// bring looks for what the function asks of its runtime. Each answer is looked for once.
func (l *Lab) bring(ctx context.Context, name, lambdaRuntime string, client runtimeclient.Prepared, dirs []string) (runtimeclient.Brought, error) {
	if !l.host.Description().Namespaces { // nothing can be shown where Lambda has it
		return runtimeclient.Brought{}, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := lambdaRuntime + "\x00" + strings.Join(dirs, "\x00")
	if known, ok := l.brought[key]; ok {
		return known, nil
	}
	data, err := runtimeclient.Load(lambdaRuntime)
	if err != nil {
		return runtimeclient.Brought{}, err
	}
	data.Installing = l.options.Installing
	brought, err := data.Bring(ctx, l.options.CacheDir, client, dirs...)
	if err != nil {
		return runtimeclient.Brought{}, err
	}
	if len(brought.Missing) > 0 && l.options.Progress != nil {
		l.options.Progress(fmt.Sprintf("%s: %s of the SDK that %s brings on Lambda is not brought here: put it into the zip if it is not found", name, strings.Join(brought.Missing, ", "), lambdaRuntime))
	}
	l.brought[key] = brought
	return brought, nil
}

// unpacked is the folder with the artifact's files, shared by its environments.
func (l *Lab) unpacked(built build.Built) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if dir, ok := l.code[built.Meta.SHA256]; ok {
		return dir, nil
	}
	dir := filepath.Join(l.host.RunDir(), "code", built.Meta.SHA256[:16])
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", fmt.Errorf("make the code folder: %w", err)
	}
	if err := engine.Unpack(built.Path, dir); err != nil {
		return "", err
	}
	l.code[built.Meta.SHA256] = dir
	return dir, nil
}

// client is what starts functions of a Lambda runtime here.
func (l *Lab) client(ctx context.Context, lambdaRuntime string) (runtimeclient.Prepared, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if client, ok := l.clients[lambdaRuntime]; ok {
		return client, nil
	}
	data, err := runtimeclient.Load(lambdaRuntime)
	if err != nil {
		return runtimeclient.Prepared{}, err
	}
	data.Installing = l.options.Installing
	client, err := data.Prepare(ctx, l.options.CacheDir)
	if err != nil {
		return runtimeclient.Prepared{}, err
	}
	client = client.Trusting(l.stores)
	l.clients[lambdaRuntime] = client
	return client, nil
}
