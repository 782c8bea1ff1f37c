package report

import (
	"slices"
	"testing"
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
