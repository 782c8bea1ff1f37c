package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

const (
	mostItems = 20   // that a worker keeps
	renewal   = 2000 // one call in so many is followed by a new environment, nothing being wrong
	pause     = 100  // one call in so many comes late enough to find the function frozen
	giveUp    = 3    // calls in a row that failed to start a runtime again
)

// worker makes the calls of one environment at a time, one after the other.
type worker struct {
	*run
	runtime  string
	prefix   string
	api      gateway.API
	function engine.Function
	random   *rand.Rand

	env      *engine.Environment
	port     *dynamodb.Port
	restarts int   // since the last answer: the runtime is gone, or was not there yet
	dying    bool  // a signal has been sent whose end nobody has seen
	before   fault // of the call before
	items    []item
	doubts   []doubt
}

func newWorker(r *run, c config.Runtime, f engine.Function, index uint64) (*worker, error) {
	if len(c.Prefixes) == 0 {
		return nil, fmt.Errorf("%s has no prefix", c.Name)
	}
	f.Timeout = r.options.timeout
	f.InitTimeout = 3 * r.options.timeout // the machine is loaded, by this program among others
	f.Logs = &book{ledger: r.book}
	if _, ok := f.Env["DYNAMODB_ATTEMPT_TIMEOUT_MS"]; !ok {
		return nil, fmt.Errorf("%s does not say how long it waits for the database", c.Name)
	}
	f.Env["DYNAMODB_ATTEMPT_TIMEOUT_MS"] = fmt.Sprint(2 * r.options.timeout.Milliseconds())
	return &worker{
		run: r, runtime: c.Name, prefix: c.Prefixes[0], function: f,
		api:    gateway.API{Kind: gateway.Kind(c.Integration), Stage: config.StageName(config.Dev), Binary: c.BinaryMediaTypes},
		random: rand.New(rand.NewPCG(r.options.seed, index)),
	}, nil
}

// work makes calls until all have been made, and ends the environment.
func (w *worker) work(ctx context.Context) (err error) {
	if err := w.renew(ctx); err != nil {
		return err
	}
	defer func() {
		if w.env != nil {
			err = errors.Join(err, w.env.Close())
		}
	}()
	for {
		n, more := w.book.take()
		if !more {
			return nil
		}
		err := w.call(ctx, n)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil { // the machine's, and for nobody to expect
			w.result.violate("call %d of %s: %v", n, w.runtime, err)
			w.restarts = giveUp
		}
		if w.restarts >= giveUp || w.restarts == 1 && w.random.IntN(2) == 0 || w.random.IntN(renewal) == 0 {
			if err := w.renew(ctx); err != nil {
				return err
			}
		}
	}
}

// renew puts a new environment in the place of the one before.
func (w *worker) renew(ctx context.Context) error {
	if w.env != nil {
		if err := w.env.Close(); err != nil {
			return err
		}
		w.env = nil
	}
	var err error
	if w.env, w.port, err = w.lab.Spawn(ctx, w.function); err != nil {
		return err
	}
	w.result.environment()
	w.restarts, w.dying, w.before = 0, false, none
	if w.env.Init().Err != nil {
		w.restarts = 1
	}
	return nil
}

// request is what one call asks, and which of the worker's items it is about.
type request struct {
	operation string // of DynamoDB; "" where the database is not asked
	method    string
	path      string
	body      []byte
	item      int // index in items, -1: none
}

// ask draws a request. What the database shall do something to must ask it.
func (w *worker) ask(n int, f fault) request {
	fields, err := json.Marshal(map[string]any{"name": itemName(n), "price": 1})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	share := w.random.IntN(100)
	asks := f == crash || f == databaseHang || f == databaseSlow || f == databaseReset || f == databaseDown
	if !asks && share < 30 {
		return request{method: http.MethodGet, path: "/health", item: -1}
	}
	if !asks && share < 35 {
		return request{operation: "Scan", method: http.MethodGet, path: "/items", item: -1}
	}
	if len(w.items) < 2 || share < 50 && len(w.items) < mostItems {
		return request{operation: "PutItem", method: http.MethodPost, path: "/items", body: fields, item: -1}
	}
	i := w.random.IntN(len(w.items))
	path := "/items/" + w.items[i].id
	switch {
	case share < 75:
		return request{operation: "GetItem", method: http.MethodGet, path: path, item: i}
	case share < 88:
		return request{operation: "UpdateItem", method: http.MethodPut, path: path, body: fields, item: i}
	}
	return request{operation: "DeleteItem", method: http.MethodDelete, path: path, item: i}
}

// call makes one call and books it. An error is the machine's.
func (w *worker) call(ctx context.Context, n int) error {
	f := none
	if w.restarts == 0 && w.random.Float64() < w.options.faults {
		f = 1 + fault(w.random.IntN(int(faults)-1))
	}
	q := w.ask(n, f)
	id := w.book.id(n)
	event, err := w.event(q, id)
	if err != nil {
		return err
	}
	if f == memoryGone {
		q = request{method: http.MethodPost, path: "/items", body: bytes.Repeat([]byte("x"), 5<<20), item: -1}
		if event, err = w.event(q, id); err != nil {
			return err
		}
	}
	if f == badEvent {
		q = request{item: -1}
		event = [][]byte{[]byte(`"text"`), []byte(`[1]`), []byte(`{"no":"request"}`), []byte(`null`)}[w.random.IntN(4)]
	}
	if w.random.IntN(pause) == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	repair, err := w.spoil(f)
	if err != nil {
		return err
	}
	invocation, err := w.env.Invoke(ctx, engine.Request{Payload: event, RequestID: id})
	err = errors.Join(err, repair())
	if err != nil {
		return err
	}
	got, response := judge(invocation, w.api)
	w.book.answer[n] = got
	w.check(n, id, f, got, invocation, q)
	w.before = f
	w.settle(n, q, got, response)
	// A signal may have come too late for this call.
	w.dying = !invocation.Crashed && (f == killIdle || f == killBusy || f == crash)
	switch {
	case invocation.Crashed:
		w.restarts++
	case w.dying:
		w.restarts = 1
	default:
		w.restarts = 0
	}
	return nil
}

func (w *worker) event(q request, id string) ([]byte, error) {
	header := http.Header{"Accept": {"application/json"}}
	if q.body != nil {
		header.Set("Content-Type", "application/json")
	}
	return w.api.Event(gateway.Request{
		Method: q.method, RawPath: w.prefix + q.path, Host: "soak", Header: header, Body: q.body,
		Resource: w.prefix + "/{proxy+}", RequestID: id, Time: time.Now(), SourceIP: "203.0.113.7",
	})
}

// spoil makes the fault happen in the call that follows, and returns what has to be
// done after it.
func (w *worker) spoil(f fault) (repair func() error, err error) {
	repair = func() error { return nil }
	end := func() error { return w.port.SetFaults() }
	switch f {
	case killIdle:
		w.groups.signal(w.env.ID(), syscall.SIGKILL)
		if w.random.IntN(2) == 0 { // time for its end to be seen
			time.Sleep(20 * time.Millisecond)
		}
	case killBusy:
		repair = w.later(time.Duration(w.random.Int64N(int64(2*time.Millisecond))), syscall.SIGKILL)
	case crash:
		signal := []syscall.Signal{syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGTERM}[w.random.IntN(3)]
		dead := w.later(30*time.Millisecond, signal)
		repair = func() error { return errors.Join(dead(), end()) }
		return repair, w.port.SetFaults(dynamodb.Fault{Kind: dynamodb.Slow, Hold: 500 * time.Millisecond})
	case memoryGone:
		return w.groups.squeeze(w.env.ID(), 1<<20)
	case databaseHang:
		return end, w.port.SetFaults(dynamodb.Fault{Kind: dynamodb.Slow, Hold: 2 * w.options.timeout})
	case databaseSlow:
		hold := 20*time.Millisecond + time.Duration(w.random.Int64N(int64(300*time.Millisecond)))
		return end, w.port.SetFaults(dynamodb.Fault{Kind: dynamodb.Slow, Hold: hold, Count: 1})
	case databaseReset:
		return end, w.port.SetFaults(dynamodb.Fault{Kind: dynamodb.Reset, Count: 1})
	case databaseDown:
		return end, w.port.SetFaults(dynamodb.Fault{Kind: dynamodb.Refused})
	}
	return repair, nil
}

// later sends a signal after a while; what it returns waits until it is sent.
func (w *worker) later(after time.Duration, signal syscall.Signal) func() error {
	id, sent := w.env.ID(), make(chan struct{})
	time.AfterFunc(after, func() {
		w.groups.signal(id, signal)
		close(sent)
	})
	return func() error { <-sent; return nil }
}

// check holds a call's end to what its fault allows.
func (w *worker) check(n int, id string, f fault, got outcome, i engine.Invocation, q request) {
	w.result.count(w.runtime, f, got)
	attempts := w.port.TakeAttempts()
	may := allowed[f]
	if w.restarts > 0 || i.Cold { // on a loaded machine a start may take too long, and so may a first call
		may = append(slices.Clip(may), functionTimedOut)
	}
	if w.dying {
		may = append(slices.Clip(may), runtimeExited)
	}
	if !slices.Contains(may, got) {
		w.result.violate("call %d of %s (%s %s, fault: %s, of the call before: %s, restarts before: %d): %s: %.200s; it took %v of CPU, and the database saw %+v; its log ends: %q",
			n, w.runtime, q.method, q.path, f, w.before, w.restarts, got, i.Payload, i.CPU, attempts, i.LogTail)
	}
	if i.RequestID != id || i.Report.RequestID != id {
		w.result.violate("call %d was sent as %s, answered as %s, reported as %s", n, id, i.RequestID, i.Report.RequestID)
	}
	if !bytes.Contains(i.LogTail, []byte("REPORT RequestId: "+id)) {
		w.result.violate("call %d: the end of its log has no REPORT of it", n)
	}
}

// settle books what is known about the table now.
func (w *worker) settle(n int, q request, got outcome, response gateway.Response) {
	known := got == success || got == refused
	if got == crashedAfter { // it did answer
		known = response.StatusCode >= 200 && response.StatusCode < 500
	}
	switch q.operation {
	case "PutItem":
		var made struct{ ID, Name string }
		if known && response.StatusCode == http.StatusCreated && json.Unmarshal(response.Body, &made) == nil && made.ID != "" && made.Name == itemName(n) {
			w.items = append(w.items, item{made.ID, n})
			return
		}
		if known {
			w.result.violate("call %d of %s: %d where an item was to be made: %.200s", n, w.runtime, response.StatusCode, response.Body)
		}
		w.doubts = append(w.doubts, doubt{names: []int{n}, gone: true})
	case "GetItem", "UpdateItem":
		i := &w.items[q.item]
		want := i.name
		if q.operation == "UpdateItem" {
			want = n
		}
		if !known {
			if q.operation == "UpdateItem" {
				w.doubts = append(w.doubts, doubt{id: i.id, names: []int{i.name, n}})
				w.items = slices.Delete(w.items, q.item, q.item+1)
			}
			return
		}
		var read struct{ ID, Name string }
		if err := json.Unmarshal(response.Body, &read); err != nil || response.StatusCode != http.StatusOK || read.ID != i.id || read.Name != itemName(want) {
			w.result.violate("call %d of %s: the item %s has the name of call %d: got %d %.200s", n, w.runtime, i.id, want, response.StatusCode, response.Body)
		}
		i.name = want
	case "DeleteItem":
		i := w.items[q.item]
		w.items = slices.Delete(w.items, q.item, q.item+1)
		if !known {
			w.doubts = append(w.doubts, doubt{id: i.id, names: []int{i.name}, gone: true})
		}
	}
}
