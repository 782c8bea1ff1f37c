package html

import (
	"regexp"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/assets"
)

// The surfaces that colours are made readable on are those of the style sheet.
func TestSurfacesMatchTheStyle(t *testing.T) {
	style, err := assets.Files.ReadFile("report.css")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`--surface: (#[0-9a-f]{6});`).FindAllStringSubmatch(string(style), -1)
	if len(found) != 3 || found[0][1] != lightSurface.String() || found[1][1] != darkSurface.String() || found[2][1] != darkSurface.String() {
		t.Errorf("got the surfaces %v, want %s and twice %s", found, lightSurface, darkSurface)
	}
}

func TestReadableColours(t *testing.T) {
	for _, color := range []string{"#ffff00", "#00add8", "#ffffff", "#000000", "#16191d", "#3178c6"} {
		for _, surface := range []rgb{lightSurface, darkSurface} {
			if got := contrast(parseColor(readable(color, surface)), surface); got < 2.95 {
				t.Errorf("%s on %s: got a contrast of %.2f, want 3", color, surface, got)
			}
		}
	}
	if got := readable("#3178c6", lightSurface); got != "#3178c6" {
		t.Errorf("got %s, want a readable colour kept", got)
	}
}
