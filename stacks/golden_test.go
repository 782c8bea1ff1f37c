package stacks_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

// imaginary are runtimes for goldens, which must not change when a language comes
// or goes: one like the others, one with an alias, a SnapStart variant and a size
// of its own.
func imaginary() []config.Runtime {
	runtime := func(name, display, color string, prefixes ...string) config.Runtime {
		return config.Runtime{
			Name: name, DisplayName: display, Language: display + " 1.0", Framework: "Frame 2.0", Prefixes: prefixes, Color: color,
			Artifacts: map[string]config.Artifact{"api": {
				Name: "api", Architectures: []string{config.X8664, config.ARM64}, LambdaRuntime: "provided.al2023", Handler: "bootstrap",
			}},
			Variants: map[string]config.Variant{"api": {
				Name: "api", Artifact: "api", Handler: "bootstrap", Kind: config.API, Contract: config.ContractItems, Default: true,
			}},
			Memory: config.Memory{Min: config.MinMemoryMB, Default: config.DefaultMemoryMB},
		}
	}
	plain := runtime("plain", "Plain", "#204080", "/plain")
	snapped := runtime("snapped", "Snapped", "#804020", "/snapped", "/alias")
	snapped.Artifacts["api"] = config.Artifact{Name: "api", Architectures: []string{config.X8664}, LambdaRuntime: "java25", Handler: "Main"}
	v := snapped.Variants["api"]
	v.SnapStart, v.Handler, v.Env = true, "Main", map[string]string{"EXTRA": "1"}
	snapped.Variants["api"] = v
	snapped.Memory.Default = 512
	return []config.Runtime{plain, snapped}
}

// golden compares a template with testdata, less what is the CDK's own: the
// bootstrap's parameter and rule, and hashes.
func golden(t *testing.T, name string, got template) {
	t.Helper()
	shown := maps.Clone(got.Raw)
	delete(shown, "Parameters")
	delete(shown, "Rules")
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(readable(shown)); err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`\b[0-9a-f]{64}\b`).ReplaceAll(out.Bytes(), []byte("HASH"))
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		gotLines, wantLines := strings.Split(string(text), "\n"), strings.Split(string(want), "\n")
		for i, line := range gotLines {
			if i >= len(wantLines) || line != wantLines[i] {
				t.Fatalf("%s: got other resources, from line %d on:\ngot  %s\nwant %s\nif that is wanted: go test ./stacks -update", path, i+1, line, slices.Concat(wantLines, make([]string, len(gotLines)))[i])
			}
		}
		t.Fatalf("%s: got %d lines, want %d; if that is wanted: go test ./stacks -update", path, len(gotLines), len(wantLines))
	}
}

// readable turns a dashboard's body, a text in the template, into a list of its
// widgets.
func readable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		shown := map[string]any{}
		for name, member := range v {
			if name == "DashboardBody" {
				shown[name] = readableBoard(member)
			} else {
				shown[name] = readable(member)
			}
		}
		return shown
	case []any:
		shown := make([]any, len(v))
		for i := range v {
			shown[i] = readable(v[i])
		}
		return shown
	}
	return v
}

func readableBoard(v any) any {
	var body map[string]any
	if err := json.Unmarshal([]byte(boardText(v)), &body); err != nil {
		return v
	}
	for _, w := range body["widgets"].([]any) {
		w := w.(map[string]any)
		w["place"] = fmt.Sprintf("%vx%v at column %v, row %v", w["width"], w["height"], w["x"], w["y"])
		for _, name := range []string{"width", "height", "x", "y"} {
			delete(w, name)
		}
		properties := w["properties"].(map[string]any)
		if text, ok := properties["markdown"].(string); ok {
			properties["markdown"] = strings.Split(text, "\n")
		}
		if metrics, ok := properties["metrics"].([]any); ok {
			for i, m := range metrics {
				metrics[i] = oneLine(m.([]any))
			}
		}
	}
	return body
}

// boardText is the body in a template: the text of an Fn::Sub.
func boardText(v any) string {
	sub, _ := v.(map[string]any)
	text, _ := sub["Fn::Sub"].(string)
	return text
}

// oneLine writes a metric of a widget: its parts, then how it is drawn.
func oneLine(entry []any) string {
	var parts []string
	for _, part := range entry {
		if drawn, ok := part.(map[string]any); ok {
			for _, name := range slices.Sorted(maps.Keys(drawn)) {
				parts = append(parts, fmt.Sprintf("%s=%v", name, drawn[name]))
			}
		} else {
			parts = append(parts, fmt.Sprint(part))
		}
	}
	return strings.Join(parts, " ")
}
