package build

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "lambdas", "zig")
	for _, name := range []string{
		"go.mod", "lambdas/zig/a.go", "lambdas/zig/b.txt", "lambdas/zig/x/c.go", "lambdas/zig/x/y/d.go", "lambdas/zig/.hidden",
		"lambdas/zig/out/e.go", "lambdas/zig/.git/f.go", "lambdas/zig/mods/z/g.go", "lambdas/zig/[odd]",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out")
	tests := []struct{ patterns, want string }{
		{"*.go", "a.go"},
		{"**/*.go", "a.go mods/z/g.go x/c.go x/y/d.go"},
		{"**", ".hidden [odd] a.go b.txt mods/z/g.go x/c.go x/y/d.go"},
		{"x/**", "x/c.go x/y/d.go"},
		{"x/*", "x/c.go"},
		{"*/*.go", "x/c.go"},
		{"x/**/d.go", "x/y/d.go"},
		{"**/y/**", "x/y/d.go"},
		{"**/*.go !mods/**", "a.go x/c.go x/y/d.go"},
		{"**/*.go !**/d.go !mods/z/**", "a.go x/c.go"},
		{"a.go ../../go.mod", "../../go.mod a.go"},
		{"../../*.mod", "../../go.mod"},
		{"a.go a.go *.go", "a.go"},
		{"[ab].*", "a.go b.txt"},
		{`\[odd\]`, "[odd]"},
		{"./a.go", "a.go"},
	}
	for _, tt := range tests {
		got, err := match(dir, strings.Fields(tt.patterns), out)
		if err != nil || !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%s: got %v, %v; want %s", tt.patterns, got, err, tt.want)
		}
	}
	for _, none := range []string{"*.rs", "nothing.go", "none/**", "out/*.go", "x"} {
		if got, err := match(dir, []string{none}, out); err == nil {
			t.Errorf("%s: got %v, want an error", none, got)
		}
	}
}

func TestMatches(t *testing.T) {
	for pattern, names := range map[string][]string{
		"**/a":   {"a", "x/a", "x/y/a"},
		"a/**":   {"a/b", "a/b/c", "a"},
		"a/**/b": {"a/b", "a/x/b"},
	} {
		for _, name := range names {
			if !matches(strings.Split(pattern, "/"), strings.Split(name, "/")) {
				t.Errorf("%s: got no match for %s", pattern, name)
			}
		}
	}
	for pattern, name := range map[string]string{"*": "a/b", "a/*": "a", "**/a": "ab", "a/**/b": "a/b/c"} {
		if matches(strings.Split(pattern, "/"), strings.Split(name, "/")) {
			t.Errorf("%s: got a match for %s", pattern, name)
		}
	}
}
