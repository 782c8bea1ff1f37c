package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
)

func TestAnAnswerIsStreamed(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		f := w.function("raw", "CLIENT", "stream")
		wait := filepath.Join(f.CodeDir, "..", "go-on-"+filepath.Base(w.box.RunDir()))
		if _, plain := w.box.(*fakeStarter); plain {
			f.Env["AWAIT"] = wait // in the real sandbox it is not to be seen
		}
		t.Cleanup(func() { os.Remove(wait) })
		env := w.spawn(f)
		var got strings.Builder
		inv, err := env.Invoke(context.Background(), engine.Request{Stream: func(contentType string, part []byte) {
			// The function sends its second part when the first is here.
			os.WriteFile(wait, nil, 0o600)
			got.WriteString(contentType + ":" + string(part) + "|")
		}})
		if err != nil || inv.FunctionError != "" {
			t.Fatalf("got %s, %v", inv.Payload, err)
		}
		if text := strings.ReplaceAll(got.String(), "|text/plain:", ""); text != "text/plain:first second|" {
			t.Errorf("got %q", got.String())
		}
		if inv.FirstByte <= 0 || inv.FirstByte > inv.Response || len(inv.Payload) > 0 || inv.ContentType != "text/plain" {
			t.Errorf("got %+v", inv)
		}
		// Whoever does not take it in parts gets it in one.
		whole := w.invoke(env, nil)
		if string(whole.Payload) != "first second" || whole.FirstByte <= 0 {
			t.Errorf("got %q, %s", whole.Payload, whole.FirstByte)
		}
	})
}

func TestAnAnswerInOnePieceIsAStreamOfOne(t *testing.T) {
	w := plain(t)
	env := w.spawn(w.function("raw", "CLIENT", "fine"))
	var parts []string
	inv, err := env.Invoke(context.Background(), engine.Request{Stream: func(contentType string, part []byte) {
		parts = append(parts, contentType+":"+string(part))
	}})
	if err != nil || len(parts) != 1 || parts[0] != `application/json:"fine"` || inv.FirstByte != 0 {
		t.Errorf("got %v, %v, %+v", parts, err, inv)
	}
}

func TestAStreamThatFailsMidway(t *testing.T) {
	for client, want := range map[string]struct{ kind, payload string }{
		"stream-error":    {"Function.Midway", `{"errorType":"Midway"}`},
		"stream-and-exit": {"Runtime.ExitError", "exit status 7"},
	} {
		t.Run(client, func(t *testing.T) {
			w := plain(t)
			wait := filepath.Join(t.TempDir(), "go-on")
			env := w.spawn(w.function("raw", "CLIENT", client, "AWAIT", wait))
			var got strings.Builder
			inv, err := env.Invoke(context.Background(), engine.Request{Stream: func(_ string, part []byte) {
				os.WriteFile(wait, nil, 0o600)
				got.Write(part)
			}})
			if err != nil || inv.ErrorType != want.kind || !strings.Contains(string(inv.Payload), want.payload) || !strings.HasPrefix(got.String(), "first ") {
				t.Errorf("got %q, then %s %s, %v", got.String(), inv.ErrorType, inv.Payload, err)
			}
		})
	}
}
