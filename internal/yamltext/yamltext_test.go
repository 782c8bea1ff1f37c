package yamltext_test

import (
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/yamltext"
)

// Texts over which go-yaml panics.
var broken = []string{"! +"}

func TestBrokenTextsAreErrors(t *testing.T) {
	for _, text := range broken {
		var list []struct{ Name string }
		if err := yamltext.Decode([]byte(text), &list, yaml.Strict()); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range append(broken, "a: &x [1, *x]", "- {b: c}\n- ! d", "a: |\n  b", "? a\n: b", "<<: [*a]") {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var list []struct {
			Name string
			Rest any
		}
		var fields map[string]any
		var anything any
		for _, into := range []any{&list, &fields, &anything} {
			_ = yamltext.Decode(text, into, yaml.Strict()) // most are broken
		}
		_, _ = yamltext.Parse(text)
	})
}
