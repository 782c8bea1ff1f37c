package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
)

// The kinds of telemetry.
const (
	ofPlatform  = "platform"
	ofFunction  = "function"
	ofExtension = "extension"
)

// telemetry is what a process's extensions have subscribed to: platform events and the
// lines that are printed, sent by HTTP into the environment in batches. Without a
// subscriber it costs a look at a flag.
type telemetry struct {
	now  func() time.Time
	dial func(ctx context.Context, port int) (net.Conn, error)

	wanted  atomic.Bool // somebody has subscribed
	mu      sync.Mutex
	readers []*subscriber
	partial map[string][]byte // of a line that is not whole, by kind
	closed  bool
}

// subscriber is sent what it has subscribed to.
type subscriber struct {
	runtimeapi.Subscription
	client *http.Client
	cancel context.CancelFunc
	ended  chan struct{}
	wake   chan struct{}      // something has come
	flush  chan chan struct{} // all of it is to be sent now; what is sent is closed then, unless nil

	mu      sync.Mutex
	waiting []json.RawMessage
	size    int                         // bytes of them
	lost    struct{ events, bytes int } // that it did not take, or for which there was no room
}

// maxWaiting is how many bytes wait for one that does not read.
const maxWaiting = 4 << 20

func newTelemetry(now func() time.Time, dial func(context.Context, int) (net.Conn, error)) *telemetry {
	return &telemetry{now: now, dial: dial, partial: map[string][]byte{}}
}

func (t *telemetry) subscribe(s runtimeapi.Subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	one := &subscriber{Subscription: s, cancel: cancel, ended: make(chan struct{}), wake: make(chan struct{}, 1), flush: make(chan chan struct{}, 1),
		client: &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return t.dial(ctx, s.Port) }}}}
	if i := slices.IndexFunc(t.readers, func(old *subscriber) bool { return old.Extension == s.Extension }); i >= 0 {
		t.readers[i].cancel() // it has changed its mind
		t.readers = slices.Delete(t.readers, i, i+1)
	}
	t.readers = append(t.readers, one)
	t.wanted.Store(true)
	go one.send(ctx)
	one.add(t.event("platform.telemetrySubscription", struct {
		Name  string   `json:"name"`
		State string   `json:"state"`
		Types []string `json:"types"`
	}{s.Extension, "Subscribed", s.Types}))
}

// platform hands on an event of the platform's.
func (t *telemetry) platform(kind string, record any) {
	if t.wanted.Load() {
		t.give(ofPlatform, t.event(kind, record))
	}
}

// line hands on an event that is written already, as a line of JSON.
func (t *telemetry) line(event []byte) { t.give(ofPlatform, bytes.TrimSpace(event)) }

// print hands on what the function or an extension has printed, line by line.
func (t *telemetry) print(kind string, text []byte) {
	if !t.wanted.Load() {
		return
	}
	t.mu.Lock()
	text = append(t.partial[kind], text...)
	var lines [][]byte
	for {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			break
		}
		lines, text = append(lines, line), rest
	}
	t.partial[kind] = slices.Clone(text)
	t.mu.Unlock()
	for _, line := range lines {
		t.give(kind, t.event(kind, string(line)+"\n"))
	}
}

func (t *telemetry) event(kind string, record any) json.RawMessage {
	data, err := json.Marshal(struct {
		Time   string `json:"time"`
		Type   string `json:"type"`
		Record any    `json:"record"`
	}{t.now().UTC().Format(report.TimeFormat), kind, record})
	if err != nil {
		panic(err) // Records are strings, and structs of strings and numbers.
	}
	return data
}

func (t *telemetry) give(kind string, event json.RawMessage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.readers {
		if slices.Contains(s.Types, kind) {
			s.add(event)
		}
	}
}

// flush sends what waits, and comes back when it has been taken or the time is over.
func (t *telemetry) flush(most time.Duration) {
	t.mu.Lock()
	readers := slices.Clone(t.readers)
	t.mu.Unlock()
	late := time.After(most)
	for _, s := range readers {
		sent := make(chan struct{})
		select {
		case s.flush <- sent:
		case <-late:
			return
		}
		select {
		case <-sent:
		case <-late:
			return
		}
	}
}

// close ends the sending. What waits is lost: its readers are dead.
func (t *telemetry) close() {
	t.mu.Lock()
	t.closed = true
	readers := t.readers
	t.readers = nil
	t.mu.Unlock()
	for _, s := range readers {
		s.cancel()
		<-s.ended
		s.client.CloseIdleConnections()
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is due already
	}
}

func (s *subscriber) add(event json.RawMessage) {
	s.mu.Lock()
	if s.size+len(event) > maxWaiting {
		s.lose(event)
		s.mu.Unlock()
		return
	}
	first := len(s.waiting) == 0
	s.waiting, s.size = append(s.waiting, event), s.size+len(event)
	full := len(s.waiting) >= s.MaxItems || s.size >= s.MaxBytes
	s.mu.Unlock()
	if first {
		signal(s.wake)
	}
	if full {
		select {
		case s.flush <- nil:
		default: // it is due already
		}
	}
}

// send sends a batch when it is full, or old enough, or wanted.
func (s *subscriber) send(ctx context.Context) {
	defer close(s.ended)
	due := time.NewTimer(time.Hour)
	defer due.Stop()
	for {
		var sent chan struct{}
		select {
		case <-s.wake:
			due.Reset(s.Timeout)
			continue
		case <-due.C:
		case sent = <-s.flush:
		case <-ctx.Done():
			return
		}
		if batch := s.take(); len(batch) > 0 && s.post(ctx, batch) != nil {
			s.mu.Lock()
			s.lose(batch...)
			s.mu.Unlock()
		}
		if sent != nil {
			close(sent)
		}
	}
}

// post sends one batch. A frozen reader takes it when it runs again.
func (s *subscriber) post(ctx context.Context, batch []json.RawMessage) error {
	body, err := json.Marshal(batch)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://sandbox.localdomain"+s.Path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// lose counts what the reader will not get; the caller holds the lock.
func (s *subscriber) lose(events ...json.RawMessage) {
	for _, event := range events {
		s.lost.events++
		s.lost.bytes += len(event)
	}
}

// take gives the batch that is due, and says in it what was lost before.
func (s *subscriber) take() []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := s.waiting
	s.waiting, s.size = nil, 0
	if len(batch) == 0 || s.lost.events == 0 {
		return batch
	}
	event, err := json.Marshal(map[string]any{
		"time": time.Now().UTC().Format(report.TimeFormat), "type": "platform.logsDropped",
		"record": map[string]any{"reason": "The extension did not take them.", "droppedRecords": s.lost.events, "droppedBytes": s.lost.bytes},
	})
	if err != nil {
		panic(err) // strings and numbers
	}
	s.lost.events, s.lost.bytes = 0, 0
	return append(batch, event)
}
