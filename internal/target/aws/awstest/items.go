package awstest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// Items is a table, and functions in front of it that answer as the API does, at once
// and with a REPORT of made-up times: for what is not about figures.
type Items struct {
	// Mend changes the nth REPORT (from 1) of an environment; nil leaves them.
	Mend func(n int, line *report.Line)
	// Before stands before the first REPORT of an environment.
	Before string
	// JSON logs, as the stacks have them, in place of text.
	JSON bool
	// Restored tells that environments come from snapshots.
	Restored bool
	// Together is how many requests that make an item are answered at once, in
	// environments that were warmed by another one: the first by what is warm, and
	// each other by a new environment.
	Together int
	// Unwarmed tells that so many are answered at once without a call that warms, too, each
	// by a new environment.
	Unwarmed bool
	// Short tells that an environment ends with a call behind which there is no item,
	// but for one that warms it for a burst.
	Short bool

	mu     sync.Mutex
	living map[string]bool
	made   int
	ended  int
}

// End ends all environments, as Lambda does with those that idle.
func (i *Items) End() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ended++
}

func (i *Items) endings() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.ended
}

// Living is how many items there are, and how many were ever made.
func (i *Items) Living() (living, made int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.living), i.made
}

// Start makes an environment, see Function.
func (i *Items) Start(memoryMB int, _ map[string]string) (gateway.Invoker, func(), error) {
	return &pool{items: i, memoryMB: memoryMB}, func() {}, nil
}

// pool has the environments of a function, of which calls that come one at a time meet
// the first.
type pool struct {
	items    *Items
	memoryMB int

	mu     sync.Mutex
	first  *environment
	warmed bool // by a call that makes no item
	ended  int  // those that it has seen
	burst  []chan *environment
}

func (p *pool) Invoke(ctx context.Context, name string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
	var event struct{ HTTPMethod string }
	if err := json.Unmarshal(payload, &event); err != nil {
		return gateway.Result{}, err
	}
	e, err := p.environment(ctx, event.HTTPMethod)
	if err != nil {
		return gateway.Result{}, err
	}
	result, err := e.Invoke(ctx, name, payload, o)
	if living, _ := p.items.Living(); p.items.Short && living == 0 && (event.HTTPMethod == http.MethodDelete || p.items.Together == 0 && event.HTTPMethod == http.MethodGet) {
		p.mu.Lock()
		p.first = nil
		p.mu.Unlock()
	}
	return result, err
}

// environment is the one that answers a request.
func (p *pool) environment(ctx context.Context, method string) (*environment, error) {
	p.mu.Lock()
	if n := p.items.endings(); n > p.ended {
		p.first, p.ended = nil, n
	}
	burst := p.items.Together > 0 && method == http.MethodPost
	if p.first == nil && !(burst && p.items.Unwarmed) {
		p.first, p.warmed = &environment{items: p.items, memoryMB: p.memoryMB}, method != http.MethodPost
	} else if burst && (p.warmed || p.first == nil) {
		mine := make(chan *environment, 1)
		if p.burst = append(p.burst, mine); len(p.burst) == p.items.Together {
			for i, one := range p.burst {
				if i == 0 && p.first != nil {
					one <- p.first
				} else {
					one <- &environment{items: p.items, memoryMB: p.memoryMB}
				}
			}
			p.burst = nil
		}
		p.mu.Unlock()
		select {
		case e := <-mine:
			return e, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer p.mu.Unlock()
	return p.first, nil
}

type environment struct {
	items    *Items
	memoryMB int

	mu    sync.Mutex // items are deleted several at once
	calls int
}

// The made-up times are shorter than any call, as those of a call's own parts are.
const (
	InitTime = 50 * time.Microsecond
	CallTime = 20 * time.Microsecond
)

func (e *environment) Invoke(_ context.Context, _ string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
	var event struct{ HTTPMethod, Path string }
	if err := json.Unmarshal(payload, &event); err != nil {
		return gateway.Result{}, err
	}
	e.mu.Lock()
	e.calls++
	n := e.calls
	e.mu.Unlock()
	line := report.Line{
		Kind: report.Invoke, RequestID: o.RequestID, Duration: CallTime, Billed: time.Millisecond,
		MemorySizeMB: e.memoryMB, MaxMemoryUsedMB: 40,
	}
	switch {
	case n == 1 && e.items.Restored:
		line.Restore, line.BilledRestore = InitTime, time.Millisecond
	case n == 1:
		line.Init = InitTime
	}
	if e.items.Mend != nil {
		e.items.Mend(n, &line)
	}
	tail := []byte("START RequestId: " + o.RequestID + "\n")
	if n == 1 {
		tail = append(tail, e.items.Before...)
	}
	tail = line.AppendText(tail)
	if e.items.JSON {
		tail = line.AppendJSON([]byte(`{"level":"INFO","message":"request"}`+"\n"), time.Unix(0, 0), "on-demand")
	}
	status, location := e.items.serve(event.HTTPMethod, event.Path)
	answer, err := json.Marshal(map[string]any{"statusCode": status, "headers": map[string]string{"Location": location}, "body": "{}"})
	return gateway.Result{Payload: answer, LogTail: tail, Cold: n == 1}, err
}

func (i *Items) serve(method, path string) (status int, location string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	id := path[strings.LastIndex(path, "/")+1:]
	switch {
	case method == http.MethodPost:
		if i.living == nil {
			i.living = map[string]bool{}
		}
		i.made++
		id = uuid.NewString()
		i.living[id] = true
		return http.StatusCreated, fmt.Sprintf("items/%s", id)
	case strings.HasSuffix(path, "/items"):
		return http.StatusOK, ""
	case !i.living[id]:
		return http.StatusNotFound, ""
	case method == http.MethodDelete:
		delete(i.living, id)
		return http.StatusNoContent, ""
	}
	return http.StatusOK, ""
}
