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

	mu     sync.Mutex
	living map[string]bool
	made   int
}

// Living is how many items there are, and how many were ever made.
func (i *Items) Living() (living, made int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.living), i.made
}

// Start makes an environment, see Function.
func (i *Items) Start(memoryMB int, _ map[string]string) (gateway.Invoker, func(), error) {
	return &environment{items: i, memoryMB: memoryMB}, func() {}, nil
}

type environment struct {
	items    *Items
	memoryMB int
	calls    int // of one at a time
}

func (e *environment) Invoke(_ context.Context, _ string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
	var event struct{ HTTPMethod, Path string }
	if err := json.Unmarshal(payload, &event); err != nil {
		return gateway.Result{}, err
	}
	e.calls++
	line := report.Line{
		Kind: report.Invoke, RequestID: o.RequestID, Duration: 2340 * time.Microsecond, Billed: 3 * time.Millisecond,
		MemorySizeMB: e.memoryMB, MaxMemoryUsedMB: 40,
	}
	if e.calls == 1 {
		line.Init = 123450 * time.Microsecond
	}
	if e.items.Mend != nil {
		e.items.Mend(e.calls, &line)
	}
	tail := []byte("START RequestId: " + o.RequestID + "\n")
	if e.calls == 1 {
		tail = append(tail, e.items.Before...)
	}
	tail = line.AppendText(tail)
	if e.items.JSON {
		tail = line.AppendJSON([]byte(`{"level":"INFO","message":"request"}`+"\n"), time.Unix(0, 0), "on-demand")
	}
	status, location := e.items.serve(event.HTTPMethod, event.Path)
	answer, err := json.Marshal(map[string]any{"statusCode": status, "headers": map[string]string{"Location": location}, "body": "{}"})
	return gateway.Result{Payload: answer, LogTail: tail, Cold: e.calls == 1}, err
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
