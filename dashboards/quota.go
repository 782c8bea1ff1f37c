package dashboards

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// CloudWatch's quotas: alarms of an account in a region, widgets and metrics of a
// dashboard. CloudFormation would run into them with the other stacks deployed.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
const (
	maxAlarms           = 5000
	maxWidgets          = 500
	maxMetrics          = 2500
	maxMetricsPerWidget = 500
)

// Check adds up what a deployment asks of CloudWatch.
func Check(d config.Deployment) error {
	sums := []struct {
		what      string
		got, most int
	}{{"alarms", len(Alarms(d)) + len(Composites(d)), maxAlarms}}
	for _, board := range New(d) {
		metrics, inOne := 0, 0
		for _, w := range board.Widgets {
			in := 0
			for _, l := range w.Lines {
				in += len(l.Metrics)
				if l.Formula != "" {
					in++ // the formula counts as well
				}
			}
			metrics, inOne = metrics+in, max(inOne, in)
		}
		sums = append(sums, []struct {
			what      string
			got, most int
		}{
			{"widgets of " + board.Name, len(board.Widgets), maxWidgets},
			{"metrics of " + board.Name, metrics, maxMetrics},
			{"metrics of a widget of " + board.Name, inOne, maxMetricsPerWidget},
		}...)
	}
	for _, s := range sums {
		if s.got > s.most {
			return fault.Usage("leave runtimes out with -c without=…", "%s: got %d, want at most %d, which is CloudWatch's quota", s.what, s.got, s.most)
		}
	}
	return nil
}
