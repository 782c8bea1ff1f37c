package report

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// AppendText appends the line as Lambda's text format has it, with a newline.
func (l Line) AppendText(b []byte) []byte {
	b = append(b, l.Kind...)
	switch l.Kind {
	case Init:
		b = appendDuration(b, " Init Duration: ", l.Init, "")
		b = appendField(b, "\tPhase: ", l.Phase)
	case Restore:
		b = appendDuration(b, " Restore Duration: ", l.Restore, "")
	default:
		b = append(b, " RequestId: "...)
		b = append(b, l.RequestID...)
		b = appendDuration(b, "\tDuration: ", l.Duration, "\t")
		b = appendWhole(b, "Billed Duration: ", int(l.Billed/time.Millisecond), " ms\t")
		b = appendWhole(b, "Memory Size: ", l.MemorySizeMB, " MB\t")
		b = appendWhole(b, "Max Memory Used: ", l.MaxMemoryUsedMB, " MB\t")
		if l.Init > 0 {
			b = appendDuration(b, "Init Duration: ", l.Init, "\t")
		}
		if l.Restore > 0 {
			b = appendDuration(b, "Restore Duration: ", l.Restore, "\t")
			b = appendWhole(b, "Billed Restore Duration: ", int(l.BilledRestore/time.Millisecond), " ms\t")
		}
	}
	// Lambda ends a REPORT's fields with a tab each, but not these two.
	if l.Status != "" {
		if b[len(b)-1] != '\t' {
			b = append(b, '\t')
		}
		b = appendField(b, "Status: ", l.Status)
		b = appendField(b, "\tError Type: ", l.ErrorType)
	}
	b = append(b, '\n')
	if l.XRay.TraceID != "" {
		b = appendField(b, "XRAY TraceId: ", l.XRay.TraceID)
		b = appendField(b, "\tSegmentId: ", l.XRay.SegmentID)
		b = append(b, "\tSampled: "...)
		b = strconv.AppendBool(b, l.XRay.Sampled)
		b = append(b, "\t\n"...)
	}
	return b
}

func appendDuration(b []byte, label string, d time.Duration, end string) []byte {
	b = append(b, label...)
	b = strconv.AppendFloat(b, float64(d)/float64(time.Millisecond), 'f', 2, 64)
	b = append(b, " ms"...)
	return append(b, end...)
}

func appendWhole(b []byte, label string, n int, end string) []byte {
	b = append(b, label...)
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, end...)
}

func appendField(b []byte, label, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, label...)
	return append(b, value...)
}

// labels are in an order in which no label hides a longer one.
const labels = `RequestId|Billed Restore Duration|Billed Duration|Restore Duration|Init Duration|Duration|` +
	`Memory Size|Max Memory Used|Phase|Status|Error Type|XRAY TraceId|SegmentId|Sampled`

var (
	kindStart = regexp.MustCompile(`^\s*(REPORT|INIT_REPORT|RESTORE_REPORT)\s+`)
	separator = regexp.MustCompile(`[\t\r\n]+| {2,}`)
	known     = regexp.MustCompile(`^(?:` + labels + `): `)
	field     = regexp.MustCompile(`(?:^|\s)(` + labels + `): (\S+)`)
)

// Parse reads a report in either form: a log event's whole message, which may
// have the X-Ray part on a second line. What is no report is not ok.
func Parse(message string) (line Line, ok bool) {
	line, _, ok = parse(message)
	return line, ok
}

// parse is Parse, and names the fields whose values can't be read.
func parse(message string) (line Line, unread []string, ok bool) {
	if strings.HasPrefix(strings.TrimLeft(message, " \t\r\n"), "{") {
		return parseJSON(message)
	}
	return parseText(message)
}

func parseText(message string) (line Line, unread []string, ok bool) {
	start := kindStart.FindStringSubmatch(message)
	if start == nil {
		return Line{}, nil, false
	}
	line.Kind = Kind(start[1])
	seen := map[string]bool{}
	for _, segment := range separator.Split(message[len(start[0]):], -1) {
		// A segment with an unknown label is skipped as a whole: "Foo Duration"
		// is no Duration. One that starts with a known label may have more of
		// them, since copies of logs often have spaces for tabs.
		if !known.MatchString(segment) {
			continue
		}
		for _, m := range field.FindAllStringSubmatch(segment, -1) {
			switch label := m[1]; {
			case seen[label]:
			case line.set(label, m[2]):
				seen[label] = true
			default:
				unread = append(unread, label)
			}
		}
	}
	return line, unread, line.complete(seen)
}

// set stores one field and reports whether the value could be read.
func (l *Line) set(label, value string) bool {
	duration := func(d *time.Duration) bool {
		ms, err := strconv.ParseFloat(value, 64)
		if err != nil || !printable(ms) {
			return false
		}
		*d = milliseconds(ms)
		return true
	}
	whole := func(n *int) bool {
		v, err := strconv.Atoi(value)
		if err != nil || v < 0 {
			return false
		}
		*n = v
		return true
	}
	text := func(s *string) bool { *s = value; return true }
	switch label {
	case "RequestId":
		return text(&l.RequestID)
	case "Duration":
		return duration(&l.Duration)
	case "Billed Duration":
		return duration(&l.Billed)
	case "Memory Size":
		return whole(&l.MemorySizeMB)
	case "Max Memory Used":
		return whole(&l.MaxMemoryUsedMB)
	case "Init Duration":
		return duration(&l.Init)
	case "Restore Duration":
		return duration(&l.Restore)
	case "Billed Restore Duration":
		return duration(&l.BilledRestore)
	case "Phase":
		return text(&l.Phase)
	case "Status":
		if value == "success" {
			value = ""
		}
		return text(&l.Status)
	case "Error Type":
		return text(&l.ErrorType)
	case "XRAY TraceId":
		return text(&l.XRay.TraceID)
	case "SegmentId":
		return text(&l.XRay.SegmentID)
	case "Sampled":
		l.XRay.Sampled = value == "true"
		return true
	}
	return false
}

// complete says whether enough was read to believe that this is a report and
// not a sentence of the function's own that starts with the same word.
func (l *Line) complete(seen map[string]bool) bool {
	switch l.Kind {
	case Init:
		return seen["Init Duration"]
	case Restore:
		return seen["Restore Duration"]
	default:
		return seen["RequestId"] && len(seen) > 1
	}
}

// Scan finds all reports in a log, in order.
func Scan(log string) []Line {
	var lines []Line
	for text := range strings.Lines(log) {
		if strings.HasPrefix(text, xray) && len(lines) > 0 && lines[len(lines)-1].XRay.TraceID == "" {
			last := &lines[len(lines)-1]
			for _, m := range field.FindAllStringSubmatch(text, -1) {
				last.set(m[1], m[2])
			}
			continue
		}
		if line, ok := Parse(text); ok {
			lines = append(lines, line)
		}
	}
	return lines
}
