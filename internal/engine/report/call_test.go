package report_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
)

// tail is a case of report-tails.yaml.
type tail struct {
	ID, Text, Refused string
	Want              *struct {
		Duration, Billed, Init, Restore string
		BilledRestore                   string `yaml:"billedRestore"`
		MemorySize                      int    `yaml:"memorySize"`
		MaxMemory                       int    `yaml:"maxMemory"`
		Status, Trace                   string
		ErrorType                       string `yaml:"errorType"`
	}
}

func tails(t testing.TB) (call string, all []tail) {
	t.Helper()
	data, err := os.ReadFile("../testdata/report-tails.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var corpus struct {
		Call  string
		Tails []tail
	}
	if err := yaml.Unmarshal(data, &corpus); err != nil {
		t.Fatal(err)
	}
	if len(corpus.Tails) < 40 {
		t.Fatalf("got %d tails, want at least 40", len(corpus.Tails))
	}
	signs := strings.NewReplacer("<TAB>", "\t", "<CR>", "\r", "<LF>", "\n")
	for i := range corpus.Tails {
		corpus.Tails[i].Text = signs.Replace(corpus.Tails[i].Text)
	}
	return corpus.Call, corpus.Tails
}

// Each tail is read, or refused with the line in the message.
func TestForCall(t *testing.T) {
	call, all := tails(t)
	for _, c := range all {
		t.Run(c.ID, func(t *testing.T) {
			got, err := report.ForCall(c.Text, call)
			if c.Want == nil {
				if c.Refused == "" || err == nil || !strings.Contains(err.Error(), c.Refused) {
					t.Errorf("got %+v, %v\nwant it refused: %s", got, err, c.Refused)
				}
				return
			}
			want := report.Line{
				Kind: report.Invoke, RequestID: call, Duration: duration(t, c.Want.Duration), Billed: duration(t, c.Want.Billed),
				MemorySizeMB: c.Want.MemorySize, MaxMemoryUsedMB: c.Want.MaxMemory, Init: duration(t, c.Want.Init), Restore: duration(t, c.Want.Restore),
				BilledRestore: duration(t, c.Want.BilledRestore), Status: c.Want.Status, ErrorType: c.Want.ErrorType,
			}
			if err != nil || got.XRay.TraceID != c.Want.Trace {
				t.Errorf("got the trace %q, %v, want %q", got.XRay.TraceID, err, c.Want.Trace)
			}
			got.XRay = report.Trace{}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

// Whatever a log holds: what is read has all its figures, and what is refused says what
// was found.
func FuzzForCall(f *testing.F) {
	call, all := tails(f)
	for _, c := range all {
		f.Add(c.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line, err := report.ForCall(text, call)
		switch {
		case err != nil:
			if !strings.Contains(err.Error(), `"`) && strings.TrimSpace(strings.ReplaceAll(text, "\r", "\n")) != "" {
				t.Errorf("got %v without the line, of %q", err, text)
			}
		case line.Kind != report.Invoke || line.RequestID != call || line.Duration <= 0 || line.Billed <= 0 || line.MemorySizeMB <= 0 || line.MaxMemoryUsedMB <= 0:
			t.Errorf("got %+v from %q, want it refused", line, text)
		case line.Init < 0 || line.Restore < 0:
			t.Errorf("got %+v from %q", line, text)
		}
		// A line of our own behind it is found, or contradicts what is there.
		own := report.Line{Kind: report.Invoke, RequestID: call, Duration: time.Second, Billed: time.Second, MemorySizeMB: 128, MaxMemoryUsedMB: 64}
		if got, err := report.ForCall(text+"\n"+string(own.AppendText(nil)), call); err == nil && got != own && line != got {
			t.Errorf("got %+v from %q and a report behind it", got, text)
		}
	})
}
