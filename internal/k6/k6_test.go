package k6

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

var start = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

// line is a point as k6 writes it with --out json.
func line(metric string, at time.Duration, value float64, tags ...string) string {
	set := map[string]string{"scenario": "load"}
	for i := 0; i < len(tags); i += 2 {
		set[tags[i]] = tags[i+1]
	}
	text, err := json.Marshal(set)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"metric":%q,"type":"Point","data":{"time":%q,"value":%v,"tags":%s}}`+"\n", metric, start.Add(at).Format(time.RFC3339Nano), value, text)
}

const definition = `{"type":"Metric","data":{"name":"call_duration","type":"trend","contains":"time","thresholds":[],"submetrics":null},"metric":"call_duration"}` + "\n"

func readAll(t *testing.T, o Options, files ...string) (results.Document, *Reader) {
	t.Helper()
	if o.Window == 0 {
		o.Window = 5 * time.Second
	}
	r := NewReader(o)
	for i, text := range files {
		if err := r.read(fmt.Sprintf("file %d", i), strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	recorder, test := r.Result()
	doc := recorder.Document(loadtest.About{Tool: results.Tool{Version: "1"}, Test: test})
	if recorder.Calls() > 0 {
		var text bytes.Buffer
		if err := results.Encode(&text, doc); err != nil {
			t.Fatal(err)
		}
		if _, err := results.Parse(text.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	return doc, r
}

// own are the points of this project's scripts: n calls, with what belongs to them.
func own(first, n int) string {
	var out strings.Builder
	out.WriteString(definition)
	for k := first; k < first+n; k++ {
		at := time.Duration(k) * 37 * time.Millisecond
		runtime, operation := []string{"go", "rust"}[k%2], []string{"read", "create", "list"}[k%3]
		cold, ok := fmt.Sprint(k == 4), fmt.Sprint(k%50 != 7)
		out.WriteString(line("call_duration", at, 1.5+float64(k%17), "runtime", runtime, "operation", operation, "cold", cold, "ok", ok))
		out.WriteString(line("http_req_duration", at, 1.5+float64(k%17), "runtime", runtime, "operation", operation, "role", "call", "status", "200", "expected_response", "true"))
		out.WriteString(line("http_req_blocked", at, 0.01, "runtime", runtime, "role", "call"))
		out.WriteString(line("http_req_connecting", at, map[bool]float64{true: 0.4}[k < 4], "runtime", runtime, "role", "call"))
		out.WriteString(line("http_req_tls_handshaking", at, 0, "runtime", runtime, "role", "call"))
		out.WriteString(line("http_req_duration", at, 900, "runtime", runtime, "operation", "delete", "role", "upkeep", "status", "204", "expected_response", "true"))
		out.WriteString(line("iterations", at, 1))
	}
	out.WriteString(line("dropped_iterations", time.Second, 2))
	out.WriteString(line("vus", time.Second, 3))
	return out.String()
}

func TestCallsOfOurOwnScripts(t *testing.T) {
	doc, _ := readAll(t, Options{}, own(0, 300))
	if got := doc.LoadTest; *got.Iterations != 300 || *got.Dropped != 2 || *got.PeakInFlight != 3 || got.Late != nil || got.Parts != 1 {
		t.Errorf("got %+v", got)
	}
	for i, want := range []struct{ calls, errors, cold int64 }{{150, 0, 1}, {150, 6, 0}} {
		c := doc.Configurations[i]
		all, err := c.Outside()
		if err != nil {
			t.Fatal(err)
		}
		cold := int64(0)
		for _, w := range c.Windows {
			if w.Cold != nil {
				cold += w.Cold.N
			}
		}
		if all.N+all.Errors != want.calls || all.Errors != want.errors || cold != want.cold {
			t.Errorf("%s: got %d calls, %d errors, %d cold; want %+v", c.Runtime, all.N+all.Errors, all.Errors, cold, want)
		}
		if c.Connections.BlockedMs.N() != 150 || c.Connections.ConnectingMs.N() != 2 || c.Connections.TLSMs != nil {
			t.Errorf("%s: got the connections %+v, want 150 waits, 2 handshakes and nothing of TLS", c.Runtime, c.Connections)
		}
	}
	if seconds := doc.Ended.Sub(doc.Started); seconds != 299*37*time.Millisecond {
		t.Errorf("got a run of %v", seconds)
	}
}

// calls is what a document has of calls: not how many files they came from.
func calls(t *testing.T, doc results.Document) string {
	t.Helper()
	text, err := json.Marshal(doc.Configurations)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestInstancesTogetherAreOne(t *testing.T) {
	whole := own(0, 300)
	lines := strings.SplitAfter(whole, "\n")
	parts := make([]string, 3)
	for i, text := range lines[1:] {
		parts[i%3] += text
	}
	one, _ := readAll(t, Options{}, whole)
	for name, order := range map[string][]string{"in order": {parts[0], parts[1], parts[2]}, "the last first": {parts[2], parts[1], parts[0]}} {
		several, _ := readAll(t, Options{}, order...)
		if calls(t, several) != calls(t, one) {
			t.Errorf("%s: got other calls of three files than of one", name)
		}
		if several.LoadTest.Parts != 3 || *several.LoadTest.Iterations != 300 || *several.LoadTest.Dropped != 2 {
			t.Errorf("%s: got %+v", name, several.LoadTest)
		}
	}
}

func TestCSVSaysTheSameAsJSON(t *testing.T) {
	const head = "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,status,tls_version,extra_tags,metadata\n"
	for format, stamp := range map[string]func(time.Time) string{
		"unix":   func(t time.Time) string { return fmt.Sprint(t.Unix()) },
		"milli":  func(t time.Time) string { return fmt.Sprint(t.UnixMilli()) },
		"nano":   func(t time.Time) string { return fmt.Sprint(t.UnixNano()) },
		"string": func(t time.Time) string { return t.Format(time.RFC3339Nano) },
	} {
		table, lines := head, ""
		for k := range 40 {
			at := time.Duration(k) * time.Second
			table += fmt.Sprintf("call_duration,%s,%f,,,,,,,,,load,,,runtime=go&operation=read&cold=false&ok=true,\n", stamp(start.Add(at)), 2.5+float64(k))
			table += fmt.Sprintf("iterations,%s,1.000000,,,,,,,,,load,,,,\n", stamp(start.Add(at)))
			lines += line("call_duration", at, 2.5+float64(k), "runtime", "go", "operation", "read", "cold", "false", "ok", "true") + line("iterations", at, 1)
		}
		fromTable, _ := readAll(t, Options{}, table)
		fromLines, _ := readAll(t, Options{}, lines)
		if calls(t, fromTable) != calls(t, fromLines) || *fromTable.LoadTest.Iterations != 40 {
			t.Errorf("%s: got other calls from the table than from the lines", format)
		}
	}
}

func TestForeignScripts(t *testing.T) {
	request := func(at time.Duration, url string, more ...string) string {
		return line("http_req_duration", at, 3, append([]string{"url", url, "method", "GET", "name", url, "status", "200", "expected_response", "true"}, more...)...)
	}
	text := request(0, "https://a.example/dev/typescript/items/1") +
		request(time.Second, "https://a.example/go/items", "name", "GET /items") +
		request(time.Second, "https://a.example/go/items", "name", "GET /items", "expected_response", "false", "status", "503", "error_code", "1503") +
		request(2*time.Second, "https://a.example/elsewhere") +
		request(3*time.Second, "https://a.example/go/items", "group", "::setup")
	doc, r := readAll(t, Options{Prefixes: map[string]string{"/go": "go", "/typescript": "node"}}, text)
	if r.unnamed != 1 || doc.LoadTest.Unnamed != 1 || doc.LoadTest.Iterations != nil || doc.LoadTest.Dropped != nil {
		t.Errorf("got %+v, want one unnamed call and nothing known of iterations", doc.LoadTest)
	}
	golang, node := doc.Configurations[0], doc.Configurations[1]
	listed := golang.Windows[0].Operations["GET /items"]
	if golang.Runtime != "go" || listed.N != 1 || listed.Errors != 1 || listed.Wrong != "status 503 1503" {
		t.Errorf("got %+v of %s", listed, golang.Runtime)
	}
	if node.Runtime != "node" || node.Windows[0].Operations["GET"].N != 1 {
		t.Errorf("got %+v of %s", node.Windows, node.Runtime)
	}
	named, _ := readAll(t, Options{Runtime: "mine"}, text)
	if len(named.Configurations) != 1 || named.Configurations[0].Runtime != "mine" || named.LoadTest.Unnamed != 0 {
		t.Errorf("got %+v, want all calls to be mine", named.Configurations)
	}
}

func TestWhatIsCutOffIsKeptAndSaid(t *testing.T) {
	whole := own(0, 100)
	cut := whole[:len(whole)-len(line("vus", time.Second, 3))-20]
	doc, r := readAll(t, Options{}, cut)
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "file 0 is cut off") || *doc.LoadTest.Iterations != 100 {
		t.Errorf("got %q and %+v", r.Warnings, doc.LoadTest)
	}
	var zip bytes.Buffer
	w := gzip.NewWriter(&zip)
	if _, err := io.WriteString(w, whole); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	packed, r := readAll(t, Options{}, zip.String())
	if len(r.Warnings) != 0 || *packed.LoadTest.Iterations != 100 {
		t.Errorf("compressed: got %q and %+v", r.Warnings, packed.LoadTest)
	}
	_, r = readAll(t, Options{}, zip.String()[:zip.Len()*2/3])
	if len(r.Warnings) != 1 {
		t.Errorf("half of the compressed file: got the warnings %q", r.Warnings)
	}
}

func TestWhatIsNotK6sIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "empty file",
		"hello\nworld\n":                "neither JSON lines nor a table",
		definition + "{nonsense}\n{}\n": "line 2:",
		line("call_duration", 0, -1, "runtime", "go"):                    "got -1, wanted milliseconds",
		"metric_name,timestamp,metric_value\ncall_duration,never,1\n":    "line 2:",
		"metric_name,timestamp,metric_value\ncall_duration,1\nvus,1,1\n": "line 2: got 2 columns, wanted 3",
	} {
		r := NewReader(Options{Window: time.Second})
		if err := r.read("x", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %q", text, err, want)
		}
	}
}

// generated is a file of any length that nobody holds.
type generated struct {
	left int
	text []byte
	at   time.Duration
	step time.Duration
}

func (g *generated) Read(p []byte) (int, error) {
	if len(g.text) == 0 {
		if g.left == 0 {
			return 0, io.EOF
		}
		g.left--
		g.at += g.step
		g.text = []byte(line("call_duration", g.at, float64(g.left%1000)/7, "runtime", []string{"go", "rust"}[g.left%2], "operation", "read", "ok", "true"))
	}
	n := copy(p, g.text)
	g.text = g.text[n:]
	return n, nil
}

// TestTheLengthOfAFileIsOfNoMatter reads a day of calls and looks at what is held.
func TestTheLengthOfAFileIsOfNoMatter(t *testing.T) {
	held := func(points int) uint64 {
		r := NewReader(Options{Window: 5 * time.Second})
		if err := r.read("x", &generated{left: points, step: 24 * time.Hour / 100_000}); err != nil {
			t.Fatal(err)
		}
		if r.calls.Calls() != int64(points) {
			t.Fatalf("got %d calls, want %d", r.calls.Calls(), points)
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		runtime.KeepAlive(r)
		recorder, test := r.Result()
		doc := recorder.Document(loadtest.About{Tool: results.Tool{Version: "1"}, Test: test})
		if n := len(doc.Configurations[0].Windows); n > 240 || n < 100 {
			t.Errorf("%d points: got %d windows, want 100 to 240", points, n)
		}
		return m.HeapAlloc
	}
	few, many := held(20_000), held(100_000)
	if many > 2*few+(4<<20) {
		t.Errorf("got %d bytes held for five times the points, and %d for them", many, few)
	}
}
