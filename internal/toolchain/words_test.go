package toolchain

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	getenv := func(name string) (string, bool) {
		v, ok := map[string]string{"HOME": "/home/a b", "X": "1 2", "E": ""}[name]
		return v, ok
	}
	tests := []struct {
		line string
		want []string
	}{
		{"go version", []string{"go", "version"}},
		{"  a\tb\n", []string{"a", "b"}},
		{`a 'b  $X' "c $X" d\ e`, []string{"a", "b  $X", "c 1 2", "d e"}},
		{"~/bin ~ a~ '~'/x", []string{"/home/a b/bin", "/home/a b", "a~", "~/x"}},
		{"$X/${X}y", []string{"1 2/1 2y"}},
		{`a "" b`, []string{"a", "", "b"}},
		{`a"b"'c'`, []string{"abc"}},
	}
	for _, tt := range tests {
		got, err := Split(tt.line, getenv)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, %v; want %q", tt.line, got, err, tt.want)
		}
	}
	for line, want := range map[string]string{
		"":        "no command",
		"$Y/x":    "$Y is not set",
		"$E":      "$E is not set",
		"'a":      "open quote",
		`a\`:      "backslash",
		"a $ b":   "$ without",
		"a ${X b": "$ without",
	} {
		if _, err := Split(line, getenv); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", line, err, want)
		}
	}
}

func TestNatural(t *testing.T) {
	names := []string{"3.13.10", "3.9", "3.13.2", "3.13", "a", "10", "3.013.3"}
	slices.SortFunc(names, natural)
	want := []string{"3.9", "3.13", "3.13.2", "3.013.3", "3.13.10", "10", "a"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}
