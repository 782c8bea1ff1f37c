package report

import (
	"fmt"
	"strings"
)

// ForCall returns the report of one call from the end of a log, such as Invoke answers
// with LogType=Tail: its last 4 KB, which may begin in the middle of a line, and in
// which a line may stand directly behind what the function or an extension wrote without
// a newline. Where Parse takes what is there, this one refuses a report that lacks
// a figure, has one that can't be read, or contradicts another: the error has the line.
func ForCall(log, requestID string) (Line, error) {
	var found []Line
	var texts []string
	var broken error
	last := ""
	lines := strings.FieldsFunc(log, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, text := range lines {
		if strings.TrimSpace(text) != "" {
			last = text
		}
		candidate, ok := mentions(text, requestID)
		if !ok {
			continue
		}
		if i+1 < len(lines) && strings.HasPrefix(lines[i+1], xray) && !strings.HasPrefix(candidate, "{") {
			candidate += "\n" + lines[i+1]
		}
		line, unread, ok := parse(candidate)
		switch {
		case !ok:
			if broken == nil {
				broken = fmt.Errorf("the call's REPORT can't be read: %s", quote(text))
			}
			continue
		case line.RequestID != requestID || line.Kind != Invoke: // it only speaks of the call
			continue
		case len(unread) > 0:
			return Line{}, fmt.Errorf("the call's REPORT has no figure for %s: %s", strings.Join(unread, ", "), quote(text))
		}
		if lacks := line.lacks(); len(lacks) > 0 {
			return Line{}, fmt.Errorf("the call's REPORT lacks %s: %s", strings.Join(lacks, ", "), quote(text))
		}
		if len(found) > 0 && found[0] != line {
			return Line{}, fmt.Errorf("the call has two REPORTs: %s and %s", quote(texts[0]), quote(text))
		}
		found, texts = append(found, line), append(texts, text)
	}
	switch {
	case len(found) > 0:
		return found[0], nil
	case broken != nil:
		return Line{}, broken
	case last == "":
		return Line{}, fmt.Errorf("the log's tail has no REPORT of the call: it is empty")
	}
	return Line{}, fmt.Errorf("the log's tail has no REPORT of the call: its last line is %s", quote(last))
}

// xray begins the second line of a traced function's report.
const xray = "XRAY TraceId: "

// mentions returns what of a line seems to be the report of a call: from where the
// report begins.
func mentions(text, requestID string) (candidate string, ok bool) {
	if i := strings.LastIndex(text, "REPORT RequestId: "+requestID); i >= 0 {
		return text[i:], true
	}
	if !strings.Contains(text, `"`+types[Invoke]+`"`) || !strings.Contains(text, `"`+requestID+`"`) {
		return "", false
	}
	if i := strings.LastIndex(text, `{"time":`); i >= 0 {
		return text[i:], true
	}
	return strings.TrimLeft(text, " \t"), true
}

// lacks names the figures that every report has.
func (l Line) lacks() (names []string) {
	for _, one := range []struct {
		name  string
		there bool
	}{
		{"Duration", l.Duration > 0}, {"Billed Duration", l.Billed > 0}, {"Memory Size", l.MemorySizeMB > 0}, {"Max Memory Used", l.MaxMemoryUsedMB > 0},
	} {
		if !one.there {
			names = append(names, one.name)
		}
	}
	return names
}

// shown is how much of a line an error has: a whole REPORT has some 250 bytes.
const shown = 400

// quote shows a line with its tabs.
func quote(text string) string {
	if len(text) > shown {
		text = strings.ToValidUTF8(text[:shown], "") + "…"
	}
	return fmt.Sprintf("%q", text)
}
