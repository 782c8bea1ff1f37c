package published

import (
	"regexp"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// A figure that nobody can look up, or that compares with nothing of ours, is none.
func TestEveryFigureHasItsSource(t *testing.T) {
	list := Latest()
	if !regexp.MustCompile(`^\d{4}-\d\d-\d\d$`).MatchString(list.Date) || len(list.Sources) < 4 {
		t.Fatalf("got a list of %q with %d sources", list.Date, len(list.Sources))
	}
	runtimes, err := config.Discover("../..")
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]bool{}
	for _, r := range runtimes {
		ours[r.Name] = true
	}
	ids := map[string]bool{}
	for _, s := range list.Sources {
		if ids[s.ID] || s.ID == "" || s.Name == "" || !strings.HasPrefix(s.URL, "https://") || s.Measured == "" || s.Statistic == "" || len(s.Differs) == 0 || len(s.Figures) == 0 {
			t.Errorf("%s: got it twice, or without its name, address, time, statistic or differences", s.ID)
		}
		ids[s.ID] = true
		if s.Layer != "" && !s.Layer.Layer() {
			t.Errorf("%s compares with %q, which is no layer", s.ID, s.Layer)
		}
		type place struct {
			runtime, arch string
			memory        int
		}
		seen := map[place]bool{}
		for _, f := range s.Figures {
			at := place{f.Runtime, f.Arch, f.Memory}
			if seen[at] {
				t.Errorf("%s: got %+v twice", s.ID, at)
			}
			seen[at] = true
			if !ours[f.Runtime] || f.Version == "" || f.Memory < 128 || (f.Arch != config.X8664 && f.Arch != config.ARM64) {
				t.Errorf("%s: got %+v, want one of our runtimes at a memory size and architecture of Lambda", s.ID, f)
			}
			if f.Init == nil || (f.FirstCall == nil) != (s.Layer == results.KindBare) {
				t.Errorf("%s: %s at %d MB: want an init, and a first call where the source measured one", s.ID, f.Runtime, f.Memory)
			}
			for _, ms := range []*float64{f.Init, f.FirstCall, f.Warm} {
				if ms != nil && (*ms <= 0 || *ms > 60_000) {
					t.Errorf("%s: %s at %d MB: got %v ms", s.ID, f.Runtime, f.Memory, *ms)
				}
			}
		}
	}
}
