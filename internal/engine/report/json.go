package report

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// event is the envelope of JSON logging. Members stand in the order in which
// Lambda writes them.
type event struct {
	Time   string `json:"time"`
	Type   string `json:"type"`
	Record record `json:"record"`
}

type record struct {
	RequestID          string   `json:"requestId,omitempty"`
	InitializationType string   `json:"initializationType,omitempty"`
	Phase              string   `json:"phase,omitempty"`
	Metrics            *metrics `json:"metrics,omitempty"`
	Tracing            *tracing `json:"tracing,omitempty"`
	Status             string   `json:"status,omitempty"`
	ErrorType          string   `json:"errorType,omitempty"`
}

type metrics struct {
	Duration      float64  `json:"durationMs"`
	Billed        *float64 `json:"billedDurationMs,omitempty"`
	MemorySize    *float64 `json:"memorySizeMB,omitempty"`
	MaxMemory     *float64 `json:"maxMemoryUsedMB,omitempty"`
	Init          *float64 `json:"initDurationMs,omitempty"`
	Restore       *float64 `json:"restoreDurationMs,omitempty"`
	BilledRestore *float64 `json:"billedRestoreDurationMs,omitempty"`
}

type tracing struct {
	SpanID string `json:"spanId,omitempty"`
	Type   string `json:"type"`
	Value  string `json:"value"`
}

// TimeFormat of events and of log lines, UTC.
const TimeFormat = "2006-01-02T15:04:05.000Z"

var types = map[Kind]string{
	Invoke:  "platform.report",
	Init:    "platform.initReport",
	Restore: "platform.restoreReport",
}

// AppendJSON appends the line as an event of JSON logging, with a newline.
// initializationType is on-demand or snap-start; only INIT_REPORT has it.
func (l Line) AppendJSON(b []byte, at time.Time, initializationType string) []byte {
	e := event{Time: at.UTC().Format(TimeFormat), Type: types[l.Kind]}
	e.Record.Status, e.Record.ErrorType = l.Status, l.ErrorType
	if l.Status == "" {
		e.Record.Status = "success"
	}
	switch l.Kind {
	case Init:
		e.Record.InitializationType, e.Record.Phase = initializationType, l.Phase
		e.Record.Metrics = &metrics{Duration: figure(l.Init)}
	case Restore:
		e.Record.Metrics = &metrics{Duration: figure(l.Restore)}
	default:
		e.Record.RequestID = l.RequestID
		m := metrics{
			Duration:   figure(l.Duration),
			Billed:     ref(figure(l.Billed)),
			MemorySize: ref(float64(l.MemorySizeMB)),
			MaxMemory:  ref(float64(l.MaxMemoryUsedMB)),
		}
		if l.Init > 0 {
			m.Init = ref(figure(l.Init))
		}
		if l.Restore > 0 {
			m.Restore, m.BilledRestore = ref(figure(l.Restore)), ref(figure(l.BilledRestore))
		}
		e.Record.Metrics = &m
	}
	if l.XRay.TraceID != "" {
		sampled := 0
		if l.XRay.Sampled {
			sampled = 1
		}
		e.Record.Tracing = &tracing{
			SpanID: l.XRay.SegmentID, Type: "X-Amzn-Trace-Id",
			Value: fmt.Sprintf("Root=%s;Parent=%s;Sampled=%d", l.XRay.TraceID, l.XRay.SegmentID, sampled),
		}
	}
	data, err := json.Marshal(e)
	if err != nil {
		panic(err) // Strings and finite numbers always marshal.
	}
	return append(append(b, data...), '\n')
}

// figure is a duration in ms with 3 decimals.
func figure(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

func ref(f float64) *float64 { return &f }

func parseJSON(message string) (line Line, unread []string, ok bool) {
	var e event
	if json.Unmarshal([]byte(message), &e) != nil || e.Record.Metrics == nil {
		return Line{}, nil, false
	}
	m := e.Record.Metrics
	line.Status, line.ErrorType = e.Record.Status, e.Record.ErrorType
	if line.Status == "success" {
		line.Status = ""
	}
	if t := e.Record.Tracing; t != nil {
		for part := range strings.SplitSeq(t.Value, ";") {
			switch key, value, _ := strings.Cut(part, "="); key {
			case "Root":
				line.XRay.TraceID = value
			case "Parent":
				line.XRay.SegmentID = value
			case "Sampled":
				line.XRay.Sampled = value == "1"
			}
		}
	}
	value := func(f *float64) float64 {
		if f == nil {
			return 0
		}
		return *f
	}
	switch e.Type {
	case types[Init]:
		line.Kind, line.Init, line.Phase = Init, milliseconds(m.Duration), e.Record.Phase
	case types[Restore]:
		line.Kind, line.Restore = Restore, milliseconds(m.Duration)
	case types[Invoke]:
		if e.Record.RequestID == "" {
			return Line{}, nil, false
		}
		line.Kind, line.RequestID = Invoke, e.Record.RequestID
		line.Duration, line.Billed = milliseconds(m.Duration), milliseconds(value(m.Billed))
		line.MemorySizeMB, line.MaxMemoryUsedMB = megabytes(value(m.MemorySize)), megabytes(value(m.MaxMemory))
		line.Init = milliseconds(value(m.Init))
		line.Restore, line.BilledRestore = milliseconds(value(m.Restore)), milliseconds(value(m.BilledRestore))
	default:
		return Line{}, nil, false
	}
	for _, one := range []struct {
		label string
		value *float64
	}{
		{"durationMs", &m.Duration}, {"billedDurationMs", m.Billed}, {"memorySizeMB", m.MemorySize}, {"maxMemoryUsedMB", m.MaxMemory},
		{"initDurationMs", m.Init}, {"restoreDurationMs", m.Restore}, {"billedRestoreDurationMs", m.BilledRestore},
	} {
		if one.value != nil && !printable(*one.value) {
			unread = append(unread, one.label)
		}
	}
	return line, unread, true
}

// megabytes converts a printed figure. Anything that is no size is 0.
func megabytes(mb float64) int {
	if mb < 0 || mb > math.MaxInt32 {
		return 0
	}
	return int(mb)
}
