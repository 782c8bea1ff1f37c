//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

func (d *deployment) monitoring(t *testing.T) {
	client := cloudwatch.NewFromConfig(d.aws)
	board, err := client.GetDashboard(d.ctx, &cloudwatch.GetDashboardInput{DashboardName: aws.String(config.DashboardName(environment))})
	if err != nil {
		t.Fatal(err)
	}
	var body struct{ Widgets []map[string]any }
	if err := json.Unmarshal([]byte(aws.ToString(board.DashboardBody)), &body); err != nil {
		t.Fatalf("the dashboard is not JSON: %v", err)
	}
	if len(body.Widgets) < 10 {
		t.Errorf("got %d widgets, want a dashboard", len(body.Widgets))
	}
	for _, r := range d.runtimes {
		if function := config.FunctionName(r.Name, environment); !strings.Contains(aws.ToString(board.DashboardBody), function) {
			t.Errorf("the dashboard does not show %s", function)
		}
	}
	var got []string
	for pages := cloudwatch.NewDescribeAlarmsPaginator(client, &cloudwatch.DescribeAlarmsInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(d.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.MetricAlarms {
			got = append(got, aws.ToString(a.AlarmName))
			// One that says nothing is behind a composite alarm, which the emulator does not know.
			if !slices.Equal(a.AlarmActions, a.OKActions) || len(a.AlarmActions) > 1 || (len(a.AlarmActions) == 1 && !strings.HasPrefix(a.AlarmActions[0], "arn:aws:sns:")) {
				t.Errorf("%s: got the actions %v and %v, want one topic for both", aws.ToString(a.AlarmName), a.AlarmActions, a.OKActions)
			}
			if aws.ToString(a.AlarmDescription) == "" {
				t.Errorf("%s does not say what to do", aws.ToString(a.AlarmName))
			}
		}
	}
	if want := d.inTemplate(t, config.MonitoringPart, "AWS::CloudWatch::Alarm"); len(got) != want || want == 0 {
		t.Errorf("got %d alarms, want the template's %d: %v", len(got), want, got)
	}
	stdout, _ := run(t, d.bench("alarms", "--environment", config.Dev, "--suffix", suffix, "--json"))
	var said []struct{ Name string }
	if err := json.Unmarshal([]byte(stdout), &said); err != nil || len(said) != len(got) {
		t.Errorf("bench alarms: got %d alarms, %v, want the same %d", len(said), err, len(got))
	}
}

// inTemplate counts the resources of a type in a synthesised stack.
func (d *deployment) inTemplate(t *testing.T, part, kind string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(d.out, config.StackName(part, environment)+".template.json"))
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct{ Type string }
	}
	if err := json.Unmarshal(content, &template); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range template.Resources {
		if r.Type == kind {
			n++
		}
	}
	return n
}
