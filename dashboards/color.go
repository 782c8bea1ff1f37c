package dashboards

import "fmt"

// shades makes n colours out of a runtime's own: the first lines of a widget are
// lighter, the last one, the tail, is the colour itself.
func shades(color string, n int) []string {
	var rgb [3]uint8
	if _, err := fmt.Sscanf(color, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		return make([]string, n) // The manifest's schema refuses it: let CloudWatch pick.
	}
	all := make([]string, n)
	for i := range all {
		if i == n-1 {
			all[i] = color
			break
		}
		// The lightest is 60 % of the way to white: paler than that is lost on it.
		white := 0.6 * float64(n-1-i) / float64(n-1)
		all[i] = "#"
		for _, c := range rgb {
			all[i] += fmt.Sprintf("%02x", uint8(float64(c)+white*float64(255-c)+0.5))
		}
	}
	return all
}
