package main

import (
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
)

func TestCompare(t *testing.T) {
	meta := func(digit string) build.Meta { return build.Meta{SHA256: strings.Repeat(digit, 64), PackedBytes: 10} }
	for _, c := range []struct {
		name       string
		one, other map[string]build.Meta
		line, err  string
	}{
		{"the same", map[string]build.Meta{"go-arm64": meta("a")}, map[string]build.Meta{"go-arm64": meta("a")}, "same", ""},
		{"another hash", map[string]build.Meta{"go-arm64": meta("a")}, map[string]build.Meta{"go-arm64": meta("b")}, "DIFFERENT", "1 of 1 artifacts differ between two clones"},
		{"one that may", map[string]build.Meta{"kotlin-aot-x86_64": meta("a")}, map[string]build.Meta{"kotlin-aot-x86_64": meta("b")}, "as it may", ""},
		{"in the first only", map[string]build.Meta{"go-arm64": meta("a")}, nil, "missing", "1 of 1 artifacts differ between two clones"},
		{"in the second only", nil, map[string]build.Meta{"go-arm64": meta("a")}, "missing", "1 of 1 artifacts differ between two clones"},
		{"nothing", nil, nil, "artifact", "nothing was built"},
	} {
		var out strings.Builder
		err := compare(&out, c.one, c.other, map[string]bool{"kotlin-aot-x86_64": true})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.err || !strings.Contains(out.String(), c.line) {
			t.Errorf("%s: got %q and\n%s\nwant %q and %s", c.name, got, out.String(), c.err, c.line)
		}
	}
}
