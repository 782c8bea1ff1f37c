package build

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Open returns a zip that was built before, after checking its bytes against the
// .json beside it. errors.Is(err, fs.ErrNotExist) when it was not built.
func Open(distDir string, r config.Runtime, artifact, arch string) (Built, error) {
	request := Request{Runtime: r, Artifact: artifact, Arch: arch}
	zipPath, metaPath := paths(distDir, request.ID())
	build := "build it: bench build " + r.Name
	content, err := os.ReadFile(metaPath)
	if errors.Is(err, fs.ErrNotExist) {
		return Built{}, fault.New(build, "no artifact %s in %s: %w", request.ID(), distDir, err)
	} else if err != nil {
		return Built{}, fmt.Errorf("read the artifact %s: %w", request.ID(), err)
	}
	var meta Meta
	if err := json.Unmarshal(content, &meta); err != nil {
		return Built{}, fault.New(build, "read %s: %w", metaPath, err)
	}
	sum, size, err := sumFile(zipPath)
	if errors.Is(err, fs.ErrNotExist) {
		return Built{}, fault.New(build, "no artifact %s in %s: %w", request.ID(), distDir, err)
	} else if err != nil {
		return Built{}, fmt.Errorf("read the artifact %s: %w", request.ID(), err)
	}
	if got := hex.EncodeToString(sum); got != meta.SHA256 || size != meta.PackedBytes {
		return Built{}, fault.New(build+" (a build may have been interrupted, or the zip was changed by hand)",
			"%s: got the SHA-256 %s, want %s as %s says", zipPath, got, meta.SHA256, filepath.Base(metaPath))
	}
	return Built{Request: request, Path: zipPath, Meta: meta, Status: Unchanged}, nil
}

func paths(distDir, id string) (zip, meta string) {
	abs, err := filepath.Abs(distDir)
	if err != nil {
		abs = distDir
	}
	return filepath.Join(abs, id+".zip"), filepath.Join(abs, id+".json")
}

func sumFile(path string) (sum []byte, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return h.Sum(nil), size, err
}

// counted hashes and counts what goes through.
type counted struct {
	w    io.Writer
	hash interface{ io.Writer }
	n    int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	_, _ = c.hash.Write(p[:n]) // a hash never fails
	return n, err
}

// publish writes the zip and then the .json beside it. Between the two renames
// the old .json does not fit the new zip: Open refuses such a pair, and the next
// build makes it anew.
func publish(distDir string, from output, files []file, meta Meta) (Built, error) {
	zipPath, metaPath := paths(distDir, meta.ID)
	// A killed build leaves its temporary file. The runtime's lock is held here,
	// so nobody is writing one of this name now.
	for _, path := range []string{zipPath, metaPath} {
		removeLeftovers(path)
	}
	hash := sha256.New()
	var packed int64
	err := writeAtomically(zipPath, func(w io.Writer) error {
		c := &counted{w: w, hash: hash}
		defer func() { packed = c.n }()
		if from.zip != "" {
			return copyFile(c, from.zip)
		}
		return writeZip(c, from.dir, files)
	})
	if err != nil {
		return Built{}, err
	}
	sum := hash.Sum(nil)
	meta.SHA256 = hex.EncodeToString(sum)
	meta.CodeSHA256 = base64.StdEncoding.EncodeToString(sum)
	meta.PackedBytes = packed
	meta.Files = len(files)
	meta.UnpackedBytes = 0
	for _, f := range files {
		meta.UnpackedBytes += f.size
	}
	encoded, err := json.MarshalIndent(meta, "", "  ")
	if err != nil {
		return Built{}, fmt.Errorf("write %s: %w", metaPath, err)
	}
	err = writeAtomically(metaPath, func(w io.Writer) error {
		_, err := w.Write(append(encoded, '\n'))
		return err
	})
	if err != nil {
		return Built{}, err
	}
	return Built{Path: zipPath, Meta: meta, Status: Fresh}, nil
}

// readVersions reads what a build command wrote to $BENCH_VERSIONS: a JSON
// object of strings, or a name=version a line.
func readVersions(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the versions: %w", err)
	}
	versions := map[string]string{}
	if trimmed := bytes.TrimSpace(content); bytes.HasPrefix(trimmed, []byte("{")) {
		if err := json.Unmarshal(trimmed, &versions); err != nil {
			return nil, fault.New(`write {"name":"version"} or a name=version a line`, "read $BENCH_VERSIONS: %w", err)
		}
		return versions, nil
	}
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, version, ok := strings.Cut(line, "=")
		// Lists of pinned packages have two.
		name, version = strings.TrimSpace(name), strings.TrimSpace(strings.TrimPrefix(version, "="))
		if !ok || name == "" || version == "" {
			return nil, fault.New(`write {"name":"version"} or a name=version a line`, "read $BENCH_VERSIONS: got the line %q, want name=version", line)
		}
		versions[name] = version
	}
	return versions, nil
}
