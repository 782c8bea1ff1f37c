package bench

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

func TestEvidence(t *testing.T) {
	log := "START RequestId: 1 Version: $LATEST\nfirst\n\nTraceback:\n  boom\nEND RequestId: 1\nREPORT RequestId: 1\tDuration: 1 ms\n"
	for name, c := range map[string]struct {
		reply target.Reply
		want  string
	}{
		"an answer":    {target.Reply{Body: []byte(`{"error":"no table"}`), Log: []byte(log)}, "{\"error\":\"no table\"}\nfirst\nTraceback:\n  boom"},
		"no room":      {target.Reply{Body: []byte(strings.Repeat("x", 1000)), Log: []byte(log)}, strings.Repeat("x", 1000)},
		"no answer":    {target.Reply{Log: []byte(log)}, "first\nTraceback:\n  boom"},
		"nothing":      {target.Reply{}, ""},
		"a cause":      {target.Reply{Hint: "Why.", Body: []byte("wrong")}, "wrong\nWhy."},
		"only a cause": {target.Reply{Hint: "Why."}, "Why."},
		"a long log":   {target.Reply{Hint: "Why.", Log: []byte(strings.Repeat("x", 2000))}, "…" + strings.Repeat("x", 1016) + "\nWhy."},
		"escapes":      {target.Reply{Body: []byte("\x1b[31mred")}, "\uFFFD[31mred"},
		"binary":       {target.Reply{Body: []byte{'a', 0xff}}, "a\uFFFD"},
		"a long line":  {target.Reply{Log: []byte(strings.Repeat("ä", 1000))}, "…" + strings.Repeat("ä", 510)},
		"a large body": {target.Reply{Body: []byte(strings.Repeat("ä", 1000))}, strings.Repeat("ä", 510) + "…"},
	} {
		got := evidence(c.reply)
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if len(got) > evidenceBytes || !utf8.ValidString(got) {
			t.Errorf("%s: got %d bytes, want at most %d of UTF-8", name, len(got), evidenceBytes)
		}
	}
	many := lastLines(strings.Repeat(strings.Repeat("x", 99)+"\n", 50), evidenceBytes)
	if n := strings.Count(many, "\n") + 1; n != 10 {
		t.Errorf("got %d lines, want the last 10 of 100 bytes", n)
	}
}
