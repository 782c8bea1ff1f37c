package html

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// The surfaces that graphics lie on; the same as --surface in report.css.
var lightSurface, darkSurface = rgb{255, 255, 255}, rgb{0x16, 0x1a, 0x21}

type rgb [3]float64

func parseColor(text string) rgb {
	var c rgb
	if len(text) != 7 {
		return rgb{128, 128, 128}
	}
	for i := range c {
		v, err := strconv.ParseUint(text[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return rgb{128, 128, 128}
		}
		c[i] = float64(v)
	}
	return c
}

func (c rgb) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0])), int(math.Round(c[1])), int(math.Round(c[2])))
}

// readable moves a runtime's colour towards black or white until it stands out
// from the surface by 3 to 1, which WCAG 2.2 asks of graphics (1.4.11).
func readable(color string, surface rgb) string {
	c := parseColor(color)
	target := 0.0
	if luminance(surface) < 0.2 {
		target = 255
	}
	for range 40 {
		if contrast(c, surface) >= 3 {
			break
		}
		for i := range c {
			c[i] += (target - c[i]) * 0.06
		}
	}
	return c.String()
}

// luminance and contrast are WCAG's.
func luminance(c rgb) float64 {
	var linear rgb
	for i, v := range c {
		if s := v / 255; s <= 0.04045 {
			linear[i] = s / 12.92
		} else {
			linear[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

func contrast(a, b rgb) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// runtimeColors is the style sheet that gives each runtime its colour, in both
// themes.
func runtimeColors(runtimes []results.Runtime) string {
	var light, dark, classes strings.Builder
	for _, r := range runtimes {
		fmt.Fprintf(&light, "--rt-%s:%s;", r.Name, readable(r.Color, lightSurface))
		fmt.Fprintf(&dark, "--rt-%s:%s;", r.Name, readable(r.Color, darkSurface))
		fmt.Fprintf(&classes, ".rt-%s{--c:var(--rt-%s)}\n", r.Name, r.Name)
	}
	return fmt.Sprintf(":root{%s}\n:root[data-theme=\"dark\"]{%s}\n@media (prefers-color-scheme: dark){:root:not([data-theme=\"light\"]){%s}}\n%s",
		light.String(), dark.String(), dark.String(), classes.String())
}
