package terminal

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

func TestWrap(t *testing.T) {
	got := wrap("note: ", "one two three 95 % four", 16)
	if want := []string{"note: one two", "      three 95 %", "      four"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := wrap("x: ", "", 10); !slices.Equal(got, []string{"x: "}) {
		t.Errorf("got %q, want the label alone", got)
	}
}

func TestTerminalFits(t *testing.T) {
	for _, name := range reporttest.Names() {
		doc := reporttest.Fixture(name)
		for _, width := range []int{60, 80, 120} {
			text := reporttest.Render(t, func(w io.Writer, m *view.Model) error { return Write(w, m, Style{Width: width}) }, view.Build(doc))
			for _, line := range strings.Split(text, "\n") {
				if n := utf8.RuneCountInString(line); n > width && name != "huge" { // whose name alone is 43 columns
					t.Errorf("%s at %d: got a line of %d columns: %s", name, width, n, line)
				}
			}
		}
	}
}

func TestTerminalColours(t *testing.T) {
	doc := reporttest.Fixture("missing")
	coloured := reporttest.Render(t, func(w io.Writer, m *view.Model) error { return Write(w, m, Style{Color: true, Width: 100}) }, view.Build(doc))
	plain := reporttest.Render(t, func(w io.Writer, m *view.Model) error { return Write(w, m, Style{Width: 100}) }, view.Build(doc))
	if strings.Contains(plain, "\x1b") {
		t.Error("got escapes without colour")
	}
	if !strings.Contains(coloured, "\x1b[1m") {
		t.Error("got no bold with colour")
	}
	if got := regexp.MustCompile(`\x1b\[[0-9]+m`).ReplaceAllString(coloured, ""); got != plain {
		t.Errorf("got other words with colour:\n%s", cmp.Diff(plain, got))
	}
}

// A person reads the terminal's report without scrolling.
func TestTerminalIsAScreenful(t *testing.T) {
	for _, name := range reporttest.Names() {
		text := reporttest.Render(t, func(w io.Writer, m *view.Model) error { return Write(w, m, Style{Width: 80}) }, view.Build(reporttest.Fixture(name)))
		screen := 50
		if name == "missing" { // what lost the function that it stands beside has a table of its own
			screen = 80
		}
		if n := strings.Count(text, "\n"); n > screen {
			t.Errorf("%s: got %d lines of 80 columns, want %d at most", name, n, screen)
		}
	}
}
