package report_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
)

// words is the part of lambda-words.yaml that this package answers for.
type words struct {
	Reports []struct {
		ID, Text, Source string
		RoundTrip        bool `yaml:"roundTrip"`
		Want             *struct {
			Kind       string
			RequestID  string `yaml:"requestId"`
			Duration   string
			Billed     string
			MemorySize int `yaml:"memorySize"`
			MaxMemory  int `yaml:"maxMemory"`
			Init       string
			Restore    string
			Phase      string
			Status     string
			ErrorType  string `yaml:"errorType"`
		}
	}
}

func load(t *testing.T) words {
	t.Helper()
	data, err := os.ReadFile("../testdata/lambda-words.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var w words
	if err := yaml.Unmarshal(data, &w); err != nil {
		t.Fatal(err)
	}
	if len(w.Reports) < 15 {
		t.Fatalf("got %d reports in the corpus, want at least 15", len(w.Reports))
	}
	return w
}

func TestParseReadsWhatLambdaWrote(t *testing.T) {
	for _, c := range load(t).Reports {
		t.Run(c.ID, func(t *testing.T) {
			text := strings.ReplaceAll(c.Text, "<TAB>", "\t")
			got, ok := report.Parse(text)
			if ok != (c.Want != nil) {
				t.Fatalf("got ok %v for %q, want %v", ok, text, c.Want != nil)
			}
			if c.Want == nil {
				return
			}
			want := report.Line{
				Kind: report.Kind(c.Want.Kind), RequestID: c.Want.RequestID,
				Duration: duration(t, c.Want.Duration), Billed: duration(t, c.Want.Billed),
				MemorySizeMB: c.Want.MemorySize, MaxMemoryUsedMB: c.Want.MaxMemory,
				Init: duration(t, c.Want.Init), Restore: duration(t, c.Want.Restore),
				Phase: c.Want.Phase, Status: c.Want.Status, ErrorType: c.Want.ErrorType,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
			if written := string(got.AppendText(nil)); c.RoundTrip && written != text+"\n" {
				t.Errorf("written again: got %q, want %q", written, text+"\n")
			}
		})
	}
}

func duration(t *testing.T, s string) time.Duration {
	t.Helper()
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseQuirks(t *testing.T) {
	tests := []struct {
		name, text string
		want       report.Line
		ok         bool
	}{
		{"fields in another order, an unknown one, a trailing tab",
			"REPORT RequestId: a\tMax Memory Used: 7 MB\tFrozen Duration: 9.00 ms\tDuration: 1.50 ms\tMemory Size: 128 MB\t\n",
			report.Line{Kind: report.Invoke, RequestID: "a", Duration: 1500 * time.Microsecond, MemorySizeMB: 128, MaxMemoryUsedMB: 7}, true},
		{"billed restore before restore, X-Ray on its own line",
			"REPORT RequestId: a\tDuration: 159.87 ms\tBilled Duration: 278 ms\tBilled Restore Duration: 118 ms\tRestore Duration: 562.43 ms\t\nXRAY TraceId: 1-5bef4de7-ad49b0e87f6ef6c87fc2e700\tSegmentId: 29c3839e6ecb5895\tSampled: true\t\n",
			report.Line{Kind: report.Invoke, RequestID: "a", Duration: 159870 * time.Microsecond, Billed: 278 * time.Millisecond,
				Restore: 562430 * time.Microsecond, BilledRestore: 118 * time.Millisecond,
				XRay: report.Trace{TraceID: "1-5bef4de7-ad49b0e87f6ef6c87fc2e700", SegmentID: "29c3839e6ecb5895", Sampled: true}}, true},
		{"a sentence of the function's own", "REPORT of all sales: 7\n", report.Line{}, false},
		{"a figure that is none", "REPORT RequestId: a\tDuration: fast ms\tBilled Duration: 2 ms\n",
			report.Line{Kind: report.Invoke, RequestID: "a", Billed: 2 * time.Millisecond}, true},
		{"infinity is no duration", "REPORT RequestId: a\tDuration: +Inf ms\tBilled Duration: 2 ms\n",
			report.Line{Kind: report.Invoke, RequestID: "a", Billed: 2 * time.Millisecond}, true},
		{"JSON of the function's own", `{"level":"INFO","message":"REPORT RequestId: a"}`, report.Line{}, false},
		{"broken JSON", `{"type":"platform.report","record":`, report.Line{}, false},
		{"nothing", "", report.Line{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := report.Parse(test.text)
			if !test.ok {
				got = report.Line{}
			}
			if ok != test.ok || got != test.want {
				t.Errorf("got %+v, %v\nwant %+v, %v", got, ok, test.want, test.ok)
			}
		})
	}
}

func TestScanDoesNotCountARestoreTwice(t *testing.T) {
	log := "RESTORE_START Runtime Version: java:25.v1\n" +
		"RESTORE_REPORT Restore Duration: 511.25 ms\n" +
		"START RequestId: a Version: 56\nhello\nEND RequestId: a\n" +
		"REPORT RequestId: a\tDuration: 306.34 ms\tBilled Duration: 610 ms\tMemory Size: 3009 MB\tMax Memory Used: 155 MB\tRestore Duration: 511.25 ms\tBilled Restore Duration: 303 ms\t\n" +
		"XRAY TraceId: 1-2\tSegmentId: 3\tSampled: false\t\n"
	lines := report.Scan(log)
	if len(lines) != 2 || lines[0].Kind != report.Restore || lines[1].Kind != report.Invoke {
		t.Fatalf("got %+v, want one RESTORE_REPORT and one REPORT", lines)
	}
	if got, want := lines[1].XRay, (report.Trace{TraceID: "1-2", SegmentID: "3"}); got != want {
		t.Errorf("got trace %+v, want %+v", got, want)
	}
}

func TestBillRoundsTheSumUp(t *testing.T) {
	tests := []struct{ init, duration, want time.Duration }{
		{0, 0, 0},
		{0, time.Nanosecond, time.Millisecond},
		{0, 2 * time.Millisecond, 2 * time.Millisecond},
		{80520 * time.Microsecond, 17210 * time.Microsecond, 98 * time.Millisecond},
		{578070 * time.Microsecond, 5 * time.Second, 5579 * time.Millisecond},
	}
	for _, test := range tests {
		if got := report.Bill(test.init, test.duration); got != test.want {
			t.Errorf("got %v for %v and %v, want %v", got, test.init, test.duration, test.want)
		}
	}
}

// line generates what a runtime's report can be, at the resolution of a form.
func line(resolution time.Duration) *rapid.Generator[report.Line] {
	return rapid.Custom(func(t *rapid.T) report.Line {
		optional := func(label string) bool { return rapid.Bool().Draw(t, label) }
		span := func(label string, unit time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(1, int64(15*time.Minute/unit)).Draw(t, label)) * unit
		}
		l := report.Line{Kind: rapid.SampledFrom([]report.Kind{report.Invoke, report.Init, report.Restore}).Draw(t, "kind")}
		switch l.Kind {
		case report.Init:
			l.Init = span("init", resolution)
			l.Phase = rapid.SampledFrom([]string{"init", "invoke"}).Draw(t, "phase")
		case report.Restore:
			l.Restore = span("restore", resolution)
		default:
			l.RequestID = rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}`).Draw(t, "id")
			l.Duration, l.Billed = span("duration", resolution), span("billed", time.Millisecond)
			l.MemorySizeMB = rapid.IntRange(128, 10240).Draw(t, "size")
			l.MaxMemoryUsedMB = rapid.IntRange(1, l.MemorySizeMB).Draw(t, "used")
			if optional("has init") {
				l.Init = span("init", resolution)
			}
			if optional("has restore") {
				l.Restore, l.BilledRestore = span("restore", resolution), span("billed restore", time.Millisecond)
			}
			if optional("traced") {
				l.XRay = report.Trace{
					TraceID:   rapid.StringMatching(`1-[0-9a-f]{8}-[0-9a-f]{24}`).Draw(t, "trace"),
					SegmentID: rapid.StringMatching(`[0-9a-f]{16}`).Draw(t, "segment"),
					Sampled:   rapid.Bool().Draw(t, "sampled"),
				}
			}
		}
		if optional("failed") {
			l.Status = rapid.SampledFrom([]string{"timeout", "error", "failure"}).Draw(t, "status")
			if l.Status == "error" {
				l.ErrorType = rapid.StringMatching(`(Runtime|Function|Sandbox)\.[A-Z][a-zA-Z]{1,20}`).Draw(t, "type")
			}
		}
		return l
	})
}

func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := line(report.TextResolution).Draw(t, "line")
		text := string(want.AppendText(nil))
		if got, ok := report.Parse(text); !ok || got != want {
			t.Fatalf("%q\ngot  %+v, %v\nwant %+v", text, got, ok, want)
		}
		// What a web page or a terminal makes of it is still the same report.
		pasted := strings.ReplaceAll(strings.TrimSpace(text), "\t", " ")
		if got, ok := report.Parse(pasted); !ok || got != want {
			t.Fatalf("%q\ngot  %+v, %v\nwant %+v", pasted, got, ok, want)
		}
	})
}

func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := line(report.JSONResolution).Draw(t, "line")
		text := string(want.AppendJSON(nil, time.Unix(1795000000, 0), "on-demand"))
		if got, ok := report.Parse(text); !ok || got != want {
			t.Fatalf("%q\ngot  %+v, %v\nwant %+v", text, got, ok, want)
		}
	})
}

func TestJSONStandsInLambdasOrder(t *testing.T) {
	l := report.Line{Kind: report.Invoke, RequestID: "a45d720c", Duration: 3923569 * time.Microsecond,
		Billed: 4069 * time.Millisecond, MemorySizeMB: 256, MaxMemoryUsedMB: 118, Init: 145399 * time.Microsecond}
	at := time.Date(2026, 10, 8, 6, 53, 49, 256e6, time.UTC)
	got := string(l.AppendJSON(nil, at, "on-demand"))
	want := `{"time":"2026-10-08T06:53:49.256Z","type":"platform.report","record":{"requestId":"a45d720c","metrics":{"durationMs":3923.569,"billedDurationMs":4069,"memorySizeMB":256,"maxMemoryUsedMB":118,"initDurationMs":145.399},"status":"success"}}` + "\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("REPORT RequestId: a\tDuration: 1.00 ms\tBilled Duration: 1 ms\t\n")
	f.Add(`{"type":"platform.report","record":{"requestId":"a","metrics":{"durationMs":1}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		line, ok := report.Parse(text)
		if ok && (line.Duration < 0 || line.Billed < 0 || line.Init < 0 || line.MaxMemoryUsedMB < 0) {
			t.Errorf("got a negative figure from %q: %+v", text, line)
		}
	})
}
