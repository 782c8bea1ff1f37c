package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
)

func TestMonitoringGolden(t *testing.T) {
	s, err := made()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "monitoring.dev.json", s.stack(t, config.MonitoringPart))
}

// ref is the logical id of {"Ref": id}.
func ref(v any) string {
	m, _ := v.(map[string]any)
	id, _ := m["Ref"].(string)
	return id
}

// CloudWatch drops an action without a word when the topic does not let it in:
// so the way from each alarm to a topic that takes its message is walked.
func TestEveryAlarmReachesItsTopic(t *testing.T) {
	for name, s := range all() {
		monitoring := s.stack(t, config.MonitoringPart)
		alarms := monitoring.of("AWS::CloudWatch::Alarm")
		if len(alarms) == 0 {
			t.Errorf("%s: got no alarms", name)
		}
		composites := monitoring.of("AWS::CloudWatch::CompositeAlarm")
		if len(composites) != len(s.Runtimes) {
			t.Errorf("%s: got %d composite alarms, want one per runtime", name, len(composites))
		}
		for _, composite := range composites {
			if err := reaches(monitoring, composite); err != nil {
				t.Errorf("%s: %v: %v", name, composite.Properties["AlarmName"], err)
			}
		}
		for id, alarm := range monitoring.Resources {
			if alarm.Type != "AWS::CloudWatch::Alarm" {
				continue
			}
			// One that says nothing itself is behind one that does.
			if alarm.Properties["AlarmActions"] == nil && alarm.Properties["OKActions"] == nil && slices.ContainsFunc(composites, func(c resource) bool { return behind(c, id) }) {
				continue
			}
			if err := reaches(monitoring, alarm); err != nil {
				t.Errorf("%s: %v: %v", name, alarm.Properties["AlarmName"], err)
			}
		}
	}
}

// behind tells whether the composite's rule rings while the alarm does.
func behind(composite resource, id string) bool {
	rule, err := json.Marshal(composite.Properties["AlarmRule"])
	return err == nil && strings.Contains(string(rule), `ALARM(\"",{"Fn::GetAtt":["`+id+`","Arn"]}`) && !strings.Contains(string(rule), " AND ") && !strings.Contains(string(rule), "NOT ")
}

// reaches wants one topic that hears when the alarm rings and when it is over.
func reaches(t template, alarm resource) error {
	actions, _ := alarm.Properties["AlarmActions"].([]any)
	if len(actions) != 1 || alarm.Properties["ActionsEnabled"] == false || !reflect.DeepEqual(alarm.Properties["OKActions"], alarm.Properties["AlarmActions"]) {
		return fmt.Errorf("got the actions %v and at the end %v, want one topic twice", actions, alarm.Properties["OKActions"])
	}
	id := ref(actions[0])
	topic, ok := t.Resources[id]
	if !ok || topic.Type != "AWS::SNS::Topic" {
		return fmt.Errorf("got the action %v, want a topic of this stack", actions[0])
	}
	if key, encrypted := topic.Properties["KmsMasterKeyId"]; encrypted {
		return fmt.Errorf("got a topic with the key %v, want one that CloudWatch can use", key)
	}
	for _, policy := range t.of("AWS::SNS::TopicPolicy") {
		topics, _ := policy.Properties["Topics"].([]any)
		if !slices.ContainsFunc(topics, func(v any) bool { return ref(v) == id }) {
			continue
		}
		want := []any{
			map[string]any{
				"Sid": "AllowPublishThroughSSLOnly", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": map[string]any{"Ref": id},
				"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
			},
			map[string]any{
				"Sid": "AlarmsOfThisAccount", "Effect": "Allow", "Principal": map[string]any{"Service": "cloudwatch.amazonaws.com"},
				"Action": "sns:Publish", "Resource": map[string]any{"Ref": id},
				"Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": map[string]any{"Ref": "AWS::AccountId"}}},
			},
		}
		document, _ := policy.Properties["PolicyDocument"].(map[string]any)
		if got := document["Statement"]; !reflect.DeepEqual(got, want) {
			return fmt.Errorf("topic policy:\ngot  %v\nwant %v", got, want)
		}
		return nil
	}
	return fmt.Errorf("got no policy for the topic %s", id)
}

func TestAlarmsAreThoseOfTheTable(t *testing.T) {
	for name, s := range all() {
		want := map[string]dashboards.Alarm{}
		for _, a := range dashboards.Alarms(s.Deployment) {
			want[a.Name] = a
		}
		got := s.stack(t, config.MonitoringPart).of("AWS::CloudWatch::Alarm")
		if len(got) != len(want) {
			t.Errorf("%s: got %d alarms, want %d", name, len(got), len(want))
		}
		for _, r := range got {
			p := r.Properties
			a, ok := want[fmt.Sprint(p["AlarmName"])]
			if !ok {
				t.Errorf("%s: got the alarm %v, want one of the table", name, p["AlarmName"])
				continue
			}
			comparison := "GreaterThanThreshold"
			if a.AtLeast {
				comparison = "GreaterThanOrEqualToThreshold"
			}
			wanted := map[string]any{
				"AlarmName": a.Name, "AlarmDescription": a.Description(),
				"ComparisonOperator": comparison, "Threshold": a.Threshold,
				"EvaluationPeriods": float64(a.Periods), "DatapointsToAlarm": float64(a.Breaching), "TreatMissingData": "notBreaching",
			}
			if a.Formula == "" {
				maps.Copy(wanted, rendered(a.Metrics[0]))
				wanted["Statistic"], wanted["Period"] = a.Metrics[0].Stat, a.Period.Seconds()
			} else {
				wanted["Metrics"] = renderedFormula(a.Watch)
			}
			if p["AlarmActions"] != nil { // TestEveryAlarmReachesItsTopic looks at them
				wanted["AlarmActions"], wanted["OKActions"] = p["AlarmActions"], p["OKActions"]
			}
			// A list of metrics is an alarm of another kind, billed by their number: only for a formula.
			if !reflect.DeepEqual(p, wanted) {
				t.Errorf("%s: alarm\ngot  %v\nwant %v", name, p, wanted)
			}
		}
	}
}

// rendered is a metric as a template has it.
func rendered(m dashboards.Metric) map[string]any {
	r := map[string]any{"Namespace": m.Namespace, "MetricName": m.Name}
	for _, d := range m.Dimensions {
		list, _ := r["Dimensions"].([]any)
		r["Dimensions"] = append(list, map[string]any{"Name": d.Name, "Value": d.Value})
	}
	return r
}

func renderedFormula(w dashboards.Watch) []any {
	formula := w.Formula
	var inputs []any
	for i, m := range w.Metrics {
		id := fmt.Sprintf("m%d", i+1)
		formula = strings.ReplaceAll(formula, fmt.Sprintf("$%d", i+1), id)
		inputs = append(inputs, map[string]any{
			"Id": id, "ReturnData": false,
			"MetricStat": map[string]any{"Metric": rendered(m), "Period": w.Period.Seconds(), "Stat": m.Stat},
		})
	}
	return append([]any{map[string]any{"Id": "expr_1", "Expression": formula, "ReturnData": true}}, inputs...)
}

// inputs are the metrics of an alarm on a formula.
func inputs(alarm resource) []map[string]any {
	list, _ := alarm.Properties["Metrics"].([]any)
	var found []map[string]any
	for _, entry := range list {
		if m, ok := at(entry, "MetricStat", "Metric").(map[string]any); ok {
			found = append(found, m)
		}
	}
	return found
}

func TestDashboardsAreTheBoards(t *testing.T) {
	for name, s := range all() {
		want := map[string]string{}
		for _, board := range dashboards.New(s.Deployment) {
			want[board.Name] = board.Body()
		}
		got := map[string]string{}
		for _, r := range s.stack(t, config.MonitoringPart).of("AWS::CloudWatch::Dashboard") {
			got[fmt.Sprint(r.Properties["DashboardName"])] = boardText(r.Properties["DashboardBody"])
		}
		if !maps.Equal(got, want) || got["multi-runtime-benchmark-"+name] == "" {
			t.Errorf("%s: got the dashboards %v, want %v, each with its body", name, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}

// A second region of the account has dashboards of its own only if their names say so.
func TestDashboardOfASecondRegion(t *testing.T) {
	s, err := choosy()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.stack(t, config.MonitoringPart).of("AWS::CloudWatch::Dashboard") {
		if name := fmt.Sprint(at(r.Properties["DashboardName"], "Fn::Sub")); !strings.HasSuffix(name, "-${AWS::Region}") {
			t.Errorf("got the name %v, want the region in it", r.Properties["DashboardName"])
		}
	}
}

// What must not be there: keys that CloudWatch can't use, roles, agents, a
// subscription that nobody asked for.
func TestMonitoringHasNothingElse(t *testing.T) {
	kinds := func(s synthesis) []string {
		found := map[string]bool{}
		for _, r := range s.stack(t, config.MonitoringPart).Resources {
			found[r.Type] = true
		}
		return slices.Sorted(maps.Keys(found))
	}
	want := []string{"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Dashboard", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy"}
	if got := kinds(alone()); !slices.Equal(got, want) {
		t.Errorf("without an e-mail: got %v, want %v", got, want)
	}
	for name, s := range all() {
		want := []string{"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Dashboard", "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy"}
		if got := kinds(s); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
		stack := s.stack(t, config.MonitoringPart)
		for _, topic := range stack.of("AWS::SNS::Topic") {
			if len(topic.Properties) > 0 {
				t.Errorf("%s: topic: got %v, want no name, no key", name, topic.Properties)
			}
		}
		for _, subscription := range stack.of("AWS::SNS::Subscription") {
			if p := subscription.Properties; p["Protocol"] != "email" || p["Endpoint"] != "ops@example.com" || stack.Resources[ref(p["TopicArn"])].Type != "AWS::SNS::Topic" {
				t.Errorf("%s: subscription: got %v", name, p)
			}
		}
		raw, err := json.Marshal(stack.Raw)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "Fn::ImportValue") || strings.Contains(string(raw), "Fn::GetStackOutput") {
			t.Errorf("%s: got a reference to another stack, want names alone", name)
		}
	}
}

// alone has one runtime and nobody to write to.
var alone = sync.OnceValue(func() synthesis {
	s, err := synthRuntimes(map[string]any{"environment": config.Dev}, imaginary()[:1])
	if err != nil {
		panic(err)
	}
	return s
})

// A runtime that is taken out leaves nothing behind on the board or in the alarms.
func TestMonitoringFollowsTheRuntimes(t *testing.T) {
	stack, err := json.Marshal(alone().stack(t, config.MonitoringPart).Raw)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"plain": true, "snapped": false} {
		if got := strings.Contains(string(stack), config.FunctionName(name, config.Dev)); got != want {
			t.Errorf("%s: got it monitored: %v, want %v", name, got, want)
		}
	}
}
