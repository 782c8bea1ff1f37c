package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// logOf is what an engine writes of a call that went well.
func logOf(id string) string {
	return "START RequestId: " + id + " Version: $LATEST\nsome text\nEND RequestId: " + id +
		"\nREPORT RequestId: " + id + "\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 12 MB\t\n"
}

// The ledger must find each way in which a call can be lost or be there twice.
func TestLedgerFindsWhatIsLostAndWhatIsThereTwice(t *testing.T) {
	for name, test := range map[string]struct {
		log    func(id string) string
		answer outcome
		want   string // in the violation; "": none
	}{
		"all well":         {logOf, success, ""},
		"no answer":        {logOf, unanswered, "has no answer"},
		"no log":           {func(string) string { return "" }, success, "0 START, 0 END, 0 REPORT"},
		"twice":            {func(id string) string { return logOf(id) + logOf(id) }, success, "2 START, 2 END, 2 REPORT"},
		"no end":           {func(id string) string { return strings.Replace(logOf(id), "END", "end", 1) }, success, "0 END"},
		"another's":        {func(id string) string { return logOf(id) + logOf("8f507cfc-xmpl-4697-b07a-ac58fc914c95") }, success, "nobody made"},
		"one too many":     {func(id string) string { return logOf(id) + logOf(id[:24]+"000000000009") }, success, "nobody made"},
		"crash not told":   {logOf, runtimeExited, "the REPORT says"},
		"timeout not told": {logOf, functionTimedOut, "the REPORT says"},
		"behind half a line": {func(id string) string {
			return "half a lin" + logOf(id)
		}, success, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, r := newLedger(7, 5), newResult(options{}, io.Discard)
			n, more := l.take()
			if n != 0 || !more {
				t.Fatalf("got call %d, want the first", n)
			}
			l.answer[n] = test.answer
			log := &book{ledger: l}
			for _, b := range []byte(test.log(l.id(n))) { // in the smallest pieces
				if _, err := log.Write([]byte{b}); err != nil {
					t.Fatal(err)
				}
			}
			l.close(r)
			if got := strings.Join(r.Violations, "\n"); test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q in it", got, test.want)
			}
		})
	}
}

func TestLedgerHandsOutEachCallOnce(t *testing.T) {
	l := newLedger(1, 3)
	for want := range 3 {
		n, more := l.take()
		got, known := l.number([]byte(l.id(n)))
		if n != want || !more || got != want || !known {
			t.Errorf("got call %d, whose id is that of %d, want %d", n, got, want)
		}
	}
	if _, more := l.take(); more || l.made() != 3 {
		t.Errorf("got a fourth call of %d, want three", l.made())
	}
	shut := newLedger(1, 3)
	shut.shut()
	if _, more := shut.take(); more || shut.made() != 0 {
		t.Errorf("got a call of %d after the end", shut.made())
	}
}

func TestTableIsComparedRowByRow(t *testing.T) {
	known := []item{{"a", 1}}
	doubts := []doubt{{names: []int{2}, gone: true}, {id: "c", names: []int{3, 4}}, {id: "d", names: []int{5}, gone: true}}
	for name, test := range map[string]struct {
		table map[string]string
		want  string
	}{
		"all there":       {map[string]string{"a": "soak 1", "b": "soak 2", "c": "soak 4", "d": "soak 5"}, ""},
		"doubts not done": {map[string]string{"a": "soak 1", "c": "soak 3"}, ""},
		"lost":            {map[string]string{"c": "soak 3"}, "the item a, last named by call 1, has no row"},
		"lost update":     {map[string]string{"a": "soak 0", "c": "soak 3"}, "has the name of call 0, want that of call 1"},
		"deleted alone":   {map[string]string{"a": "soak 1"}, "the item c has no row"},
		"wrong name":      {map[string]string{"a": "soak 1", "c": "soak 9"}, "want one of [3 4]"},
		"a ghost":         {map[string]string{"a": "soak 1", "c": "soak 3", "x": "soak 8"}, "is nobody's"},
		"made twice":      {map[string]string{"a": "soak 1", "c": "soak 3", "x": "soak 2", "y": "soak 2"}, "is nobody's"},
		"a stranger":      {map[string]string{"a": "soak 1", "c": "soak 3", "x": "Lamp"}, "which no call gave it"},
	} {
		got := strings.Join(compare(test.table, known, doubts), "\n")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q, want %q in it", name, got, test.want)
		}
	}
}

// One goroutine for each environment grows; what comes and goes does not.
func TestGrowthIsTold(t *testing.T) {
	grows := func(name, unit string, value func(i int) float64) bool {
		m := &measure{Name: name, Unit: unit}
		var calls []int
		for i := range samples {
			calls = append(calls, i*5000)
			m.Values = append(m.Values, value(i))
		}
		m.judge(calls, 1000, 10)
		return m.Grows
	}
	for name, test := range map[string]struct {
		got, want bool
	}{
		"one an environment": {grows("goroutines", "", func(i int) float64 { return float64(50 + i*5) }), true},
		"one in five":        {grows("goroutines", "", func(i int) float64 { return float64(50 + i) }), true},
		"comes and goes":     {grows("goroutines", "", func(i int) float64 { return float64(50 + i*7919%40) }), false},
		"fills at first":     {grows("goroutines", "", func(i int) float64 { return float64(50 + min(i, 30)*5) }), false},
		"100 bytes a call":   {grows("heap in use", "bytes", func(i int) float64 { return float64(i * 5000 * 100) }), true},
		"a byte a call":      {grows("heap in use", "bytes", func(i int) float64 { return float64(i * 5000) }), false},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %v, want %v", name, test.got, test.want)
		}
	}
}

func TestEveryEndHasOneName(t *testing.T) {
	answer := []byte(`{"statusCode":200,"body":"{}"}`)
	for name, test := range map[string]struct {
		invocation engine.Invocation
		want       outcome
	}{
		"answered":       {engine.Invocation{Payload: answer}, success},
		"refused":        {engine.Invocation{Payload: bytes.Replace(answer, []byte("200"), []byte("404"), 1)}, refused},
		"unavailable":    {engine.Invocation{Payload: bytes.Replace(answer, []byte("200"), []byte("503"), 1)}, unavailable},
		"no HTTP":        {engine.Invocation{Payload: []byte(`"text"`)}, malformed},
		"handler failed": {engine.Invocation{FunctionError: "Unhandled", ErrorType: "TypeError"}, handlerFailed},
		"exited":         {engine.Invocation{FunctionError: "Unhandled", ErrorType: "Runtime.ExitError", Crashed: true}, runtimeExited},
		"out of memory":  {engine.Invocation{FunctionError: "Unhandled", ErrorType: "Runtime.OutOfMemory", Crashed: true}, outOfMemory},
		"timed out":      {engine.Invocation{FunctionError: "Unhandled", ErrorType: "Sandbox.Timedout", Crashed: true}, functionTimedOut},
		"died later":     {engine.Invocation{Payload: answer, Crashed: true}, crashedAfter},
	} {
		if got, _ := judge(test.invocation, gateway.API{}); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

// Everything has a name and a rule.
func TestFaultsHaveRules(t *testing.T) {
	for f := range faults {
		if f.String() == "" || len(allowed[f]) == 0 {
			t.Errorf("fault %d has the name %q and allows %v", f, f, allowed[f])
		}
	}
	var out bytes.Buffer
	r := newResult(options{seed: 3}, io.Discard)
	r.count("go", none, success)
	r.violate("a thing")
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2xx", "WRONG: a thing", "seed 3", fmt.Sprint(none)} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, &out)
		}
	}
}
