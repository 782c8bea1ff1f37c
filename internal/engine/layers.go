package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// optRoot is where a function sees its layers.
const optRoot = "/opt"

// opt is what layers show under /opt: each entry by itself, so that an interpreter of
// this machine that lives there keeps its place.
func (e *Engine) opt(layers []string) ([]sandbox.Mount, error) {
	if len(layers) == 0 {
		return nil, nil
	}
	if !e.box.Namespaces() {
		return nil, fault.New("run as root, or where user namespaces are allowed", "got a machine without mounts of a function's own, want them for %s", optRoot)
	}
	dir := layers[0]
	if len(layers) > 1 {
		var err error
		if dir, err = e.merged(layers); err != nil {
			return nil, err
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var mounts []sandbox.Mount
	for _, entry := range entries {
		mounts = append(mounts, sandbox.Mount{Source: filepath.Join(dir, entry.Name()), Target: optRoot + "/" + entry.Name(), ReadOnly: true})
	}
	return mounts, nil
}

// merged is a folder with hard links to the files of several layers, made once for
// each list of them.
func (e *Engine) merged(layers []string) (string, error) {
	e.merging.Lock()
	defer e.merging.Unlock()
	sum := sha256.Sum256([]byte(strings.Join(layers, "\x00")))
	dir := filepath.Join(e.box.RunDir(), "opt-"+hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	partial := dir + ".partial"
	if err := errors.Join(os.RemoveAll(partial), os.Mkdir(partial, 0o755)); err != nil {
		return "", err
	}
	for _, layer := range layers {
		if err := lay(layer, partial); err != nil {
			return "", fmt.Errorf("merge the layer %s: %w", layer, err)
		}
	}
	return dir, os.Rename(partial, dir)
}

// lay puts a layer over what lies in dir. Folders of one name become one; of anything
// else the newer takes the place of the older.
func lay(layer, dir string) error {
	return filepath.WalkDir(layer, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == layer {
			return err
		}
		target := filepath.Join(dir, strings.TrimPrefix(path, layer))
		older, err := os.Lstat(target)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case entry.IsDir() && older.IsDir():
			return nil
		default:
			if err := os.RemoveAll(target); err != nil {
				return err
			}
		}
		if entry.IsDir() {
			return os.Mkdir(target, 0o755)
		}
		return os.Link(path, target)
	})
}
