package config

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The schema and the types say the same, or an editor would complete a field
// that the programs refuse.
func TestSchemaAndTypesAgree(t *testing.T) {
	tests := []struct {
		path []string
		of   any
	}{
		{nil, Runtime{}},
		{[]string{"toolchain", "0"}, Tool{}},
		{[]string{"artifacts", "x"}, Artifact{}},
		{[]string{"artifacts", "x", "toolchain", "0"}, Tool{}},
		{[]string{"artifacts", "x", "build"}, Command{}},
		{[]string{"variants", "x"}, Variant{}},
		{[]string{"variants", "x", "settings", "0"}, Setting{}},
		{[]string{"serve"}, Serve{}},
		{[]string{"memory"}, Memory{}},
	}
	for _, tt := range tests {
		var got []string
		for i := range reflect.TypeOf(tt.of).NumField() {
			if name := reflect.TypeOf(tt.of).Field(i).Tag.Get("yaml"); name != "-" {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if want := fieldsAt(tt.path); !slices.Equal(got, want) {
			t.Errorf("%s: got the fields %v, want the schema's %v", strings.Join(tt.path, "."), got, want)
		}
		if schemaAt(tt.path)["additionalProperties"] != false {
			t.Errorf("%s: got unknown fields allowed", strings.Join(tt.path, "."))
		}
	}
}

// Editors show the descriptions, and our hints are made of them.
func TestEveryFieldIsDescribed(t *testing.T) {
	var look func(path []string)
	look = func(path []string) {
		node := schemaAt(path)
		if len(path) > 0 && describe(path) == "" {
			t.Errorf("%s: got no description", strings.Join(path, "."))
		}
		properties, _ := node["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			look(append(slices.Clone(path), name))
		}
		if _, ok := node["items"]; ok {
			look(append(slices.Clone(path), "0"))
		}
		if _, ok := node["additionalProperties"].(map[string]any); ok {
			look(append(slices.Clone(path), "x"))
		}
	}
	look(nil)
}

func TestNearest(t *testing.T) {
	known := []string{"handler", "env", "local"}
	for name, want := range map[string]string{"handlr": "handler", "Handler": "handler", "envs": "env", "locla": "local", "contract": ""} {
		if got := nearest(name, known); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestTheSchemaIsReadInAnyFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a, b [c] 100% #d")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	if compileSchema() == nil { // it panics where it fails
		t.Error("got no schema")
	}
}
