package history_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/compare"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/history"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// drawn is a run of that day, changed by change.
func drawn(day int, change func(*results.Document)) results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: uint64(day), Runtimes: []string{"go", "python"}, Variants: []string{"stock"}, Environments: 8, WarmCalls: 6})
	doc.Started, doc.Ended = doc.Started.AddDate(0, 0, day), doc.Ended.AddDate(0, 0, day)
	if change != nil {
		change(&doc)
	}
	return doc
}

func slower(runtime string, factor float64) func(*results.Document) {
	return func(doc *results.Document) {
		for _, c := range doc.Configurations {
			for i := range c.Environments {
				if c.Runtime == runtime {
					c.Environments[i].Init.WallMs *= factor
				}
			}
		}
	}
}

func failed(runtime string) func(*results.Document) {
	return func(doc *results.Document) {
		for i := range doc.Configurations {
			if c := &doc.Configurations[i]; c.Runtime == runtime {
				c.Status, c.Reason, c.Environments = results.Failed, "its init took over 10 s.", nil
			}
		}
	}
}

func otherMachine(doc *results.Document) { doc.Host.CPU = "Another Processor" }

// folder saves the runs, one in a folder of its own, the rest as files.
func folder(t *testing.T, runs ...results.Document) string {
	t.Helper()
	dir := t.TempDir()
	for i, doc := range runs {
		path := filepath.Join(dir, doc.ID+".json")
		if i == 0 {
			path = filepath.Join(dir, doc.ID, "results.json")
		}
		if err := results.Save(path, doc); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, dir string) history.History {
	t.Helper()
	h, err := history.Read(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func trend(t *testing.T, h history.History, metric, runtime string) history.Trend {
	t.Helper()
	for _, found := range h.Trends {
		if found.Metric == metric && found.Runtime == runtime {
			if len(found.Points) != len(h.Runs) {
				t.Fatalf("%s of %s: got %d points of %d runs", metric, runtime, len(found.Points), len(h.Runs))
			}
			return found
		}
	}
	t.Fatalf("no trend of %s of %s", metric, runtime)
	return history.Trend{}
}

// A run without a figure is a gap with the reason, and the runs around it are still
// compared with what was measured before.
func TestGapsAndChanges(t *testing.T) {
	alone := resultstest.Document(resultstest.Options{Seed: 4, Runtimes: []string{"go"}, Variants: []string{"stock"}, Environments: 8, WarmCalls: 6})
	alone.Started, alone.Ended = alone.Started.AddDate(0, 0, 4), alone.Ended.AddDate(0, 0, 4)
	h := read(t, folder(t, drawn(1, nil), drawn(2, failed("python")), drawn(3, slower("python", 1.6)), alone))
	if len(h.Runs) != 4 || h.Runs[3].After != 2 || h.Runs[0].After != -1 || len(h.Skipped) != 0 {
		t.Fatalf("got the runs %+v, skipped %+v", h.Runs, h.Skipped)
	}
	python := trend(t, h, "init", "python")
	if gap := python.Points[1].Gap; !strings.Contains(gap, "its init took over 10 s") {
		t.Errorf("the failed run: got the gap %q, want its reason", gap)
	}
	if gap := python.Points[3].Gap; gap != "not part of that run" {
		t.Errorf("the run without Python: got the gap %q", gap)
	}
	if p := python.Points[2]; p.Gap != "" || p.Figure.Lo == nil || p.After != 0 || p.Verdict != compare.Worse {
		t.Errorf("the run after the gap, 1.6 times as slow: got %+v, want a figure with its interval that is worse than the first run's", p)
	}
	if p := trend(t, h, "init", "go").Points[2]; p.Verdict == compare.Worse {
		t.Errorf("Go, which nobody changed: got %+v", p)
	}
}

// Runs of two machines that take turns are two series, each of its own.
func TestSeries(t *testing.T) {
	h := read(t, folder(t, drawn(1, nil), drawn(2, otherMachine), drawn(3, nil), drawn(4, otherMachine)))
	for i, want := range []struct{ series, after int }{{0, -1}, {1, -1}, {0, 0}, {1, 1}} {
		if got := h.Runs[i]; got.Series != want.series || got.After != want.after {
			t.Errorf("run %d: got series %d after %d, want %+v", i, got.Series, got.After, want)
		}
	}
	if !strings.Contains(h.Runs[1].Apart, "Another Processor") || h.Runs[2].Apart != "" {
		t.Errorf("what keeps them apart: got %q and %q", h.Runs[1].Apart, h.Runs[2].Apart)
	}
}

func TestTextAndPage(t *testing.T) {
	dir := folder(t, drawn(1, nil), drawn(2, failed("python")), drawn(3, nil), drawn(4, otherMachine), drawn(5, func(d *results.Document) { slower("python", 1.6)(d); otherMachine(d) }))
	if err := os.WriteFile(filepath.Join(dir, "notes.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	h := read(t, dir)
	var out bytes.Buffer
	if err := history.Text(&out, h); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`(?m)^1 +2026-11-2\d`, `Run 4 begins another series: .*Another Processor`, `Left out: notes\.json: `,
		`(?m)^init, ms$`, `(?m)^  python/stock/\S+ +[▁-█]·[▁-█]\|[▁-█]█ .* → .*worse ×1\.\d+ in run 5`,
	} {
		if !regexp.MustCompile(want).Match(out.Bytes()) {
			t.Errorf("the text has no %s:\n%s", want, out.String())
		}
	}
	out.Reset()
	if err := history.HTML(&out, h); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`class="gap"[^>]*><title>run 2, [^<]*its init took over 10 s`, `class="break"[^>]*><title>run 4, [^<]*Another Processor`, `class="dot worse"[^>]*><title>run 5, `, `<td>run 4</td>`, `notes\.json`} {
		if !regexp.MustCompile(want).Match(out.Bytes()) {
			t.Errorf("the page has no %s", want)
		}
	}
	// Python has one figure, a gap, one figure, and a series of two: one line of two points.
	graph := regexp.MustCompile(`(?s)<h2 id="init">.*?aria-label="python.*?</svg>`).FindString(out.String())
	graph = graph[strings.LastIndex(graph, `aria-label="python`):]
	if got := strings.Count(graph, "<polyline"); got != 1 {
		t.Errorf("lines of a trend with a gap and a break: got %d, want 1\n%s", got, graph)
	}
	out.Reset()
	if err := history.JSON(&out, h); err != nil {
		t.Fatal(err)
	}
	var back history.History
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || len(back.Runs) != 5 || len(back.Trends) != len(h.Trends) {
		t.Errorf("JSON: got %d runs, %d trends, %v", len(back.Runs), len(back.Trends), err)
	}
}

func TestNothingToRead(t *testing.T) {
	empty := t.TempDir()
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "results.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{empty: "has no runs", broken: "results.json", filepath.Join(empty, "none"): "look for runs"} {
		if _, err := history.Read(dir, nil); err == nil || !strings.Contains(err.Error(), want) || fault.Hint(err) == "" {
			t.Errorf("%s: got %v with the hint %q, want %q", dir, err, fault.Hint(err), want)
		}
	}
	doc := drawn(1, nil)
	twice := folder(t, doc, doc)
	if h := read(t, twice); len(h.Runs) != 1 || len(h.Skipped) != 1 || !strings.Contains(h.Skipped[0].Reason, "the same run") {
		t.Errorf("a run that is there twice: got %+v", h)
	}
}
