package dashboards

import (
	"math"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// Of black and white WCAG says 21, of a grey that everybody quotes 4.54.
func TestContrast(t *testing.T) {
	for pair, want := range map[[2]string]float64{{"#000000", "#ffffff"}: 21, {"#767676", "#ffffff"}: 4.54, {"#ffffff", "#ffffff"}: 1} {
		if got := contrast(pair[0], pair[1]); math.Abs(got-want) > 0.01 {
			t.Errorf("%v: got %.2f, want %.2f", pair, got, want)
		}
	}
}

func TestEveryLineCanBeSeen(t *testing.T) {
	boards := deployments()
	runtimes, err := config.Discover("..")
	if err != nil {
		t.Fatal(err)
	}
	real, err := config.ParseContext(map[string]any{"environment": config.Prod}, runtimes, "1")
	if err != nil {
		t.Fatal(err)
	}
	boards["the manifests"] = real
	odd := deployment(config.Dev, 5)
	for i, color := range []string{"#000000", "#ffffff", "#ffff00", "#000080", "#808080"} {
		odd.Runtimes[i].Runtime.Color = color
	}
	boards["odd colours"] = odd
	for name, d := range boards {
		for _, w := range everyWidget(d) {
			colors := []string{red}
			for i, l := range w.Lines {
				colors = append(colors, l.Color)
				for _, other := range w.Lines[:i] {
					// Of what a manifest says nothing is known; of five at most, something is.
					if !w.Compares && apart(l.Color, other.Color) < leastApart {
						t.Errorf("%s: %q: got %s in %s and %s in %s", name, w.Title, l.Label, l.Color, other.Label, other.Color)
					}
					if name == "the manifests" && apart(l.Color, other.Color) < 45 {
						t.Errorf("%q: got %s in %s and %s in %s", w.Title, l.Label, l.Color, other.Label, other.Color)
					}
				}
			}
			for _, color := range colors {
				for _, ground := range []string{lightGround, darkGround} {
					if got := contrast(color, ground); got < leastContrast {
						t.Errorf("%s: %q: got %s at a contrast of %.2f on %s, want %v", name, w.Title, color, got, ground, leastContrast)
					}
				}
			}
		}
	}
	for _, r := range real.Runtimes {
		t.Logf("%-8s %s as %s: %.1f on white, %.1f on dark; before %.1f and %.1f", r.Runtime.Name, r.Runtime.Color, visible(r.Runtime.Color),
			contrast(visible(r.Runtime.Color), lightGround), contrast(visible(r.Runtime.Color), darkGround),
			contrast(r.Runtime.Color, lightGround), contrast(r.Runtime.Color, darkGround))
	}
}

// The runtimes' charts stand side by side: what is no runtime's own has one colour in
// all of them.
func TestMediansAreAlike(t *testing.T) {
	runtimes, err := config.Discover("..")
	if err != nil {
		t.Fatal(err)
	}
	d, err := config.ParseContext(nil, runtimes, "1")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, w := range everyWidget(d) {
		if len(w.Lines) == 2 && w.Lines[0].Label == "p50" {
			seen[w.Lines[0].Color]++
		}
	}
	if len(seen) != 1 {
		t.Errorf("got medians by colour %v, want one colour", seen)
	}
}
