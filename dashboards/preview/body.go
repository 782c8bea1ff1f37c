package main

import (
	"encoding/json"
	"fmt"
)

// board is a dashboard's body, as far as it is drawn.
type board struct {
	Name    string `json:"-"`
	Widgets []widget
}

type widget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title    string
		Markdown string
		Alarms   []string
		View     string
		Whole    bool `json:"setPeriodToTimeRange"`
		Period   int
		Metrics  [][]any
		YAxis    struct {
			Left  struct{ Label string }
			Right *struct{ Label string }
		}
		Annotations struct {
			Horizontal []struct {
				Value        float64
				Label, Color string
				YAxis        string
			}
		}
	}
}

// entry is a metric or a formula of a widget.
type entry struct {
	// metric is namespace, name and dimensions in one text; empty for a formula.
	metric string
	drawn
}

// drawn is how an entry is shown.
type drawn struct {
	Expression, ID, Label, Color, Stat, YAxis string
	Visible                                   *bool
}

func parse(name, body string) (board, error) {
	b := board{Name: name}
	return b, json.Unmarshal([]byte(body), &b)
}

// entries reads the metrics of a widget.
func (w widget) entries() ([]entry, error) {
	var all []entry
	for _, parts := range w.Properties.Metrics {
		var e entry
		for _, part := range parts {
			if text, ok := part.(string); ok {
				e.metric += "\x1f" + text
				continue
			}
			rendering, err := json.Marshal(part)
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(rendering, &e.drawn); err != nil {
				return nil, fmt.Errorf("%s: %w", w.Properties.Title, err)
			}
		}
		all = append(all, e)
	}
	return all, nil
}
