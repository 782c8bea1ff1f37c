package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The JSON of a dashboard, as far as it is used. Structure and limits:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
type (
	bodyJSON struct {
		Start          string       `json:"start"`
		PeriodOverride string       `json:"periodOverride"`
		Widgets        []widgetJSON `json:"widgets"`
	}
	widgetJSON struct {
		Type       string `json:"type"`
		X          int    `json:"x"`
		Y          int    `json:"y"`
		Width      int    `json:"width"`
		Height     int    `json:"height"`
		Properties any    `json:"properties"`
	}
	textJSON struct {
		Markdown   string `json:"markdown"`
		Background string `json:"background"`
	}
	alarmJSON struct {
		Title  string   `json:"title"`
		Alarms []string `json:"alarms"`
		SortBy string   `json:"sortBy"`
	}
	metricJSON struct {
		Title       string           `json:"title"`
		View        string           `json:"view"`
		Region      string           `json:"region"`
		Period      int              `json:"period"`
		Metrics     [][]any          `json:"metrics"`
		YAxis       *axesJSON        `json:"yAxis,omitempty"`
		Annotations *annotationsJSON `json:"annotations,omitempty"`
		WholeRange  bool             `json:"setPeriodToTimeRange,omitempty"`
	}
	lineJSON struct {
		Expression string `json:"expression,omitempty"`
		ID         string `json:"id,omitempty"`
		Label      string `json:"label,omitempty"`
		Color      string `json:"color,omitempty"`
		Stat       string `json:"stat,omitempty"`
		YAxis      string `json:"yAxis,omitempty"`
		Visible    *bool  `json:"visible,omitempty"`
	}
	axesJSON struct {
		Left  axisJSON  `json:"left"`
		Right *axisJSON `json:"right,omitempty"`
	}
	axisJSON struct {
		Label     string `json:"label"`
		Min       int    `json:"min"`
		ShowUnits bool   `json:"showUnits"`
	}
	annotationsJSON struct {
		Horizontal []annotationJSON `json:"horizontal"`
	}
	annotationJSON struct {
		Value float64 `json:"value"`
		Label string  `json:"label"`
		Color string  `json:"color"`
		YAxis string  `json:"yAxis"`
	}
)

// red is the colour of every threshold.
const red = "#d62728"

// Body is the dashboard's JSON. It names region, account and partition by
// CloudFormation's pseudo parameters: it is the text of an Fn::Sub.
func (b Board) Body() string {
	body := bodyJSON{Start: "-PT3H", PeriodOverride: "inherit", Widgets: []widgetJSON{}}
	for _, w := range b.Widgets {
		body.Widgets = append(body.Widgets, w.json())
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic(err) // Strings and finite numbers always marshal.
	}
	return strings.TrimSpace(out.String())
}

func (w Widget) json() widgetJSON {
	j := widgetJSON{X: w.X, Y: w.Y, Width: w.Width, Height: w.Height}
	switch {
	case w.Text != "":
		j.Type, j.Properties = "text", textJSON{Markdown: w.Text, Background: "transparent"}
	case len(w.Alarms) > 0:
		p := alarmJSON{Title: w.Title, SortBy: "stateUpdatedTimestamp"}
		for _, name := range w.Alarms {
			p.Alarms = append(p.Alarms, "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"+name)
		}
		j.Type, j.Properties = "alarm", p
	default:
		j.Type, j.Properties = "metric", w.graph()
	}
	return j
}

func (w Widget) graph() metricJSON {
	p := metricJSON{Title: w.Title, View: "timeSeries", Region: "${AWS::Region}", Period: int(Period.Seconds())}
	if w.Over != "" {
		p.View, p.WholeRange = string(w.Over), true
		p.Title += ", " + w.Unit
	} else {
		p.YAxis = &axesJSON{Left: axisJSON{Label: w.Unit}}
		if w.RightUnit != "" {
			p.YAxis.Right = &axisJSON{Label: w.RightUnit}
		}
	}
	ids := 0
	for _, line := range w.Lines {
		side := ""
		if line.Right {
			side = "right"
		}
		if line.Formula == "" {
			p.Metrics = append(p.Metrics, line.Metrics[0].json(lineJSON{Label: line.Label, Color: line.Color, YAxis: side}))
			continue
		}
		formula := line.Formula
		for i, m := range line.Metrics {
			ids++
			id := fmt.Sprintf("m%d", ids)
			formula = strings.ReplaceAll(formula, fmt.Sprintf("$%d", i+1), id)
			p.Metrics = append(p.Metrics, m.json(lineJSON{ID: id, Visible: new(bool)}))
		}
		ids++
		p.Metrics = append(p.Metrics, []any{lineJSON{
			Expression: formula, ID: fmt.Sprintf("e%d", ids), Label: line.Label, Color: line.Color, YAxis: side,
		}})
	}
	for _, t := range w.Thresholds {
		a := annotationJSON{Value: t.Value, Label: t.Label, Color: red, YAxis: "left"}
		if t.Right {
			a.YAxis = "right"
		}
		if p.Annotations == nil {
			p.Annotations = &annotationsJSON{}
		}
		if !slices.Contains(p.Annotations.Horizontal, a) {
			p.Annotations.Horizontal = append(p.Annotations.Horizontal, a)
		}
	}
	return p
}

func (m Metric) json(rendering lineJSON) []any {
	entry := []any{m.Namespace, m.Name}
	for _, d := range m.Dimensions {
		entry = append(entry, d.Name, d.Value)
	}
	rendering.Stat = m.Stat
	return append(entry, rendering)
}
