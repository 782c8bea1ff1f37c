package engine

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
)

// reader is an extension's server, which hands on what it is sent.
func reader(t *testing.T) (dial func(context.Context, int) (net.Conn, error), batches chan []string) {
	t.Helper()
	batches = make(chan []string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var events []struct {
			Type   string
			Record any
		}
		if err := json.NewDecoder(r.Body).Decode(&events); err != nil {
			t.Error(err)
		}
		var types []string
		for _, e := range events {
			record, _ := json.Marshal(e.Record)
			types = append(types, e.Type+" "+string(record))
		}
		batches <- types
	}))
	t.Cleanup(server.Close)
	return func(ctx context.Context, _ int) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
	}, batches
}

func TestTelemetryComesInLinesAndBatches(t *testing.T) {
	dial, batches := reader(t)
	news := newTelemetry(time.Now, dial)
	defer news.close()
	news.print(ofFunction, []byte("before anybody listens\n"))
	news.subscribe(runtimeapi.Subscription{Extension: "x", Types: []string{ofFunction}, Path: "/", MaxItems: 3, MaxBytes: 1 << 20, Timeout: time.Hour})
	news.print(ofFunction, []byte("one\nhalf "))
	news.print(ofExtension, []byte("another's\n"))
	news.platform("platform.start", started{})
	news.print(ofFunction, []byte("a line\n"))
	// The subscription itself and two lines are three: the batch is full.
	got := <-batches
	if len(got) != 3 || !strings.HasPrefix(got[0], "platform.telemetrySubscription") || got[1] != `function "one\n"` || got[2] != `function "half a line\n"` {
		t.Errorf("got %q", got)
	}
	news.print(ofFunction, []byte("last\n"))
	news.flush(time.Minute)
	if got := <-batches; len(got) != 1 || got[0] != `function "last\n"` {
		t.Errorf("got %q", got)
	}
}

func TestTelemetrySaysWhatWasLost(t *testing.T) {
	dial, batches := reader(t)
	refuses := true
	news := newTelemetry(time.Now, func(ctx context.Context, port int) (net.Conn, error) {
		if refuses {
			return nil, net.ErrClosed
		}
		return dial(ctx, port)
	})
	defer news.close()
	news.subscribe(runtimeapi.Subscription{Extension: "x", Types: []string{ofFunction}, Path: "/", MaxItems: 100, MaxBytes: 1 << 20, Timeout: time.Hour})
	news.print(ofFunction, []byte("lost\n"))
	news.flush(time.Minute)
	refuses = false
	news.print(ofFunction, []byte("taken\n"))
	news.flush(time.Minute)
	got := <-batches
	if len(got) != 2 || got[0] != `function "taken\n"` || !strings.Contains(got[1], `"droppedRecords":2`) {
		t.Errorf("got %q", got)
	}
}
