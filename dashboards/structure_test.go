package dashboards

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// What CloudWatch documents of a dashboard's body, for the widget types in use:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
// and of its size:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
const (
	maxAlarmsPerWidget = 100
	maxHeight          = 1000
	// CloudFormation's limit of a whole template, in bytes.
	maxTemplate = 1 << 20
)

// object is a documented JSON object: its members and what each must be.
type object map[string]member

type member struct {
	required bool
	check    func(any) error
}

func must(check func(any) error) member { return member{true, check} }
func may(check func(any) error) member  { return member{false, check} }

func (o object) check(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("got %T, want an object", v)
	}
	for name, value := range m {
		known, ok := o[name]
		if !ok {
			return fmt.Errorf("unknown member %q, want one of %v", name, slices.Sorted(maps.Keys(o)))
		}
		if err := known.check(value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, known := range o {
		if _, there := m[name]; known.required && !there {
			return fmt.Errorf("got no %s", name)
		}
	}
	return nil
}

func text(v any) error {
	if s, ok := v.(string); !ok || s == "" {
		return fmt.Errorf("got %v, want a text", v)
	}
	return nil
}

func truth(v any) error {
	if _, ok := v.(bool); !ok {
		return fmt.Errorf("got %v, want true or false", v)
	}
	return nil
}

func number(v any) error {
	if f, ok := v.(float64); !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("got %v, want a number", v)
	}
	return nil
}

func integer(from, to int) func(any) error {
	return func(v any) error {
		if f, ok := v.(float64); !ok || f != math.Trunc(f) || f < float64(from) || f > float64(to) {
			return fmt.Errorf("got %v, want an integer of %d … %d", v, from, to)
		}
		return nil
	}
}

func oneOf(values ...string) func(any) error {
	return func(v any) error {
		if s, ok := v.(string); !ok || !slices.Contains(values, s) {
			return fmt.Errorf("got %v, want one of %v", v, values)
		}
		return nil
	}
}

func matching(pattern string) func(any) error {
	re := regexp.MustCompile("^(?:" + pattern + ")$")
	return func(v any) error {
		if s, ok := v.(string); !ok || !re.MatchString(s) {
			return fmt.Errorf("got %v, want %s", v, pattern)
		}
		return nil
	}
}

func list(from, to int, check func(any) error) func(any) error {
	return func(v any) error {
		all, ok := v.([]any)
		if !ok || len(all) < from || len(all) > to {
			return fmt.Errorf("got %d entries in %T, want a list of %d … %d", len(all), v, from, to)
		}
		for i, entry := range all {
			if err := check(entry); err != nil {
				return fmt.Errorf("entry %d: %w", i, err)
			}
		}
		return nil
	}
}

// period is a multiple of 60 s.
func period(v any) error {
	f, ok := v.(float64)
	if !ok || f < 60 || math.Mod(f, 60) != 0 {
		return fmt.Errorf("got %v, want a multiple of 60", v)
	}
	return nil
}

var (
	statistic = matching(`SampleCount|Average|Sum|Minimum|Maximum|p\d{1,2}(\.\d+)?|PR\(\d+:\)`)
	colour    = matching(`#[0-9a-fA-F]{6}`)
	side      = oneOf("left", "right")

	axis      = object{"label": may(text), "min": may(number), "max": may(number), "showUnits": may(truth)}
	rendering = object{
		"color": may(colour), "label": may(text), "period": may(period), "stat": may(statistic), "visible": may(truth), "yAxis": may(side),
		"id": may(matching(`[a-z][A-Za-z0-9_]*`)), "expression": may(text), "region": may(text), "accountId": may(text),
	}
	annotation = object{"value": must(number), "label": may(text), "color": may(colour), "fill": may(oneOf("above", "below", "none")), "visible": may(truth), "yAxis": may(side)}

	propertiesOf = map[string]object{
		"text": {"markdown": must(text), "background": may(oneOf("solid", "transparent"))},
		"alarm": {
			"alarms": must(list(1, maxAlarmsPerWidget, matching(`arn:[^:]+(::Partition})?:cloudwatch:[^:]+(::Region})?:[^:]+(::AccountId})?:alarm:[A-Za-z0-9-]{1,255}`))),
			"sortBy": may(oneOf("default", "stateUpdatedTimestamp", "timestamp")),
			"states": may(list(0, 3, oneOf("ALARM", "INSUFFICIENT_DATA", "OK"))),
			"title":  may(text),
		},
		"metric": {
			"accountId": may(text), "liveData": may(truth), "period": may(period), "region": must(text), "sparkline": may(truth),
			"stacked": may(truth), "stat": may(statistic), "timezone": may(matching(`[+-]\d{4}`)), "title": may(text),
			"legend":      may(object{"position": may(oneOf("right", "bottom", "hidden"))}.check),
			"metrics":     must(list(1, maxMetricsPerWidget, metricEntry)),
			"view":        may(oneOf("timeSeries", "singleValue", "gauge", "bar", "pie", "table")),
			"yAxis":       may(object{"left": may(axis.check), "right": may(axis.check)}.check),
			"annotations": may(object{"horizontal": may(list(0, 100, annotation.check))}.check),
			// Of no use to a widget over time.
			"setPeriodToTimeRange": may(truth),
		},
	}

	widgetObject = object{
		"type": must(oneOf("metric", "text", "log", "alarm", "explorer")),
		"x":    must(integer(0, columns-1)), "y": must(integer(0, 1<<20)),
		"width": must(integer(1, columns)), "height": must(integer(1, maxHeight)),
		"properties": must(func(any) error { return nil }),
	}
	bodyObject = object{
		"widgets":        must(list(0, maxWidgets, widgetEntry)),
		"start":          may(matching(`-PT\d+[MH]|-P\d+[DWM]`)),
		"periodOverride": may(oneOf("auto", "inherit")),
	}
)

func widgetEntry(v any) error {
	if err := widgetObject.check(v); err != nil {
		return err
	}
	w := v.(map[string]any)
	properties, ok := propertiesOf[w["type"].(string)]
	if !ok {
		return fmt.Errorf("type %v is not in use: say here what it may have", w["type"])
	}
	if err := properties.check(w["properties"]); err != nil {
		return fmt.Errorf("%v: %w", w["type"], err)
	}
	p := w["properties"].(map[string]any)
	if view := p["view"]; p["setPeriodToTimeRange"] == true && view != "singleValue" && view != "bar" && view != "pie" {
		return fmt.Errorf("got setPeriodToTimeRange on the view %v, which ignores it", view)
	}
	return expressions(p)
}

// metricEntry is [namespace, name, dimension, value, …, {rendering}] or
// [{expression}].
func metricEntry(v any) error {
	entry, ok := v.([]any)
	if !ok || len(entry) == 0 {
		return fmt.Errorf("got %v, want a list", v)
	}
	if last, ok := entry[len(entry)-1].(map[string]any); ok {
		if err := object(rendering).check(last); err != nil {
			return err
		}
		entry = entry[:len(entry)-1]
		if _, isExpression := last["expression"]; isExpression != (len(entry) == 0) {
			return fmt.Errorf("got %v, want either a metric or an expression", v)
		}
	}
	if len(entry) == 0 {
		return nil
	}
	if len(entry) < 2 || len(entry)%2 != 0 || len(entry) > 2+2*30 {
		return fmt.Errorf("got %v, want namespace, name and pairs of dimensions", entry)
	}
	for _, part := range entry {
		if err := text(part); err != nil {
			return err
		}
	}
	return nil
}

// expressions checks that ids are unique and that formulas use no other.
func expressions(properties map[string]any) error {
	entries, _ := properties["metrics"].([]any)
	var ids, formulas []string
	for _, e := range entries {
		entry := e.([]any)
		r, ok := entry[len(entry)-1].(map[string]any)
		if !ok {
			continue
		}
		if id, ok := r["id"].(string); ok {
			if slices.Contains(ids, id) {
				return fmt.Errorf("got the id %s twice", id)
			}
			ids = append(ids, id)
		}
		if f, ok := r["expression"].(string); ok {
			formulas = append(formulas, f)
		}
	}
	for _, f := range formulas {
		for _, id := range regexp.MustCompile(`\b[a-z]\w*\b`).FindAllString(f, -1) {
			if !slices.Contains(ids, id) {
				return fmt.Errorf("got %q, want only the ids %v in it", f, ids)
			}
		}
		if strings.ContainsAny(f, "$") {
			return fmt.Errorf("got %q, want every metric replaced", f)
		}
	}
	return nil
}

// structure is nil for a body that CloudWatch documents as valid.
func structure(body string) error {
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return err
	}
	if err := bodyObject.check(v); err != nil {
		return err
	}
	taken := map[[2]int]int{}
	metrics := 0
	for i, w := range v.(map[string]any)["widgets"].([]any) {
		w := w.(map[string]any)
		at := func(name string) int { return int(w[name].(float64)) }
		if at("x")+at("width") > columns {
			return fmt.Errorf("widget %d: got columns %d … %d, want at most %d", i, at("x"), at("x")+at("width"), columns)
		}
		for x := at("x"); x < at("x")+at("width"); x++ {
			for y := at("y"); y < at("y")+at("height"); y++ {
				if other, there := taken[[2]int{x, y}]; there {
					return fmt.Errorf("widgets %d and %d: got both at column %d, row %d", other, i, x, y)
				}
				taken[[2]int{x, y}] = i
			}
		}
		if all, ok := w["properties"].(map[string]any)["metrics"].([]any); ok {
			metrics += len(all)
		}
	}
	if metrics > maxMetrics {
		return fmt.Errorf("got %d metrics, want at most %d", metrics, maxMetrics)
	}
	return nil
}

func TestBodyIsWhatCloudWatchDocuments(t *testing.T) {
	for name, d := range deployments() {
		all := 0
		for _, board := range New(d) {
			body := board.Body()
			if err := structure(body); err != nil {
				t.Errorf("%s: %s: %v", name, board.Name, err)
			}
			all += len(body)
		}
		if all > maxTemplate*3/4 {
			t.Errorf("%s: got bodies of %d bytes, want room for them in a template of %d", name, all, maxTemplate)
		}
	}
}

// The documented structure is only worth something if it refuses.
func TestStructureRefuses(t *testing.T) {
	good := `{"type":"metric","x":0,"y":0,"width":12,"height":6,"properties":{"region":"r","metrics":[["N","M","D","V",{"stat":"p99"}]]}}`
	if err := structure(`{"widgets":[` + good + `]}`); err != nil {
		t.Fatalf("a good widget: %v", err)
	}
	for what, broken := range map[string][2]string{
		"overlap":              {`"widgets":[`, `"widgets":[` + good + `,`},
		"beyond column 24":     {`"x":0`, `"x":13`},
		"no region":            {`"region":"r",`, ``},
		"unknown property":     {`"region":"r"`, `"region":"r","colour":"red"`},
		"unknown type":         {`"type":"metric"`, `"type":"metrics"`},
		"no metrics":           {`[["N","M","D","V",{"stat":"p99"}]]`, `[]`},
		"half a dimension":     {`"D","V",`, `"D",`},
		"unknown statistic":    {`p99`, `p999`},
		"height 0":             {`"height":6`, `"height":0`},
		"half a column":        {`"width":12`, `"width":11.5`},
		"unknown rendering":    {`"stat":"p99"`, `"stat":"p99","colour":"red"`},
		"short colour":         {`"stat":"p99"`, `"color":"#fff"`},
		"id in capitals":       {`"stat":"p99"`, `"id":"M1"`},
		"formula of nothing":   {`{"stat":"p99"}]`, `{"id":"m1"}],[{"expression":"m1 + m2"}]`},
		"formula with a $":     {`{"stat":"p99"}]`, `{"id":"m1"}],[{"expression":"m1 + $1"}]`},
		"the same id twice":    {`{"stat":"p99"}]`, `{"id":"m1"}],["N","M",{"id":"m1"}]`},
		"metric and formula":   {`"stat":"p99"`, `"expression":"1"`},
		"period of a second":   {`"region":"r"`, `"region":"r","period":1`},
		"annotation without":   {`"region":"r"`, `"region":"r","annotations":{"horizontal":[{"label":"x"}]}`},
		"501 metrics":          {`["N","M"`, strings.Repeat(`["N","M"],`, maxMetricsPerWidget) + `["N","M"`},
		"whole range in time":  {`"region":"r"`, `"region":"r","view":"timeSeries","setPeriodToTimeRange":true`},
		"periodOverride of 5s": {`{"widgets"`, `{"periodOverride":"5s","widgets"`},
	} {
		body := strings.Replace(`{"widgets":[`+good+`]}`, broken[0], broken[1], 1)
		if !json.Valid([]byte(body)) {
			t.Errorf("%s: got no JSON: %s", what, body)
		}
		if structure(body) == nil {
			t.Errorf("%s: got no error for %s", what, body)
		}
	}
	many := make([]string, maxWidgets+1)
	for i := range many {
		many[i] = strings.Replace(good, `"y":0`, fmt.Sprintf(`"y":%d`, 6*i), 1)
	}
	if structure(`{"widgets":[`+strings.Join(many, ",")+`]}`) == nil {
		t.Errorf("%d widgets: got no error", len(many))
	}
	full := strings.Replace(good, `["N","M"`, strings.Repeat(`["N","M"],`, maxMetricsPerWidget-1)+`["N","M"`, 1)
	var six []string
	for i := range 6 {
		six = append(six, strings.Replace(full, `"y":0`, fmt.Sprintf(`"y":%d`, 6*i), 1))
	}
	if structure(`{"widgets":[`+strings.Join(six, ",")+`]}`) == nil {
		t.Error("3,000 metrics: got no error")
	}
}

// What is too much is refused before the first stack is deployed.
func TestQuotas(t *testing.T) {
	for _, n := range []int{0, 1, 5, 20} {
		if err := Check(deployment(config.Prod, n)); err != nil {
			t.Errorf("%d runtimes: %v", n, err)
		}
	}
	for n, want := range map[int]string{
		60:   "widgets of multi-runtime-benchmark-prod-runtimes: got 780, want at most 500",
		1000: "alarms: got 6008, want at most 5000, which is CloudWatch's quota",
	} {
		if err := Check(deployment(config.Prod, n)); err == nil || !strings.HasPrefix(err.Error(), want) || !fault.IsUsage(err) {
			t.Errorf("%d runtimes: got %v, want %s", n, err, want)
		}
	}
}
