package build

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Layer is a zip of what functions see under /opt.
type Layer struct {
	Path     string // of the zip, absolute
	SHA256   string // of the zip, hexadecimal
	Unpacked int64  // bytes of its files
}

// PackLayer takes a zip as it is, and makes one of a folder in dir: the same bytes of
// the same files. What a layer holds may be for several architectures, so its binaries
// are not looked at.
func PackLayer(path, dir string) (Layer, error) {
	layer, err := packLayer(path, dir)
	if err != nil {
		return Layer{}, ofLayer(path, err)
	}
	return layer, nil
}

// optRoot is where functions see what layers hold.
const optRoot = "/opt"

// CheckLayer says what is wrong with a layer as far as its zip's list of files, or its
// folder, tells.
func CheckLayer(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		_, err = scanAt(path, optRoot)
	} else if err == nil {
		var archive *zip.ReadCloser
		if archive, err = openZip(path); err == nil {
			err = archive.Close()
		}
	}
	return ofLayer(path, err)
}

func openZip(path string) (*zip.ReadCloser, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("got no zip, want one: %w", err)
	}
	return archive, nil
}

func ofLayer(path string, err error) error {
	if err == nil {
		return nil
	}
	return fault.Usage("name a zip, or a folder with what is to be seen under /opt, such as one with python/ or nodejs/ in it", "the layer %s: %w", path, err)
}

func packLayer(path, dir string) (Layer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Layer{}, err
	}
	layer := Layer{Path: path}
	if info.IsDir() {
		files, err := scanAt(path, optRoot)
		if err != nil {
			return Layer{}, err
		}
		hash := sha256.New()
		err = writeAtomically(filepath.Join(dir, "layer.zip"), func(w io.Writer) error {
			return writeZip(&counted{w: w, hash: hash}, path, files)
		})
		if err != nil {
			return Layer{}, err
		}
		for _, f := range files {
			layer.Unpacked += f.size
		}
		layer.SHA256 = hex.EncodeToString(hash.Sum(nil))
		layer.Path = filepath.Join(dir, layer.SHA256[:16]+".zip")
		return layer, os.Rename(filepath.Join(dir, "layer.zip"), layer.Path)
	}
	archive, err := openZip(path)
	if err != nil {
		return Layer{}, err
	}
	defer archive.Close()
	for _, f := range archive.File {
		layer.Unpacked += int64(f.UncompressedSize64)
	}
	sum, _, err := sumFile(path)
	layer.SHA256 = hex.EncodeToString(sum)
	return layer, err
}
