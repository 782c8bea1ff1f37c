package view

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/published"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// tableOf finds a comparison by its reference, figure and memory.
func tableOf(t *testing.T, m *Model, id, metric string, memory int) AWSTable {
	t.Helper()
	i := slices.IndexFunc(m.AWS, func(a AWSTable) bool { return a.Reference.ID == id && a.Metric.ID == metric && a.Memory == memory })
	if i < 0 {
		t.Fatalf("no comparison of %s with %s at %d MB", metric, id, memory)
	}
	return m.AWS[i]
}

func TestAgainstPublishedFigures(t *testing.T) {
	m := Build(reporttest.Fixture("default"))
	cold := tableOf(t, m, "cebert", "coldTotal", 1769)
	ms := func(runtime string) float64 {
		for _, f := range published.Latest().Sources[0].Figures {
			if f.Runtime == runtime && f.Memory == 1769 && f.Arch == "x86_64" {
				return *f.Init + *f.FirstCall
			}
		}
		t.Fatalf("nothing published of %s", runtime)
		return 0
	}
	var names []string
	base := cold.Lines[0].Row
	for i, line := range cold.Lines {
		names = append(names, line.Row.Runtime)
		if line.Row.Class != results.Stock || line.There.Center != ms(line.Row.Runtime) || line.Here.Center != line.Row.Value("coldTotal").Center {
			t.Errorf("%s: got %+v here and %+v there", line.Row.Key, line.Here, line.There)
		}
		if want := ms(line.Row.Runtime) - ms(base.Runtime); math.Abs(line.MoreThere.Center-want) > 1e-9 || line.MoreThere.Lo != line.MoreThere.Hi {
			t.Errorf("%s: got %+v more there, want %v, of which nobody published an interval", line.Row.Key, line.MoreThere, want)
		}
		if want := stats.Difference(line.Row.Sample("coldTotal"), base.Sample("coldTotal"), stats.Level); i > 0 && (line.MoreHere.Lo != want.Lo || line.MoreHere.Hi != want.Hi) {
			t.Errorf("%s: got %+v more here, want %+v", line.Row.Key, line.MoreHere, want)
		}
	}
	if want := []string{"rust", "node", "python"}; !slices.Equal(names, want) || cold.Elsewhere != "" {
		t.Errorf("got %v (%q), want %v: by what AWS takes, of one architecture", names, cold.Elsewhere, want)
	}
	if cold.Agreement.Valid() {
		t.Errorf("got %+v of three functions, want n too small", cold.Agreement)
	}
	if other := tableOf(t, m, "kisoft", "coldTotal", 1769); other.Elsewhere != "arm64" {
		t.Errorf("got %q, want it said that AWS’s is arm64", other.Elsewhere)
	}
	floors := tableOf(t, m, "maxday", "init", 1769)
	if len(floors.Lines) != 5 || floors.Elsewhere != "128 MB" || !floors.Agreement.Valid() || floors.Lines[0].Row.Kind != results.KindBare {
		t.Errorf("got %d floors (%q) that agree by %+v, want five, with an interval, of another size", len(floors.Lines), floors.Elsewhere, floors.Agreement)
	}
	if slices.ContainsFunc(m.AWS, func(a AWSTable) bool { return a.Reference.ID == "shinyaz" }) {
		t.Error("got a comparison of one function with itself alone")
	}
}

// At another size the order may be another: it is compared size by size, and over
// all of them.
func TestAgainstAWSBySize(t *testing.T) {
	m := Build(reporttest.Fixture("sweep"))
	small := tableOf(t, m, "cebert", "coldTotal", 128)
	if small.Lines[0].Row.Runtime != "python" || small.Lines[0].Here.Center < small.Lines[1].Here.Center {
		t.Errorf("got %s first, want Python, which AWS has before Rust there, and no local run", small.Lines[0].Row.Key)
	}
	together, several := m.Together(small)
	if !several || together.N != 6 || !together.Valid() || together.Center >= 1 {
		t.Errorf("got %+v of all sizes, want six functions that do not all agree", together)
	}
	if _, several := Build(reporttest.Fixture("default")).Together(tableOf(t, Build(reporttest.Fixture("default")), "cebert", "coldTotal", 1769)); several {
		t.Error("got several sizes of one")
	}
}

// A run of one's own in AWS takes the place of what others published.
func TestAgainstOneOfYourOwn(t *testing.T) {
	local := reporttest.Fixture("default")
	aws := resultstest.Document(resultstest.Options{Seed: 77})
	aws.Source = results.Source{Kind: results.AWS, Vantage: results.Invoke, Region: "eu-central-1"}
	for i := range aws.Configurations {
		for j := range aws.Configurations[i].Environments {
			aws.Configurations[i].Environments[j].Kind = results.Forced
			aws.Configurations[i].Environments[j].Init.WallMs += 100 // what AWS adds to all
		}
	}
	m := Build(local)
	if err := m.Against(aws); err != nil {
		t.Fatal(err)
	}
	cold := tableOf(t, m, "own", "coldTotal", 1769)
	if len(cold.Lines) < 5 || !cold.Agreement.Valid() || cold.Agreement.Lo <= 0 {
		t.Fatalf("got %d functions that agree by %+v, want those of all runtimes, in about one order", len(cold.Lines), cold.Agreement)
	}
	for _, line := range cold.Lines[1:] {
		if line.MoreThere.Lo == line.MoreThere.Hi || line.Row.Class != results.Stock {
			t.Errorf("%s: got %+v more there, want an interval", line.Row.Key, line.MoreThere)
		}
		// The common part is in neither difference.
		if line.MoreHere.Hi < line.MoreThere.Lo*0.9 || line.MoreThere.Hi < line.MoreHere.Lo*0.9 {
			t.Errorf("%s: got %+v here and %+v there, want about the same", line.Row.Key, line.MoreHere, line.MoreThere)
		}
	}
	for _, a := range m.AWS {
		if a.Reference.ID != "own" {
			t.Errorf("got a comparison with %s beside it", a.Reference.ID)
		}
	}
	if tables := Build(aws).AWS; tables != nil {
		t.Errorf("got %d comparisons of a run in AWS with AWS", len(tables))
	}
	published, elsewhere := m.AWS, aws
	elsewhere.Configurations = aws.Configurations[:1]
	for want, err := range map[string]error{
		"want a run in AWS":                       m.Against(local),
		"want a local run":                        Build(aws).Against(aws),
		"have nothing to hold against each other": m.Against(elsewhere),
	} {
		if err == nil || !strings.HasSuffix(err.Error(), want) || fault.Hint(err) == "" {
			t.Errorf("got %v, want %q with a hint", err, want)
		}
	}
	if !reflect.DeepEqual(m.AWS, published) {
		t.Error("a refused comparison took the place of the last one")
	}
}

// Of several kinds one stands for the run beside a local one: they are not mixed.
func TestOneKindStandsForTheRun(t *testing.T) {
	m := Build(reporttest.Fixture("default"))
	if err := m.Against(reporttest.KindsInAWS()); err != nil {
		t.Fatal(err)
	}
	cold := tableOf(t, m, "own", "coldTotal", 1769)
	for _, line := range cold.Lines {
		if line.There.Center > line.Here.Center+900 {
			t.Errorf("%s: got %.0f ms there and %.0f here, want those of forced cold starts", line.Row.Key, line.There.Center, line.Here.Center)
		}
	}
	if !slices.Contains(cold.Reference.Differs, "of its kinds of cold start, forced is taken") {
		t.Errorf("got %q, want the kind told", cold.Reference.Differs)
	}
}
