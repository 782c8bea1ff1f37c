package record

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// lamps is a runtime with two variants, one of which has two lines of code.
func lamps(t *testing.T) config.Runtime {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.x"), []byte("a\n\nb\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return config.Runtime{
		Dir: dir, Name: "lamps", DisplayName: "Lamps", Language: "X", Framework: "none", Color: "#123456", Order: 3,
		Variants: map[string]config.Variant{
			"stock": {Name: "stock", Kind: config.API, Class: config.Stock, Artifact: "api", Default: true, Code: []string{"*.x"}},
			"tuned": {Name: "tuned", Kind: config.API, Class: config.Tuned, Artifact: "fast", Settings: []config.Setting{{What: "w", Why: "y", Source: "s", Switch: "stock"}}},
		},
	}
}

func TestRuntimes(t *testing.T) {
	got, err := Runtimes([]config.Runtime{lamps(t)})
	want := []results.Runtime{{
		Name: "lamps", DisplayName: "Lamps", Language: "X", Framework: "none", Color: "#123456", Order: 3,
		Variants: []results.Variant{
			{ID: "stock", Kind: results.KindAPI, Class: results.Stock, Artifact: "api", Default: true, Lines: 2},
			{ID: "tuned", Kind: results.KindAPI, Class: results.Tuned, Artifact: "fast", Settings: []results.Setting{{What: "w", Why: "y", Source: "s", Switch: "stock"}}},
		},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
	wrong := lamps(t)
	wrong.Variants["tuned"] = config.Variant{Name: "tuned", Code: []string{"gone.x"}}
	if _, err := Runtimes([]config.Runtime{wrong}); err == nil || !strings.Contains(err.Error(), filepath.Join(wrong.Dir, config.ManifestName)+": variants.tuned.code: ") {
		t.Errorf("got %v, want the file and its field named", err)
	}
	if got, err := Runtimes(nil); err != nil || got == nil {
		t.Errorf("got %v (%v), want an empty list, which JSON writes as []", got, err)
	}
}

// A document that is only begun can be saved: it is whole, and says what is planned.
func TestNew(t *testing.T) {
	now := time.Date(2026, 11, 29, 7, 0, 0, 0, time.UTC)
	plan := bench.Plan{Seed: 7, Workload: config.Defaults(), ColdKinds: []results.ColdKind{results.Forced}, Ungated: true}
	document, err := New(plan, []config.Runtime{lamps(t)}, results.Tool{Version: "1.0", Commit: "abc"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if document.Seed != 7 || !reflect.DeepEqual(document.Plan, plan.Record()) || document.Tool.Commit != "abc" || len(document.Runtimes) != 1 || document.Prices == nil {
		t.Errorf("got %+v", document)
	}
	document.End(now)
	if err := document.Check(); err != nil {
		t.Errorf("got %v, want it whole", err)
	}
	again, err := New(plan, nil, results.Tool{}, now)
	if err != nil || again.ID == document.ID {
		t.Errorf("got the id %s twice (%v)", document.ID, err)
	}
	wrong := lamps(t)
	wrong.Variants["stock"] = config.Variant{Name: "stock", Default: true, Code: []string{"gone.x"}}
	if document, err := New(plan, []config.Runtime{wrong}, results.Tool{}, now); err == nil || document != nil {
		t.Errorf("got %v (%v), want no document", document, err)
	}
}
