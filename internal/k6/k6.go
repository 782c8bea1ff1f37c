// Package k6 reads what k6 writes with --out json or --out csv, plain or compressed,
// and counts its calls. It reads line by line and keeps no line, so that files of any
// length take the same memory; several files, of the instances of one test, are counted
// together.
//
//	reader := k6.NewReader(k6.Options{Window: 5 * time.Second})
//	err := reader.File("results.json.gz")
//	recorder, test := reader.Result()
package k6

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Options say what the points can't.
type Options struct {
	Window time.Duration // see loadtest.NewRecorder
	// Prefixes are path prefixes with the runtimes behind them, such as "/go", for
	// scripts that tag nothing.
	Prefixes map[string]string
	// Runtime is whose all calls are that nothing else names; "" for nobody's.
	Runtime string
}

// Reader counts points.
type Reader struct {
	options Options
	// Scripts of this project count calls themselves, with what their answers said of
	// cold starts and whether they were right; of others there are k6's own requests.
	// Which of the two a file has is known at its end.
	calls, requests *loadtest.Recorder
	unnamed         int64
	iterations      int64
	dropped         int64
	peak, users     int64 // virtual users: of all files, and of the one that is read
	parts           int
	// Warnings are sentences about what was read.
	Warnings []string
}

// NewReader counts nothing yet.
func NewReader(o Options) *Reader {
	return &Reader{options: o, calls: loadtest.NewRecorder(o.Window), requests: loadtest.NewRecorder(o.Window)}
}

// Result is what was counted.
func (r *Reader) Result() (*loadtest.Recorder, results.LoadTest) {
	test := results.LoadTest{Tool: "k6", Parts: r.parts}
	if r.iterations > 0 { // else the file says nothing of them
		test.Iterations, test.Dropped = new(r.iterations), new(r.dropped)
	}
	if r.peak > 0 {
		test.PeakInFlight = new(r.peak)
	}
	if r.calls.Calls() > 0 {
		return r.calls, test
	}
	test.Unnamed = r.unnamed
	return r.requests, test
}

// point is a value with the tags that are looked at.
type point struct {
	metric string
	time   time.Time
	value  float64
	tags   tags
}

type tags struct {
	Runtime   string `json:"runtime"`
	Operation string `json:"operation"`
	Cold      string `json:"cold"`
	OK        string `json:"ok"`
	Role      string `json:"role"`
	Group     string `json:"group"`
	Name      string `json:"name"`
	Method    string `json:"method"`
	Status    string `json:"status"`
	URL       string `json:"url"`
	Expected  string `json:"expected_response"`
	ErrorCode string `json:"error_code"`
}

// set sets a tag by its name; others are not looked at.
func (t *tags) set(name, value string) {
	switch name {
	case "runtime":
		t.Runtime = value
	case "operation":
		t.Operation = value
	case "cold":
		t.Cold = value
	case "ok":
		t.OK = value
	case "role":
		t.Role = value
	case "group":
		t.Group = value
	case "name":
		t.Name = value
	case "method":
		t.Method = value
	case "status":
		t.Status = value
	case "url":
		t.URL = value
	case "expected_response":
		t.Expected = value
	case "error_code":
		t.ErrorCode = value
	}
}

var phases = map[string]loadtest.Phase{
	"http_req_blocked": loadtest.Blocked, "http_req_connecting": loadtest.Connecting, "http_req_tls_handshaking": loadtest.Handshake,
}

// counted reports whether points of a metric are looked at. Most of a file are others.
func counted(metric string) bool {
	switch metric {
	case "call_duration", "http_req_duration", "iterations", "dropped_iterations", "vus":
		return true
	}
	_, ok := phases[metric]
	return ok
}

// add counts a point.
func (r *Reader) add(p point) error {
	switch p.metric {
	case "iterations":
		r.iterations += int64(p.value)
		return nil
	case "dropped_iterations":
		r.dropped += int64(p.value)
		return nil
	case "vus":
		r.users = max(r.users, int64(p.value))
		return nil
	}
	took, err := milliseconds(p.value)
	if err != nil {
		return fmt.Errorf("%s: %w", p.metric, err)
	}
	// What a test does before and behind its load is not its load.
	if p.tags.Role == "upkeep" || strings.HasPrefix(p.tags.Group, "::setup") || strings.HasPrefix(p.tags.Group, "::teardown") {
		return nil
	}
	runtime := r.runtimeOf(p.tags)
	if phase, ok := phases[p.metric]; ok {
		if runtime == "" {
			return nil
		}
		if err := r.calls.AddPhase(runtime, phase, took); err != nil {
			return err
		}
		return r.requests.AddPhase(runtime, phase, took)
	}
	if runtime == "" {
		r.unnamed++
		return nil
	}
	seen := loadtest.Seen{Time: p.time, Runtime: runtime, Operation: operationOf(p.tags), Took: took, Cold: p.tags.Cold == "true"}
	if p.metric == "call_duration" {
		if p.tags.OK == "false" {
			seen.Wrong = strings.TrimSpace("status " + p.tags.Status + ", not as the API promises")
		}
		return r.calls.Add(seen)
	}
	if p.tags.Expected == "false" || p.tags.Status == "0" {
		seen.Wrong = strings.TrimSpace("status " + p.tags.Status + " " + p.tags.ErrorCode)
	}
	return r.requests.Add(seen)
}

func milliseconds(v float64) (time.Duration, error) {
	if !(v >= 0 && v < 1e6) { // NaN, too
		return 0, fmt.Errorf("got %v, wanted milliseconds from 0 to a thousand seconds", v)
	}
	return time.Duration(v * float64(time.Millisecond)), nil
}

// runtimeOf is whose a call is: by its tag, by its path, or by the options.
func (r *Reader) runtimeOf(t tags) string {
	if t.Runtime != "" {
		return t.Runtime
	}
	if parsed, err := url.Parse(t.URL); err == nil {
		parts := strings.Split(parsed.Path, "/") // "", then perhaps a stage
		for _, part := range parts[min(1, len(parts)):min(3, len(parts))] {
			if runtime, ok := r.options.Prefixes["/"+part]; ok {
				return runtime
			}
		}
	}
	return r.options.Runtime
}

// operationOf is what a call did: by its tag, by the name that its author gave it, or by
// its method. A URL is no name: each item has one of its own.
func operationOf(t tags) string {
	switch {
	case t.Operation != "":
		return t.Operation
	case t.Name != "" && t.Name != t.URL && !strings.Contains(t.Name, "://"):
		return t.Name
	case t.Method != "":
		return t.Method
	}
	return "request"
}

// parseTime reads any of k6's forms: RFC 3339, or seconds since the epoch, their
// thousandths, millionths or billionths, which only their length tells apart.
func parseTime(text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Parse(time.RFC3339Nano, text)
	}
	switch {
	case n < 1e11:
		return time.Unix(n, 0), nil
	case n < 1e14:
		return time.UnixMilli(n), nil
	case n < 1e17:
		return time.UnixMicro(n), nil
	}
	return time.Unix(0, n), nil
}
