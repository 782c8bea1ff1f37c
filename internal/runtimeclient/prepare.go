package runtimeclient

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/filelock"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/script"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// FindInterpreter finds the interpreter, or installs it below cacheDir where the
// client says how. A client without an interpreter gives the zero Found.
func (c Client) FindInterpreter(ctx context.Context, cacheDir string) (toolchain.Found, error) {
	i := c.Interpreter
	if i == nil {
		return toolchain.Found{}, nil
	}
	found, err := toolchain.Find(ctx, i.Tool)
	var missing *toolchain.NotFoundError
	if err == nil || i.Install == "" || !errors.As(err, &missing) {
		return found, err
	}
	// Installed only where the machine has none.
	dir, installErr := c.install(ctx, installation{
		what: "the interpreter of " + c.Runtime, cacheDir: cacheDir, name: c.Runtime + "-interpreter", key: c.key("interpreter", i.Install, c.values),
		script: i.Install, tools: i.Tools,
	})
	if installErr != nil {
		return toolchain.Found{}, errors.Join(err, installErr)
	}
	installed := i.Tool
	installed.Probe = nil
	for _, p := range i.Installed {
		installed.Probe = append(installed.Probe, expand(p, map[string]string{"CLIENT_DIR": script.Quote(dir)}))
	}
	return toolchain.Find(ctx, installed)
}

// Runnable says whether this machine has the interpreter, or what installs one.
func (c Client) Runnable(ctx context.Context) bool {
	i := c.Interpreter
	if i == nil {
		return true
	}
	if _, err := toolchain.Find(ctx, i.Tool); err == nil {
		return true
	}
	return i.Install != "" && !slices.ContainsFunc(i.Tools, func(t config.Tool) bool {
		_, err := toolchain.Find(ctx, t)
		return err != nil
	})
}

// Prepare finds the interpreter and installs the client below cacheDir, unless
// that was done before for the same data and interpreter. Two processes may do
// it at once: one of them installs.
func (c Client) Prepare(ctx context.Context, cacheDir string) (Prepared, error) {
	p := Prepared{Env: map[string]string{}, Extended: c.Extended, ExecutionEnvironment: c.ExecutionEnvironment, trust: c.Trust}
	found, err := c.FindInterpreter(ctx, cacheDir)
	if err != nil {
		return Prepared{}, fmt.Errorf("prepare the runtime client %s: %w", c.Runtime, err)
	}
	p.InterpreterPath, p.InterpreterVersion = found.Path, found.Version
	values := map[string]string{}
	tools := map[string]string{}
	if found.Path != "" {
		tools[toolchain.Variable(found.Tool)] = found.Path
		maps.Copy(values, tools)
	}
	p.tools = tools
	if c.Install != "" || c.hasFiles() {
		name, key := c.Runtime, c.key("client", c.Install, found.Version, c.values)
		if c.Shared {
			name, key = c.family, c.key("client", c.Install)
		}
		p.Dir, err = c.install(ctx, installation{
			what: "the client of " + c.Runtime, cacheDir: cacheDir, name: name, key: key,
			script: c.Install, tools: c.Tools, found: tools,
		})
		if err != nil {
			return Prepared{}, fmt.Errorf("prepare the runtime client %s: %w", c.Runtime, err)
		}
		values["CLIENT_DIR"] = p.Dir
	}
	wrapped := c.Wrapped
	for _, word := range c.Command {
		if word == wrapperWord {
			wrapped = c.Command
			continue
		}
		p.Command = append(p.Command, expand(word, values))
	}
	for _, word := range wrapped {
		p.Wrapped = append(p.Wrapped, expand(word, values))
	}
	for name, value := range c.Env {
		p.Env[name] = expand(value, values)
	}
	return p, nil
}

// hasFiles reports whether there is anything to install beside the manifest.
func (c Client) hasFiles() bool {
	entries, err := fs.ReadDir(c.data, ".")
	return err == nil && len(entries) > 1
}

// key names an installation: the same data on the same kind of machine, and what else
// it is made with, such as the script, give the same files.
func (c Client) key(purpose string, with ...any) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%v\n%s/%s\n", purpose, with, runtime.GOOS, runtime.GOARCH)
	// The data is embedded: walking it can't fail.
	_ = fs.WalkDir(c.data, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && c.Brings != nil && path == c.Brings.Data:
			return fs.SkipDir // is installed by itself
		case d.IsDir() || path == manifestName: // of that the script counts alone
			return nil
		}
		content, err := fs.ReadFile(c.data, path)
		fmt.Fprintf(h, "%s %d\n%s\n", path, len(content), content)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// installation is one folder below the cache, made once.
type installation struct {
	what                        string // in words
	cacheDir, name, key, script string
	tools                       []config.Tool     // needed to install
	found                       map[string]string // TOOL_… found already
}

// install makes the folder with a copy of the data and runs the script in it.
// The folder appears under its name only when all of that succeeded.
func (c Client) install(ctx context.Context, in installation) (string, error) {
	parent, err := filepath.Abs(filepath.Join(in.cacheDir, "clients"))
	if err != nil {
		return "", fmt.Errorf("find the cache: %w", err)
	}
	dir := filepath.Join(parent, in.name+"-"+in.key)
	if isDir(dir) {
		return dir, nil
	}
	work := c.begin(in)
	defer work.End()
	lock, err := filelock.Acquire(ctx, dir+".lock", func() {
		work.Line("another process is installing it, waiting for that")
	})
	if err != nil {
		return "", fmt.Errorf("install %s: %w", in.name, err)
	}
	defer lock.Release()
	if isDir(dir) {
		return dir, nil // the other process was done meanwhile
	}

	partial := dir + ".partial"
	defer os.RemoveAll(partial)
	// What a killed process left would mix with ours.
	if err := os.RemoveAll(partial); err != nil {
		return "", fmt.Errorf("install %s: %w", in.name, err)
	}
	if err := c.copyTo(partial); err != nil {
		return "", fmt.Errorf("install %s: copy its files: %w", in.name, err)
	}
	if in.script != "" {
		env := append(script.HostEnv(), "CLIENT_DIR="+partial, "BENCH_CACHE="+in.cacheDir)
		for _, name := range slices.Sorted(maps.Keys(in.found)) {
			env = append(env, name+"="+in.found[name])
		}
		for _, t := range in.tools {
			found, err := toolchain.Find(ctx, t)
			if err != nil {
				return "", fmt.Errorf("install %s: %w", in.name, err)
			}
			env = append(env, toolchain.Variable(t.Tool)+"="+found.Path)
		}
		err := script.Run(ctx, script.Script{
			Command: in.script, Dir: partial, Env: env, OnLine: work.Line,
			Log: filepath.Join(in.cacheDir, "logs", "install-"+in.name+".log"),
		})
		if err != nil {
			return "", fmt.Errorf("install %s: %w", in.name, err)
		}
	}
	if err := os.Rename(partial, dir); err != nil {
		return "", fmt.Errorf("install %s: %w", in.name, err)
	}
	return dir, nil
}

// begin tells of an installation. One without a script copies a few files.
func (c Client) begin(in installation) Work {
	if c.Installing == nil || in.script == "" {
		return silence{}
	}
	if work := c.Installing(in.what); work != nil {
		return work
	}
	return silence{}
}

type silence struct{}

func (silence) Line(string) {}
func (silence) End()        {}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
