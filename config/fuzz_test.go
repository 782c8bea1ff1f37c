package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// FuzzManifest wants of every text a runtime that is whole, or an error that names the
// file and says what to do.
func FuzzManifest(f *testing.F) {
	f.Add(manifest)
	manifests, err := filepath.Glob("../lambdas/*/" + config.ManifestName)
	if err != nil || len(manifests) == 0 {
		f.Fatalf("got the manifests %v, %v; want some", manifests, err)
	}
	for _, file := range manifests {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, config.ManifestName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := config.LoadRuntime(dir)
		if err != nil {
			if !strings.Contains(err.Error(), config.ManifestName) || fault.Hint(err) == "" {
				t.Errorf("got %q with the hint %q, want the file and a hint", err, fault.Hint(err))
			}
			return
		}
		for _, name := range r.VariantNames() {
			if v, err := r.Variant(name); err != nil || r.Artifacts[v.Artifact].Name != v.Artifact {
				t.Errorf("the variant %q has the artifact %q (%v), which is not there", name, v.Artifact, err)
			}
		}
		if r.Name == "" || r.DefaultVariant().Name == "" {
			t.Errorf("got the name %q and the default variant %q, want both", r.Name, r.DefaultVariant().Name)
		}
	})
}
