package benchstat

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Two runs that were measured alike have the same settings, or benchstat would put
// them into tables of their own: what a run happened to see is none.
func TestBenchstatSettings(t *testing.T) {
	settings := func(doc results.Document) (all []string) {
		for line := range strings.Lines(reporttest.Render(t, Write, view.Build(doc))) {
			if name, _, ok := strings.Cut(line, ": "); ok && !strings.ContainsAny(name, "# ") {
				all = append(all, line)
			}
		}
		return all
	}
	one, other := reporttest.Fixture("default"), reporttest.Fixture("default")
	more, err := other.Host.Database.Served.Add(*other.Host.Database.Served)
	if err != nil {
		t.Fatal(err)
	}
	other.Host.Database.Served = &more
	if a, b := settings(one), settings(other); len(a) < 5 || !slices.Equal(a, b) {
		t.Errorf("got the settings %q and %q, want the same", a, b)
	}
}

// benchstat's own parser reads what is written for it, and gets the values of
// every environment.
func TestBenchstatReads(t *testing.T) {
	for _, name := range reporttest.Names() {
		doc := reporttest.Fixture(name)
		reader := benchfmt.NewReader(strings.NewReader(reporttest.Render(t, Write, view.Build(doc))), name)
		got := map[string][]float64{} // by name and unit
		for reader.Scan() {
			switch r := reader.Result().(type) {
			case *benchfmt.Result:
				for _, value := range r.Values {
					v, unit := value.OrigValue, value.OrigUnit
					if unit == "" { // in base units already
						v, unit = value.Value, value.Unit
					}
					key := string(r.Name) + " " + unit
					got[key] = append(got[key], v)
				}
				for key, want := range map[string]string{"source": string(doc.Source.Kind), "vantage": string(doc.Source.Vantage)} {
					if r.GetConfig(key) != want {
						t.Fatalf("%s: got the setting %s %q, want %q", name, key, r.GetConfig(key), want)
					}
				}
			case *benchfmt.SyntaxError:
				t.Errorf("%s: %v", name, r)
			}
		}
		if err := reader.Err(); err != nil {
			t.Error(err)
		}
		for _, row := range view.Build(doc).Rows {
			bench := "Lambda/runtime=" + row.Runtime + "/variant=" + row.Variant + "/memory=" + format.Plain(float64(row.Memory)) + "/arch=" + row.Arch
			if row.Class == results.Tuned {
				bench += "/class=tuned"
			}
			if row.ColdKind != results.Spawn {
				bench += "/cold=" + string(row.ColdKind)
			}
			for _, u := range units {
				values := got[bench+" "+u.unit]
				want := row.Sample(u.metric).Values
				if len(values) != len(want) {
					t.Errorf("%s, %s %s: got %d values, want %d", name, bench, u.unit, len(values), len(want))
				} else if len(want) > 0 {
					if a, b := stats.Median(values).Center, stats.Median(want).Center*u.scale; b > 0 && (a/b > 1.000001 || a/b < 0.999999) {
						t.Errorf("%s, %s %s: got a median of %v, want %v", name, bench, u.unit, a, b)
					}
				}
			}
		}
	}
}
