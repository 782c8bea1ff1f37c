package build

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzUnzip has zips of somebody else's: nothing is written beside the folder.
func FuzzUnzip(f *testing.F) {
	for _, files := range []map[string]string{
		{"bootstrap": "#!/bin/sh\n", "lib/one.txt": "one"},
		{"../evil": "x"},
		{"/evil": "x", "a/../../b": "y"},
	} {
		f.Add(zipOf(f, files))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		parent := t.TempDir()
		file, dir := filepath.Join(parent, "code.zip"), filepath.Join(parent, "code")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		_ = unzip(file, dir) // most are broken
		there, err := os.ReadDir(parent)
		if err != nil || len(there) != 2 {
			t.Errorf("got %v (%v) beside the folder, want the zip alone", there, err)
		}
	})
}
