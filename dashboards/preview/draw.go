package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// series is a line of a widget with its points, missing ones not a number: one for
// each period, or a single one over the whole range.
type series struct {
	drawn
	points []float64
}

// lines works out what a widget shows.
func (w widget) lines(s samples) ([]series, error) {
	entries, err := w.entries()
	if err != nil {
		return nil, err
	}
	n, seconds := periods, 300.0
	if w.Properties.Whole {
		n, seconds = 1, 300.0*periods
	}
	shown := make([]series, len(entries))
	for i := range entries {
		shown[i] = series{entries[i].drawn, make([]float64, n)}
	}
	for period := range n {
		values := map[string]float64{}
		for i, e := range entries {
			var v float64
			if e.metric != "" {
				var in []float64
				if w.Properties.Whole {
					for p := range periods {
						in = append(in, s.of(e.metric, p)...)
					}
				} else {
					in = s.of(e.metric, period)
				}
				v, err = statistic(e.Stat, in)
			} else {
				v, err = evaluate(e.Expression, values, seconds)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", w.Properties.Title, err)
			}
			if values[e.ID] = v; math.IsInf(v, 0) {
				v = math.NaN()
			}
			shown[i].points[period] = v
		}
	}
	var visible []series
	for _, line := range shown {
		if line.Visible == nil || *line.Visible {
			visible = append(visible, line)
		}
	}
	return visible, nil
}

// short is a number as CloudWatch writes it: three digits and a unit's prefix.
func short(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a >= 1e6:
		return fmt.Sprintf("%.3gM", v/1e6)
	case a >= 1e4:
		return fmt.Sprintf("%.3gk", v/1e3)
	case a >= 100 || a == 0:
		return fmt.Sprintf("%.0f", v)
	case a < 0.001:
		return fmt.Sprintf("%.1e", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func values(lines []series) string {
	var b strings.Builder
	b.WriteString(`<div class="values">`)
	for _, l := range lines {
		fmt.Fprintf(&b, `<div><b>%s</b><span><i style="background:%s"></i>%s</span></div>`, short(l.points[0]), l.Color, html.EscapeString(l.Label))
	}
	return b.String() + "</div>"
}

func bars(lines []series) string {
	most := 0.0
	for _, l := range lines {
		if !math.IsNaN(l.points[0]) {
			most = max(most, l.points[0])
		}
	}
	var b strings.Builder
	b.WriteString(`<div class="bars">`)
	for _, l := range lines {
		share := 0.0
		if most > 0 && !math.IsNaN(l.points[0]) {
			share = 100 * l.points[0] / most
		}
		fmt.Fprintf(&b, `<span>%s</span><div><i style="width:%.1f%%;background:%s"></i></div><b>%s</b>`, html.EscapeString(l.Label), share, l.Color, short(l.points[0]))
	}
	return b.String() + "</div>"
}

// plot draws lines over time in a box of 1,000 × 400, stretched to the widget.
func plot(w widget, lines []series) string {
	const width, height = 1000.0, 400.0
	most := map[string]float64{}
	side := func(axis string) string {
		if axis == "right" {
			return axis
		}
		return "left"
	}
	for _, l := range lines {
		for _, v := range l.points {
			if !math.IsNaN(v) {
				most[side(l.YAxis)] = max(most[side(l.YAxis)], v)
			}
		}
	}
	for _, a := range w.Properties.Annotations.Horizontal {
		most[side(a.YAxis)] = max(most[side(a.YAxis)], a.Value)
	}
	y := func(axis string, v float64) float64 {
		if most[axis] == 0 {
			return height
		}
		return height - v/(1.05*most[axis])*height
	}
	var b, legend, labels strings.Builder
	units := fmt.Sprintf(`<span>%s</span><span>%s</span>`, html.EscapeString(w.Properties.YAxis.Left.Label+" · 0 … "+short(most["left"])), right(w, most["right"]))
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" preserveAspectRatio="none" role="img" aria-label="%s"><path class="axis" d="M0 %[2]gH%[1]gM0 %[4]gH%[1]g"/>`, width, height, html.EscapeString(w.Properties.Title), height/2)
	for _, a := range w.Properties.Annotations.Horizontal {
		fmt.Fprintf(&b, `<path class="limit" stroke="%s" d="M0 %.1fH%g"/>`, a.Color, y(side(a.YAxis), a.Value), width)
		fmt.Fprintf(&labels, `<span class="%s" style="top:%.1f%%">%s</span>`, side(a.YAxis), 100*y(side(a.YAxis), a.Value)/height, html.EscapeString(a.Label))
	}
	for _, l := range lines {
		path, pen := "", "M"
		for i, v := range l.points {
			if math.IsNaN(v) {
				pen = "M"
				continue
			}
			x := (float64(i) + 0.5) / float64(len(l.points)) * width
			if pen == "M" { // a point alone is a dot
				path += fmt.Sprintf("M%.1f %.1fh3", x-1.5, y(side(l.YAxis), v))
			}
			path += fmt.Sprintf("L%.1f %.1f", x, y(side(l.YAxis), v))
			pen = "L"
		}
		fmt.Fprintf(&b, `<path stroke="%s" d="%s"/>`, l.Color, path)
		fmt.Fprintf(&legend, `<span><i style="background:%s"></i>%s</span>`, l.Color, html.EscapeString(l.Label))
	}
	return `<div class="unit">` + units + `</div><div class="plot">` + b.String() + "</svg>" + labels.String() + `</div><div class="legend">` + legend.String() + "</div>"
}

func right(w widget, most float64) string {
	if w.Properties.YAxis.Right == nil {
		return ""
	}
	return html.EscapeString(w.Properties.YAxis.Right.Label + " · 0 … " + short(most))
}
