package words

import (
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func TestWhatIsMissingIsSaid(t *testing.T) {
	said := strings.Join(NotMeasured(view.Build(reporttest.Fixture("missing"))), "\n")
	for _, want := range []string{"Rust and Rust bare: not available. No toolchain", "TypeScript: interrupted. Ctrl-C. Its figures are from 20 of 36", "Kotlin: not run.",
		"Kotlin (snapstart): can't be measured here.", "Python bare: incomplete. Its figures are from 7 of 10"} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwant it to say %q", said, want)
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, a := range Answers(view.Build(reporttest.Fixture("small")).Contests[0]) {
		if a.Name() != "Can't be told" {
			t.Errorf("got %+v of too few samples, want no answer", a)
		}
	}
	if a := Answers(view.Build(reporttest.Fixture("ties")).Contests[0])[0]; len(a.Names) != 2 || !strings.Contains(a.Detail, "Python") {
		t.Errorf("got the answer %+v of a tie, want two names and the next", a)
	}
	if a := Answers(view.Build(reporttest.Fixture("two")).Contests[0])[2]; a.Question != "Cheapest" || a.Name() != "Go" || !strings.Contains(a.Detail, "whole bills: $") {
		t.Errorf("got %+v, want the cheapest with both bills", a)
	}
	for _, a := range Answers(view.Build(reporttest.Fixture("default")).Contests[0]) {
		if a.Metric == "coldTotal" && (!strings.HasSuffix(a.Detail, " ms longer") || strings.Contains(a.Detail, "×")) {
			t.Errorf("got %q, want a difference in ms", a.Detail)
		}
	}
}

func TestSweepsAreSaid(t *testing.T) {
	got := SweepSentences(view.Build(reporttest.Fixture("sweep")).Sweeps[0])
	if len(got) != 2 || !strings.HasPrefix(got[0], "Rust: cold start ") || !strings.Contains(got[0], " at 128 MB, ") {
		t.Errorf("got %q, want a sentence on each runtime", got)
	}
}

func TestSharesOfLayersAreSaidWhereAllWereMeasured(t *testing.T) {
	doc := reporttest.Fixture("default")
	doc.Configurations = slices.DeleteFunc(slices.Clone(doc.Configurations), func(c results.Configuration) bool {
		return c.Variant == "framework" && c.Runtime == "go"
	})
	c := view.Build(doc).Contests[0]
	if text := LayerSentence(c, c.Stacks()); strings.Contains(text, "Go") || !strings.Contains(text, "Rust") {
		t.Errorf("got %q, want shares of all but Go", text)
	}
}

// A load without a result is missing, whatever else is.
func TestLoadWithoutResultIsMissing(t *testing.T) {
	doc := reporttest.Fixture("two")
	doc.Configurations = slices.Clone(doc.Configurations)
	c := reporttest.Configuration(&doc, "go", "stock")
	c.Environments, c.LoadReason = c.Environments[:20], "No rate held."
	said := strings.Join(NotMeasured(view.Build(doc)), "\n")
	for _, want := range []string{"Go under load: no capacity. No rate held.", "Go: incomplete. Its figures are from 20 of 36"} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwant it to say %q", said, want)
		}
	}
}

// Where one runtime took a burst more, as another made up for what was lacking, no row is
// told the other's number.
func TestSurenessTellsBursts(t *testing.T) {
	doc := reporttest.BurstsByWorkers()
	if got, want := Sureness(view.Build(doc).Contests[0])[0], "360 new environments of each runtime, by 36 bursts in shuffled order, whose medians are compared."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	e := &doc.Configurations[0].Environments[359]
	e.Block, e.Burst = 36, &results.Burst{Workers: 4, Calls: 12, Cold: 12}
	if got, want := Sureness(view.Build(doc).Contests[0])[0], "360 new environments of each runtime, by 36 to 37 bursts in shuffled order, whose medians are compared."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
