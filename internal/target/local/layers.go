package local

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// layers are a runtime's, ready to be seen under /opt, by the name of its folder.
type layers struct {
	dirs    []string // unpacked, in order
	results []results.Layer
	bytes   int64
}

// layersOf unpacks the layers of a function with so many bytes of code: Lambda's limit
// is one for both.
func (l *Lab) layersOf(r config.Runtime, codeBytes int64) (layers, error) {
	if len(r.Layers) == 0 {
		return layers{}, nil
	}
	all, err := l.unpackLayers(r)
	if err != nil {
		return layers{}, err
	}
	if total := all.bytes + codeBytes; total > config.MaxUnpackedBytes {
		return layers{}, fault.Usage("leave out of the code and the layers what the function does not need",
			"%s: layers: got %d bytes unpacked, with the code's %d, want at most %d, which is Lambda's limit for both", filepath.Join(r.Dir, config.ManifestName), total, codeBytes, config.MaxUnpackedBytes)
	}
	return all, nil
}

func (l *Lab) unpackLayers(r config.Runtime) (layers, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.layers[r.Name]; ok {
		return known, nil
	}
	parent := filepath.Join(l.host.RunDir(), "layers")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return layers{}, fmt.Errorf("make the layers' folder: %w", err)
	}
	var all layers
	for i, name := range r.Layers {
		packed, err := build.PackLayer(r.ZipPath(name), parent)
		if err != nil {
			return layers{}, fmt.Errorf("%s: layers.%d: %w", filepath.Join(r.Dir, config.ManifestName), i, err)
		}
		dir := filepath.Join(parent, packed.SHA256[:16])
		if _, err := os.Stat(dir); err != nil {
			if err := engine.UnpackLayer(packed.Path, dir); err != nil {
				return layers{}, fmt.Errorf("%s: layers.%d: %w", filepath.Join(r.Dir, config.ManifestName), i, err)
			}
		}
		all.dirs = append(all.dirs, dir)
		all.bytes += packed.Unpacked
		all.results = append(all.results, results.Layer{Name: name, SHA256: packed.SHA256, Unpacked: packed.Unpacked})
	}
	l.layers[r.Name] = all
	return all, nil
}
