package main

import (
	_ "embed"
	"fmt"
	"html"
	"regexp"
	"strings"
)

//go:embed page.css
var style string

// unit is the height of a row of CloudWatch's grid, in pixels.
const unit = 50

// page draws the boards one below the other; without scripts, so that what is seen
// is what was written.
func page(boards []board, s samples) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"en\" data-ready>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s, with sample data</title>\n<style>%s</style>\n", html.EscapeString(boards[0].Name), style)
	for _, board := range boards {
		rows := 0
		for _, w := range board.Widgets {
			rows = max(rows, w.Y+w.Height)
		}
		fmt.Fprintf(&b, "<h1>%s <small>made-up data, drawn from the dashboard's body</small></h1>\n<main id=%q style=\"height:%dpx\">\n", html.EscapeString(board.Name), board.Name, rows*unit)
		for _, w := range board.Widgets {
			content, err := w.draw(s)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "<section class=%q style=\"left:%.4f%%;top:%dpx;width:%.4f%%;height:%dpx\">%s</section>\n", w.Type+" "+w.Properties.View, float64(w.X)/24*100, w.Y*unit, float64(w.Width)/24*100, w.Height*unit, content)
		}
		b.WriteString("</main>\n")
	}
	return b.String(), nil
}

func (w widget) draw(s samples) (string, error) {
	title := "<h2>" + html.EscapeString(w.Properties.Title) + "</h2>"
	switch {
	case w.Type == "text":
		return markdown(w.Properties.Markdown), nil
	case w.Type == "alarm":
		return title + alarms(w.Properties.Alarms), nil
	case w.Type != "metric":
		return "", fmt.Errorf("widget: got the type %q, want one that the boards use", w.Type)
	}
	lines, err := w.lines(s)
	if err != nil {
		return "", err
	}
	switch w.Properties.View {
	case "singleValue":
		return title + values(lines), nil
	case "bar":
		return title + bars(lines), nil
	case "timeSeries":
		return title + plot(w, lines), nil
	}
	return "", fmt.Errorf("%s: got the view %q, want one that the boards use", w.Properties.Title, w.Properties.View)
}

// alarms are cut at their end, as CloudWatch does; the second one rings.
func alarms(arns []string) string {
	var b strings.Builder
	b.WriteString(`<div class="alarms">`)
	for i, arn := range arns {
		state := "ok"
		if i == 1 {
			state = "ringing"
		}
		fmt.Fprintf(&b, "<span class=%q>%s</span>", state, html.EscapeString(arn[strings.LastIndex(arn, ":")+1:]))
	}
	return b.String() + "</div>"
}

var inline = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile("`([^`]+)`"), "<code>$1</code>"},
	{regexp.MustCompile(`\*\*([^*]+)\*\*`), "<b>$1</b>"},
	{regexp.MustCompile(`\*([^*]+)\*`), "<em>$1</em>"},
	{regexp.MustCompile(`\[([^\]]+)\]\(#dashboards:name=([^)]+)\)`), `<a href="#$2">$1</a>`},
}

func markdown(text string) string {
	var b strings.Builder
	for _, paragraph := range strings.Split(text, "\n") {
		tag := "p"
		if heading := strings.TrimLeft(paragraph, "#"); heading != paragraph {
			tag, paragraph = "h2", heading
		}
		if paragraph = html.EscapeString(strings.TrimSpace(paragraph)); paragraph == "" {
			continue
		}
		for _, rule := range inline {
			paragraph = rule.pattern.ReplaceAllString(paragraph, rule.with)
		}
		fmt.Fprintf(&b, "<%s>%s</%[1]s>", tag, paragraph)
	}
	return b.String()
}
