package loadtest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// About is what a document says of a load test beside its calls. What is not known stays
// empty, and is absent from the document.
type About struct {
	Tool     results.Tool
	Test     results.LoadTest // its windows' length is the recorder's
	Scenario *Scenario
	Runtimes []results.Runtime // those of the checkout, for names and colours
	MemoryMB int               // of each function
	Arch     string
	Warnings []string
}

// Document is the result document of what was counted.
func (r *Recorder) Document(about About) results.Document {
	test := about.Test
	test.WindowSeconds = r.width.Seconds()
	doc := results.Document{
		Schema: results.Schema, ID: fmt.Sprintf("load-%s", r.first.UTC().Format("20060102T150405Z")), Status: results.Complete,
		Source: results.Source{Kind: results.Import, Vantage: results.HTTP}, Tool: about.Tool,
		Started: r.first.UTC(), Ended: r.last.UTC(),
		Plan:     results.Plan{Phases: []string{"load test"}, Order: results.TimeWindows, Sizes: results.Sizes{FixedBy: "count"}},
		LoadTest: &test, Warnings: about.Warnings,
	}
	names := slices.Sorted(maps.Keys(r.runtimes))
	if s := about.Scenario; s != nil {
		doc.Seed = uint64(s.Seed)
		doc.Plan.Mix, doc.Plan.Pacing = s.Mix, results.Pacing{Mode: "open"}
		doc.Plan.SLO = results.SLO{Percentile: 99, ResponseMs: s.Objective.P99Ms, ErrorShare: s.Objective.ErrorShare}
		test.Scenario = s.Name
	} else {
		doc.Plan.Mix = r.mix()
	}
	for _, name := range names {
		at := r.runtimes[name]
		if len(at.windows) == 0 {
			continue // connections of calls that were not counted
		}
		runtime := recordOf(about.Runtimes, name, len(doc.Runtimes))
		doc.Runtimes = append(doc.Runtimes, runtime)
		c := results.Configuration{Runtime: name, Variant: standing(runtime), Memory: about.MemoryMB, Arch: about.Arch, Status: results.Measured}
		for _, number := range slices.Sorted(maps.Keys(at.windows)) {
			w := *at.windows[number]
			w.Index = number - r.low
			c.Windows = append(c.Windows, w)
		}
		if at.connections != (results.Connections{}) {
			c.Connections = &at.connections
		}
		doc.Configurations = append(doc.Configurations, c)
	}
	doc.Plan.Families = results.Families(doc.Runtimes, doc.Configurations)
	return doc
}

// mix is that of the calls: nobody said which one was meant.
func (r *Recorder) mix() []results.MixShare {
	n := map[string]int64{}
	for _, at := range r.runtimes {
		for _, w := range at.windows {
			for name, o := range w.Operations {
				n[name] += o.N + o.Errors
			}
		}
	}
	var mix []results.MixShare
	for _, name := range slices.Sorted(maps.Keys(n)) {
		mix = append(mix, results.MixShare{Operation: name, Weight: int(n[name])})
	}
	return mix
}

func standing(r results.Runtime) string {
	for _, v := range r.Variants {
		if v.Default {
			return v.ID
		}
	}
	return ""
}

// recordOf says of a runtime what its manifest does, or only its name where it has none here.
func recordOf(runtimes []results.Runtime, name string, place int) results.Runtime {
	if i := slices.IndexFunc(runtimes, func(r results.Runtime) bool { return r.Name == name }); i >= 0 {
		return runtimes[i]
	}
	colors := []string{"#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"}
	return results.Runtime{
		Name: name, DisplayName: name, Color: colors[place%len(colors)], Order: 1000 + place,
		Variants: []results.Variant{{ID: "api", Kind: results.KindGuest, Artifact: "unknown", Default: true}},
	}
}
