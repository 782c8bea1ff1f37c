package engine_test

import "testing"

func TestSmoke(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		env := w.spawn(w.function("handler"))
		inv := w.invoke(env, map[string]any{"do": "echo", "text": "hello"})
		t.Logf("%+v\n%s\n%s\n%+v", inv, inv.Payload, inv.LogTail, env.Init())
		inv = w.invoke(env, map[string]any{"do": "echo", "text": "hello"})
		t.Logf("%+v\n%s\n%s\n%+v", inv, inv.Payload, inv.LogTail, env.Init())
	})
}
