package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// packerVersion is part of what an artifact is made from: raise it whenever the
// zip of the same files would change.
const packerVersion = 1

// inputs is everything that an artifact is made from.
type inputs struct {
	request Request
	version string // content of VERSION
	tools   []toolchain.Found
	written []string // absolute folders that bench itself writes into: no sources
}

// hash changes whenever a build might give something else: the sources and lock
// files, what the manifest says about this artifact (not how it is drawn or
// run), the tools' versions, the project's version. File times don't count, and neither
// do the manifest and the request file by themselves, though globs may take them.
func (in inputs) hash() (string, error) {
	r := in.request.Runtime
	artifact, err := r.Artifact(in.request.Artifact)
	if err != nil {
		return "", err
	}
	files, err := match(r.Dir, append(slices.Clone(r.Sources), r.LockFiles...), append(outputs(r), in.written...)...)
	if err != nil {
		return "", err
	}
	if err := outsideOutput(r, artifact, in.request.Arch, files); err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "packer %d\nversion %s\nid %s\narch %s\n", packerVersion, in.version, in.request.ID(), in.request.Arch)
	said, err := json.Marshal(artifact)
	if err != nil {
		return "", fmt.Errorf("write the artifact's part of the manifest: %w", err)
	}
	fmt.Fprintf(h, "artifact %s\n", said)
	for _, t := range in.tools {
		fmt.Fprintf(h, "tool %s %s\n", t.Tool, t.Version)
	}
	for _, name := range files {
		if told(r, name) {
			continue
		}
		if err := hashFile(h, r.Dir, name); err != nil {
			return "", fmt.Errorf("read the sources of %s: %w", in.request.ID(), err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// told reports whether a file says how a function is measured, and not what it is.
func told(r config.Runtime, name string) bool {
	if name == config.ManifestName {
		return true
	}
	for _, v := range r.Variants {
		if v.Kind == config.Guest && v.Requests != "" && filepath.ToSlash(filepath.Clean(v.Requests)) == name {
			return true
		}
	}
	return false
}

func hashFile(w io.Writer, dir, name string) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		// A link to a folder; what is in there is no source unless named.
		target, err := os.Readlink(path)
		fmt.Fprintf(w, "link %s %s\n", name, target)
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	content := sha256.New()
	if _, err := io.Copy(content, f); err != nil {
		return err
	}
	fmt.Fprintf(w, "file %s %t %x\n", name, info.Mode()&0o100 != 0, content.Sum(nil))
	return nil
}

// outputs lists all output folders of a runtime, absolute.
func outputs(r config.Runtime) []string {
	var dirs []string
	for _, name := range r.ArtifactNames() {
		for _, arch := range r.Artifacts[name].Architectures {
			dirs = append(dirs, r.OutputDir(r.Artifacts[name], arch))
		}
	}
	return dirs
}

// outsideOutput refuses an output folder that holds sources: it is emptied.
func outsideOutput(r config.Runtime, a config.Artifact, arch string, files []string) error {
	out := r.OutputDir(a, arch)
	for _, name := range files {
		path := filepath.Join(r.Dir, filepath.FromSlash(name))
		if strings.HasPrefix(path, out+string(filepath.Separator)) {
			return fault.Usage("give the artifact a folder of its own, such as build/{arch}",
				"output of %s: got %s, which holds the source %s, want a folder that may be emptied", r.ArtifactID(a.Name, arch), a.Output, name)
		}
	}
	return nil
}
