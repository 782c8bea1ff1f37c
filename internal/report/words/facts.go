package words

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Fact is a line of a table of facts.
type Fact struct{ Label, Value string }

// RunFacts say what was run.
func RunFacts(m *view.Model) []Fact {
	d := m.Doc
	s := d.Plan.Sizes
	plan := fmt.Sprintf("%s of each runtime (%d of what stands beside it, such as a tuned variant, %d of a layer below), %s each; %s", format.Plural(s.Environments, "new environment"), s.TunedEnvironments, s.LayerEnvironments,
		format.Plural(s.WarmCalls, "warm call"), strings.ReplaceAll(d.Plan.Order, "-", " "))
	pace, seed := fmt.Sprintf("%s loop, %s ms between calls", d.Plan.Pacing.Mode, format.Plain(d.Plan.Pacing.GapMs)), fmt.Sprint(d.Seed)
	if d.Traffic != nil {
		plan, pace, seed = TrafficLead(d.Traffic), "", ""
	}
	if d.LoadTest != nil {
		plan, pace = LoadTestText(d), "open loop"
		if d.Plan.Pacing.Mode == "" {
			pace = "not known"
		}
		if d.LoadTest.Scenario == "" {
			seed = "not known"
		}
	}
	facts := []Fact{
		{"Run", d.ID},
		{"Started", d.Started.UTC().Format("2006-01-02 15:04 UTC") + ", took " + d.Ended.Sub(d.Started).Round(time.Second).String()},
		{"Measured", view.SourceName(d.Source)},
		{"Plan", plan},
		{"Pace", pace},
		{"Mix", view.Mix(d.Plan.Mix)},
		{"Seed", seed},
		{"Tool", view.ToolName(d.Tool)},
	}
	return slices.DeleteFunc(facts, func(f Fact) bool { return f.Value == "" })
}

// HostFacts say where it was run.
func HostFacts(m *view.Model) []Fact {
	h := m.Doc.Host
	if h.Cores == 0 {
		return []Fact{{"Machine", "not known: neither the functions' nor the load generator's"}}
	}
	if s := m.Doc.Source; s.Kind == results.AWS && s.Account != "" { // the functions' own machines are not known
		return []Fact{
			{"Account", s.Account},
			{"Called from", fmt.Sprintf("%s %s, %s", h.OS, h.CPU, format.Plural(h.Cores, "core"))},
			{"Called by", s.SDK},
			{"Database", view.DatabaseName(h.Database)},
		}
	}
	limits := "not in force"
	if h.LimitsInForce {
		limits = "in force"
		if h.PeriodUs > 0 {
			limits += fmt.Sprintf(", CPU period %s ms", format.Plain(float64(h.PeriodUs)/1000))
		}
	}
	hz := ""
	if h.HZ > 0 {
		hz = fmt.Sprintf(", %d Hz", h.HZ)
	}
	facts := []Fact{
		{"Processor", fmt.Sprintf("%s, %s, %d visible to a function", h.CPU, format.Plural(h.Cores, "core"), h.VisibleCPUs)},
		{"Memory", format.Bytes(h.MemoryBytes)},
		{"System", strings.Trim(h.OS+", kernel "+h.Kernel+hz, ", ")},
		{"Limits", limits},
		{"Control groups", fmt.Sprintf("%s, freezer %s", h.Cgroup, h.Freezer)},
		{"Code", map[bool]string{true: "read-only under its true path", false: "under its path on this machine"}[h.Namespaces]},
		{"Walls around a function", walls(h)},
		{"Database", view.DatabaseName(h.Database)},
	}
	if m.Doc.Source.Kind != results.Local {
		facts = facts[:3] // the rest is about functions that ran here
	}
	if f := h.EngineFloor; f != nil {
		if s := view.SampleOf(f.HDR.ResponseMs); s.N() > 0 {
			facts = append(facts, Fact{"Engine's own share", fmt.Sprintf("%s ms of a call (median of %s to a handler that does nothing)", format.Number(s.Quantile(0.5)), format.Plural(s.N(), "call"))})
		}
	}
	return facts
}

// walls says what held functions back, and above all what did not.
func walls(h results.Host) string {
	switch {
	case len(h.WallsMissing) > 0:
		return "without: " + strings.Join(h.WallsMissing, ", ")
	case len(h.Walls) > 0:
		return "all stand: " + strings.Join(h.Walls, ", ")
	}
	return "not recorded"
}

// DatabaseNoise says how steadily the database itself answered, and what it took
// of the machine; "" where nobody wrote it down.
func DatabaseNoise(m *view.Model) string {
	d := m.Doc.Host.Database
	p50, p99, cpu, n := view.DatabaseFigures(d)
	if n == 0 {
		return ""
	}
	text := fmt.Sprintf("The database itself (%s %s) took %s ms at p50", d.Kind, d.Version, format.Number(p50))
	if !math.IsNaN(p99) {
		text += fmt.Sprintf(" and %s ms at p99", format.Number(p99))
	}
	text += " of " + format.Plural(n, "call")
	if !math.IsNaN(cpu) {
		text += fmt.Sprintf(", and %s ms of CPU for each", format.Number(cpu))
	}
	return text + "."
}
