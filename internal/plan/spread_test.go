package plan

import (
	"errors"
	"slices"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Beside each other hostings have the kinds that each can have; a kind that nobody has,
// and a configuration without any, are refused. Alone, everybody has every kind.
func TestSpread(t *testing.T) {
	refused := errors.New("it has none of them")
	for name, tt := range map[string]struct {
		hosted bool
		kinds  []results.ColdKind
		can    map[string][]results.ColdKind
		want   map[string][]results.ColdKind // nil where it is refused
	}{
		"all":      {false, []results.ColdKind{results.Forced}, map[string][]results.ColdKind{"a": {results.Forced}, "b": {results.Forced}}, map[string][]results.ColdKind{"a": {results.Forced}, "b": {results.Forced}}},
		"alone":    {false, []results.ColdKind{results.Forced, results.Restored}, map[string][]results.ColdKind{"a": {results.Forced}, "b": {results.Forced, results.Restored}}, nil},
		"beside":   {true, []results.ColdKind{results.Forced, results.Restored}, map[string][]results.ColdKind{"a": {results.Forced}, "b": {results.Forced, results.Restored}}, map[string][]results.ColdKind{"a": {results.Forced}, "b": {results.Forced, results.Restored}}},
		"nobody's": {true, []results.ColdKind{results.Forced, results.Restored}, map[string][]results.ColdKind{"a": {results.Forced}, "b": {results.Forced}}, nil},
		"none":     {true, []results.ColdKind{results.Restored}, map[string][]results.ColdKind{"b": {results.Restored}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			measured := bench.Plan{ColdKinds: tt.kinds}
			for _, runtime := range []string{"a", "b"} {
				measured.Configurations = append(measured.Configurations, target.Config{Runtime: config.Runtime{Name: runtime}, Variant: "v"})
			}
			err := Spread(&measured, tt.hosted, func(c target.Config, kind results.ColdKind) error {
				if slices.Contains(tt.can[c.Runtime.Name], kind) {
					return nil
				}
				return refused
			})
			if (err != nil) != (tt.want == nil) {
				t.Fatalf("got %v", err)
			}
			for _, c := range measured.Configurations {
				if want := tt.want[c.Runtime.Name]; err == nil && (!slices.Equal(measured.KindsOf(c), want) || len(Left(measured, c)) != len(tt.kinds)-len(want)) {
					t.Errorf("%s: got %v, want %v", c.Runtime.Name, measured.KindsOf(c), want)
				}
			}
		})
	}
}
