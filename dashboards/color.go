package dashboards

import (
	"fmt"
	"math"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// CloudWatch's grounds: a board is read in the light theme and in the dark one.
const (
	lightGround = "#ffffff"
	darkGround  = "#161d26"
	// leastContrast is what WCAG 2.2 asks of graphics (1.4.11).
	leastContrast = 3.0
)

// others colour the lines that are nobody's: what the runtimes share, and a
// runtime's lines beside its own. They can be seen on both grounds.
var others = []string{"#1f77b4", "#b45309", "#6b7280", "#0f8a5f", "#a855f7", "#d0558b"}

// visible is a runtime's colour, darker or lighter as far as both grounds need it.
func visible(color string) string {
	rgb, ok := channels(color)
	if !ok {
		return "" // The manifest's schema refuses it: let CloudWatch pick.
	}
	// The luminances that have the contrast on either side.
	darkest := leastContrast*(luminance(mustChannels(darkGround))+0.05) - 0.05
	brightest := (luminance(mustChannels(lightGround))+0.05)/leastContrast - 0.05
	for mix := 0.0; mix <= 1; mix += 0.01 {
		toward := 0.0
		if luminance(rgb) < darkest {
			toward = 255
		}
		var mixed [3]float64
		for i, c := range rgb {
			mixed[i] = math.Round(c + mix*(toward-c))
		}
		if l := luminance(mixed); l >= darkest && l <= brightest {
			return fmt.Sprintf("#%02x%02x%02x", int(mixed[0]), int(mixed[1]), int(mixed[2]))
		}
	}
	return others[0]
}

// beside makes n colours for the lines of one runtime: the last one, the tail, is
// its own, the others are not like it. Those that are like nobody's come first, so that
// they are the same in every runtime's charts.
func beside(color string, n int, nobodys []string) []string {
	own := visible(color)
	different := slices.Clone(nobodys)
	for _, other := range others {
		if !slices.Contains(nobodys, other) && !like(own, other) {
			different = append(different, other)
		}
	}
	colors := make([]string, n)
	for i := range colors {
		colors[i] = different[i%len(different)]
	}
	if n > 0 {
		colors[n-1] = own
	}
	return colors
}

// nobodys are those of others that are like no runtime's.
func nobodys(d config.Deployment) []string {
	var owned []string
	for _, r := range d.Runtimes {
		owned = append(owned, visible(r.Runtime.Color))
	}
	return slices.DeleteFunc(slices.Clone(others), func(other string) bool {
		return slices.ContainsFunc(owned, func(own string) bool { return like(own, other) })
	})
}

func like(own, other string) bool { return own != "" && apart(own, other) < leastApart }

// leastApart is the distance at which two lines are told apart: a third of the way
// from black to white along one channel.
const leastApart = 85

// apart is the distance of two colours in RGB.
func apart(a, b string) float64 {
	x, y, sum := mustChannels(a), mustChannels(b), 0.0
	for i := range x {
		sum += (x[i] - y[i]) * (x[i] - y[i])
	}
	return math.Sqrt(sum)
}

// contrast of two colours, as WCAG defines it: 1 … 21.
func contrast(a, b string) float64 {
	la, lb := luminance(mustChannels(a)), luminance(mustChannels(b))
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(rgb [3]float64) float64 {
	var linear [3]float64
	for i, c := range rgb {
		if c /= 255; c <= 0.04045 {
			linear[i] = c / 12.92
		} else {
			linear[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

func channels(color string) (rgb [3]float64, ok bool) {
	var r, g, b uint8
	if _, err := fmt.Sscanf(color, "#%02x%02x%02x", &r, &g, &b); err != nil {
		return rgb, false
	}
	return [3]float64{float64(r), float64(g), float64(b)}, true
}

func mustChannels(color string) [3]float64 {
	rgb, ok := channels(color)
	if !ok {
		panic("not a colour: " + color)
	}
	return rgb
}
