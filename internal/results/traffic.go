package results

import (
	"fmt"
	"time"
)

// Traffic is what a monitoring system knows of functions that were in use: statistics of
// periods, never single calls. They can't be pooled: a median of medians is none.
type Traffic struct {
	Source        string    `json:"source"` // such as CloudWatch
	From          time.Time `json:"from"`
	To            time.Time `json:"to"`
	PeriodSeconds float64   `json:"periodSeconds"` // of each point
	Series        []Series  `json:"series"`
}

// Series is one figure over time.
type Series struct {
	Runtime string  `json:"runtime,omitempty"` // absent: of all runtimes together
	Figure  string  `json:"figure"`
	Unit    string  `json:"unit"`
	Points  []Point `json:"points"` // ascending; a period without one is not known, never zero
}

// Point is a figure's value of a period.
type Point struct {
	Time  time.Time `json:"time"` // of the period's beginning
	Value float64   `json:"value"`
}

func (d *Document) checkTraffic() error {
	t := d.Traffic
	if t == nil {
		return nil
	}
	if !t.From.Before(t.To) {
		return fmt.Errorf("traffic.to: got %v, wanted a time behind from, %v", t.To, t.From)
	}
	for i, s := range t.Series {
		if _, ok := d.Runtime(s.Runtime); s.Runtime != "" && !ok {
			return fmt.Errorf("traffic.series[%d].runtime: got %q, wanted one of the document's runtimes", i, s.Runtime)
		}
		for j, p := range s.Points {
			if j > 0 && !s.Points[j-1].Time.Before(p.Time) {
				return fmt.Errorf("traffic.series[%d].points[%d].time: got %v behind %v, wanted them ascending", i, j, p.Time, s.Points[j-1].Time)
			}
		}
	}
	return nil
}
