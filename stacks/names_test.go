package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// What the board and the alarms name must be what the other stacks make: they are
// tied by names alone.
func TestMonitoredNamesExist(t *testing.T) {
	for name, s := range all() {
		made, read := madeBy(s), map[string]bool{}
		for _, m := range monitored(t, s) {
			if m["Namespace"] == config.MetricNamespace(name) {
				if !made["metric "+m["Namespace"]+" "+m["MetricName"]] {
					t.Errorf("%s: %s: got no metric filter for it", name, m["MetricName"])
				}
				continue
			}
			for _, dimension := range slices.Sorted(maps.Keys(m)) {
				switch dimension {
				case "FunctionName", "ApiName", "Stage", "TableName", "Resource":
					if !made[dimension+" "+m[dimension]] {
						t.Errorf("%s: %s of %s %q: got no such thing in the stacks", name, m["MetricName"], dimension, m[dimension])
					}
				}
			}
			if m["Resource"] != "" {
				route := "measured /" + m["Resource"] + " " + m["Method"]
				if !made[route] {
					t.Errorf("%s: got %v, want no metric of a route that is not measured", name, m)
				}
				read[route] = true
			}
		}
		for what := range made {
			if strings.HasPrefix(what, "measured ") && !read[what] {
				t.Errorf("%s: got %s, which costs and which nobody reads", name, what)
			}
		}
	}
}

// monitored lists every metric of a monitoring stack: namespace, name and dimensions.
func monitored(t *testing.T, s synthesis) []map[string]string {
	t.Helper()
	var found []map[string]string
	stack := s.stack(t, config.MonitoringPart)
	for _, alarm := range stack.of("AWS::CloudWatch::Alarm") {
		metrics := inputs(alarm)
		if metrics == nil {
			metrics = append(metrics, alarm.Properties)
		}
		for _, metric := range metrics {
			m := map[string]string{"Namespace": metric["Namespace"].(string), "MetricName": metric["MetricName"].(string)}
			dimensions, _ := metric["Dimensions"].([]any)
			for _, d := range dimensions {
				d := d.(map[string]any)
				m[d["Name"].(string)] = d["Value"].(string)
			}
			found = append(found, m)
		}
	}
	for _, board := range stack.of("AWS::CloudWatch::Dashboard") {
		found = append(found, drawn(t, boardText(board.Properties["DashboardBody"]))...)
	}
	if len(found) < 80 {
		t.Fatalf("got %d metrics, want the whole board's", len(found))
	}
	return found
}

// drawn lists the metrics of a dashboard.
func drawn(t *testing.T, text string) (found []map[string]string) {
	t.Helper()
	var body struct {
		Widgets []struct{ Properties struct{ Metrics [][]any } }
	}
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		t.Fatal(err)
	}
	for _, w := range body.Widgets {
		for _, entry := range w.Properties.Metrics {
			if len(entry) < 3 {
				continue // a formula
			}
			m := map[string]string{"Namespace": entry[0].(string), "MetricName": entry[1].(string)}
			for i := 2; i+1 < len(entry); i += 2 {
				m[entry[i].(string)] = entry[i+1].(string)
			}
			found = append(found, m)
		}
	}
	return found
}

// madeBy lists what the other stacks make under a name.
func madeBy(s synthesis) map[string]bool {
	made := map[string]bool{}
	for _, stack := range s.stacks {
		for _, r := range stack.Resources {
			p := r.Properties
			switch r.Type {
			case "AWS::Lambda::Function":
				made[fmt.Sprint("FunctionName ", p["FunctionName"])] = true
			case "AWS::DynamoDB::Table":
				made[fmt.Sprint("TableName ", p["TableName"])] = true
			case "AWS::ApiGateway::RestApi":
				made[fmt.Sprint("ApiName ", p["Name"])] = true
			case "AWS::ApiGateway::Stage":
				made[fmt.Sprint("Stage ", p["StageName"])] = true
				settings, _ := p["MethodSettings"].([]any)
				for _, setting := range settings {
					if at(setting, "MetricsEnabled") == true {
						made[fmt.Sprint("measured ", strings.ReplaceAll(fmt.Sprint(at(setting, "ResourcePath")), "~1", "/"), " ", at(setting, "HttpMethod"))] = true
					}
				}
			case "AWS::ApiGateway::Resource":
				if parent, ok := stack.Resources[ref(p["ParentId"])]; ok {
					made[fmt.Sprintf("Resource /%v/%v", parent.Properties["PathPart"], p["PathPart"])] = true
				}
			case "AWS::Logs::MetricFilter":
				for _, m := range p["MetricTransformations"].([]any) {
					m := m.(map[string]any)
					made[fmt.Sprint("metric ", m["MetricNamespace"], " ", m["MetricName"])] = true
				}
			}
		}
	}
	return made
}

// What monitoring costs: the page about costs is made from these numbers.
func TestBillableMetricsAndAlarms(t *testing.T) {
	for name, s := range all() {
		n := len(s.Runtimes)
		alarms := len(s.stack(t, config.MonitoringPart).of("AWS::CloudWatch::Alarm"))
		if want := 5*n + 8; alarms != want {
			t.Errorf("%s: got %d alarms, want %d: five per runtime, one of the API, seven of the table", name, alarms, want)
		}
		made := madeBy(s)
		metrics, measured := 0, 0
		for what := range made {
			if strings.HasPrefix(what, "metric ") {
				metrics++
			}
			if strings.HasPrefix(what, "measured ") {
				measured++
			}
		}
		snapped := 0
		for _, r := range s.Runtimes {
			if r.Function.Variant.SnapStart {
				snapped++
			}
		}
		if want := 4*n + snapped; metrics != want {
			t.Errorf("%s: got %d metrics of our own, want %d: four per runtime, a fifth with SnapStart", name, metrics, want)
		}
		// Each with traffic is five metrics.
		if want := map[bool]int{true: n}[name != config.Dev]; measured != want {
			t.Errorf("%s: got %d measured routes, want %d: one per runtime, outside dev only", name, measured, want)
		}
	}
}
