package engine_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
)

// wording is one case of testdata/lambda-words.yaml.
type wording struct {
	ID, Text, Words, Source, Type string
	Status                        int
}

type corpus struct {
	Payloads, Refusals, Lines, Wire []wording
}

func loadWords(t testing.TB) corpus {
	t.Helper()
	data, err := os.ReadFile("testdata/lambda-words.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c corpus
	if err := yaml.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// said fills in what Lambda says: pairs of a name and its value.
func said(t testing.TB, list []wording, id string, pairs ...string) string {
	t.Helper()
	for _, w := range list {
		if w.ID != id {
			continue
		}
		for i := range pairs {
			if i%2 == 0 {
				pairs[i] = "{" + strings.Trim(pairs[i], "{}") + "}"
			}
		}
		return strings.NewReplacer(pairs...).Replace(w.Words)
	}
	t.Fatalf("the corpus has no case %q", id)
	return ""
}

// TestTheCorpusIsConsistent: the words that the engine is held to are those that
// were published, with placeholders for what differs.
func TestTheCorpusIsConsistent(t *testing.T) {
	c := loadWords(t)
	for _, w := range append(append([]wording{}, c.Payloads...), c.Lines...) {
		if !strings.HasPrefix(w.Source, "https://") {
			t.Errorf("%s: got source %q, want a public address", w.ID, w.Source)
		}
		fixed := w.Words
		for strings.Contains(fixed, "{") && strings.Contains(fixed, "}") {
			open := strings.LastIndex(fixed, "{")
			shut := strings.Index(fixed[open:], "}")
			if shut < 0 || strings.ContainsAny(fixed[open:open+shut], `":, `) {
				break // the braces of JSON
			}
			fixed = fixed[:open] + "\x00" + fixed[open+shut+1:]
		}
		if json.Valid([]byte(w.Text)) {
			var text, words map[string]string
			json.Unmarshal([]byte(w.Text), &text)
			if err := json.Unmarshal([]byte(strings.ReplaceAll(fixed, "\x00", "?")), &words); err != nil {
				t.Errorf("%s: words are no JSON: %v", w.ID, err)
				continue
			}
			if text["errorType"] != words["errorType"] || !pieces(text["errorMessage"], strings.Split(words["errorMessage"], "?")) {
				t.Errorf("%s: got %v, want the words of %v", w.ID, words, text)
			}
			continue
		}
		message := fixed
		var words map[string]string
		if json.Unmarshal([]byte(strings.ReplaceAll(fixed, "\x00", "?")), &words) == nil {
			message = strings.ReplaceAll(words["errorMessage"], "?", "\x00")
		}
		if !pieces(w.Text, strings.Split(message, "\x00")) {
			t.Errorf("%s: got %q, want the words of %q", w.ID, message, w.Text)
		}
	}
}

// pieces says whether text has all pieces, in order.
func pieces(text string, list []string) bool {
	for _, piece := range list {
		i := strings.Index(text, piece)
		if i < 0 {
			return false
		}
		text = text[i+len(piece):]
	}
	return true
}

func TestRefusalsAreLambdas(t *testing.T) {
	got := map[string]error{"request-too-large": engine.ErrRequestTooLarge, "throttled": engine.ErrThrottled}
	for _, w := range loadWords(t).Refusals {
		if err := got[w.ID]; err == nil || err.Error() != w.Text {
			t.Errorf("%s: got %v, want %q", w.ID, err, w.Text)
		}
		delete(got, w.ID)
	}
	if len(got) > 0 {
		t.Errorf("not in the corpus: %v", got)
	}
}
