package runtimeclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// Brings is what a managed runtime has beside its client, so that a zip need not carry
// it: the AWS SDK.
type Brings struct {
	// Data is a folder of the client's data: Install is run in a copy of it.
	Data string `yaml:"data"`
	// Named finds in files with one of the endings In what the code asks for: its first
	// group is a package's name.
	Named string   `yaml:"named"`
	In    []string `yaml:"in"`
	// Carried are where the code or a layer has packages of its own, which come first:
	// each followed by the package's name.
	Carried []string `yaml:"carried"`
	// Tools are needed by Install, a shell script (sh -eu) with CLIENT_DIR. It leaves a
	// file called versions, with "NAME VERSION" a line.
	Tools   []config.Tool `yaml:"tools"`
	Install string        `yaml:"install"`
	// Packages is the installation's folder of packages, Seen its name for functions.
	Packages string `yaml:"packages"`
	Seen     string `yaml:"seen"`
}

// Brought is what a function that asks for it finds of its runtime.
type Brought struct {
	// Dir is the folder on this machine and Seen the one that the function sees, both ""
	// where the function asks for nothing.
	Dir, Seen string
	Versions  map[string]string
	// Missing are packages that the code asks for, and that are not there either.
	Missing []string
}

const versionsName = "versions"

// Bring looks into the code and the layers of a function, and where these ask for
// packages of the runtime's that they do not carry, it installs all of them below
// cacheDir, once.
func (c Client) Bring(ctx context.Context, cacheDir string, p Prepared, dirs ...string) (Brought, error) {
	b := c.Brings
	if b == nil {
		return Brought{}, nil
	}
	asked, err := b.asked(dirs)
	if err != nil {
		return Brought{}, fmt.Errorf("look for what %s brings: %w", c.Runtime, err)
	}
	if len(asked) == 0 {
		return Brought{}, nil
	}
	data, err := fs.Sub(c.data, b.Data)
	if err != nil {
		return Brought{}, fmt.Errorf("open what %s brings: %w", c.Runtime, err)
	}
	sdk := c
	sdk.data = data
	dir, err := sdk.install(ctx, installation{
		what: "the AWS SDK that " + c.Runtime + " brings", cacheDir: cacheDir, name: c.Runtime + "-" + b.Data, key: sdk.key(b.Data, b.Install, p.InterpreterVersion),
		script: b.Install, tools: b.Tools, found: p.tools,
	})
	if err != nil {
		return Brought{}, fmt.Errorf("install what %s brings: %w", c.Runtime, err)
	}
	brought := Brought{Dir: filepath.Join(dir, b.Packages), Seen: b.Seen, Versions: map[string]string{}}
	lines, err := os.ReadFile(filepath.Join(dir, versionsName))
	if err != nil {
		return Brought{}, fmt.Errorf("read the versions of what %s brings: %w", c.Runtime, err)
	}
	for line := range strings.Lines(string(lines)) {
		if i := strings.LastIndexByte(strings.TrimSpace(line), ' '); i > 0 {
			brought.Versions[line[:i]] = strings.TrimSpace(line[i:])
		}
	}
	for _, name := range asked {
		if _, err := os.Stat(filepath.Join(brought.Dir, name)); err != nil {
			brought.Missing = append(brought.Missing, name)
		}
	}
	return brought, nil
}

// asked lists what code names and no folder carries, sorted.
func (b Brings) asked(dirs []string) ([]string, error) {
	named, err := regexp.Compile(b.Named)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || !slices.Contains(b.In, filepath.Ext(path)) {
				return err
			}
			content, err := os.ReadFile(path)
			for _, match := range named.FindAllSubmatch(content, -1) {
				names[string(bytes.TrimSpace(match[1]))] = true
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	carried := func(name string) bool {
		for _, dir := range dirs {
			for _, place := range b.Carried {
				if _, err := os.Stat(filepath.Join(dir, place, name)); err == nil {
					return true
				}
			}
		}
		return false
	}
	maps.DeleteFunc(names, func(name string, _ bool) bool { return carried(name) })
	return slices.Sorted(maps.Keys(names)), nil
}

func (b Brings) check() error {
	named, err := regexp.Compile(b.Named)
	switch {
	case err != nil:
		return fmt.Errorf("brings.named: %w", err)
	case named.NumSubexp() != 1:
		return fmt.Errorf("brings.named: got %d groups, want one, for the package's name", named.NumSubexp())
	case b.Data == "" || b.Install == "" || b.Packages == "" || !strings.HasPrefix(b.Seen, "/"):
		return errors.New("brings: got no data, install, packages or absolute seen, want all four")
	case len(b.In) == 0 || len(b.Carried) == 0:
		return errors.New("brings: got no in or no carried, want both")
	}
	for _, t := range b.Tools {
		if err := checkTool(t); err != nil {
			return err
		}
	}
	return nil
}
