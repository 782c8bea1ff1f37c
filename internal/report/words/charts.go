package words

import (
	"fmt"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// AltText says in words what a chart shows.
func AltText(c view.Contest, what string, name func(*view.Row) string, metrics ...string) string {
	var rows []string
	for _, r := range c.Rows {
		var parts []string
		for _, id := range metrics {
			if v := r.Value(id); v.Valid() {
				parts = append(parts, fmt.Sprintf("%s %s ms", view.MetricName(id), format.Center(v.Summary)))
			}
		}
		if parts != nil {
			rows = append(rows, name(r)+": "+strings.Join(parts, ", "))
		}
	}
	return what + " of each. " + strings.Join(rows, "; ") + "."
}

// WarmLead says what a warm call's time is.
func WarmLead(doc *results.Document) string {
	vantage := "Time from the event to the answer, inside the engine"
	if doc.Source.Kind != results.Local {
		vantage = "Time as the client sees it, with the network to the region"
	}
	if doc.LoadTest != nil {
		return "Time as the client sees it, from the first byte sent to the last received: with network and gateway, without making connections, and without the calls that met a new environment."
	}
	return fmt.Sprintf("%s. Each environment answered %s after its first one, %s ms apart.", vantage, format.Plural(doc.Plan.Sizes.WarmCalls, "call"), format.Plain(doc.Plan.Pacing.GapMs))
}

// CurveText says when each runtime is settled.
func CurveText(c view.Contest) string {
	var parts []string
	for _, r := range c.Rows {
		switch {
		case len(r.Curve) == 0:
		case r.Settled < 0:
			parts = append(parts, fmt.Sprintf("%s is not settled after %s", r.Name, format.Plural(len(r.Curve), "call")))
		case r.Settled <= 1:
			parts = append(parts, r.Name+" from the first call on")
		default:
			parts = append(parts, fmt.Sprintf("%s from call %d on (%s× at first)", r.Name, r.Settled, format.Number(r.Curve[0].Relative)))
		}
	}
	if parts == nil {
		return ""
	}
	return "Within 10 % of it: " + strings.Join(parts, "; ") + "."
}

// Handshakes is a sentence about TLS in the first calls; "" where there was none.
func Handshakes(c view.Contest) string {
	var parts []string
	for _, r := range c.Rows {
		tls, first := r.Value("firstCallTls"), r.Value("firstCall")
		if tls.N > 0 && first.N > 0 && first.Center > 0 {
			parts = append(parts, fmt.Sprintf("%s %s ms (%s)", r.Name, format.Number(tls.Center), format.Percent(tls.Center/first.Center)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Of it the TLS handshake with the database, from its first byte on, takes in the median: " + strings.Join(parts, ", ") + "."
}

// GainAlt says in words what a chart of steps shows.
func GainAlt(title, metric string, gains []view.Gain) string {
	var parts []string
	for _, g := range gains {
		if s := g.Step(metric); s.Ratio.Valid() {
			parts = append(parts, g.Tuned.Name+" "+StepRatio(s))
		}
	}
	return title + ", tuned over stock. " + strings.Join(parts, "; ") + "."
}
