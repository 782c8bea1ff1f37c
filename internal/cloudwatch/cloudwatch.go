// Package cloudwatch reads what CloudWatch knows of a running system, for a range of time.
//
//	traffic, err := cloudwatch.Read(ctx, settings, dashboards.Readings(d), cloudwatch.Range{From: from, To: to, Period: time.Hour})
package cloudwatch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// CloudWatch's limits of one request, and of how long it keeps how short periods.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
const (
	maxQueries = 500
	maxPeriod  = 24 * time.Hour
	minutes    = 15 * 24 * time.Hour  // kept by the minute for so long,
	fives      = 63 * 24 * time.Hour  // by five minutes for so long,
	hours      = 455 * 24 * time.Hour // by the hour for so long
)

// Range is what is asked for: From is included, To is not.
type Range struct {
	From, To time.Time
	Period   time.Duration // of a point; 0 for the whole range
}

// Fit checks the range and fills in its period, as short as CloudWatch still has it.
func (r Range) Fit(now time.Time) (Range, error) {
	step := time.Minute
	switch age := now.Sub(r.From); {
	case age > hours:
		return r, fault.Usage("CloudWatch keeps nothing longer", "from %s: got a time %d days ago, wanted one of the last 455", r.From.Format(time.RFC3339), int(age.Hours()/24))
	case age > fives:
		step = time.Hour
	case age > minutes:
		step = 5 * time.Minute
	}
	r.From, r.To = r.From.UTC().Truncate(step), r.To.UTC()
	length := r.To.Sub(r.From)
	switch {
	case length <= 0 || r.From.After(now):
		return r, fault.Usage("such as --last 3h", "from %s to %s: got no time that has passed", r.From.Format(time.RFC3339), r.To.Format(time.RFC3339))
	case r.Period == 0 && length > maxPeriod:
		return r, fault.Usage("such as --period 1h", "a range of %v: got more than a day, which is the longest period that CloudWatch makes one value of", length)
	case r.Period == 0:
		r.Period = (length + step - 1) / step * step
	case r.Period < step || r.Period%step != 0 || r.Period > maxPeriod:
		return r, fault.Usage("such as --period "+step.String(), "a period of %v: got one that CloudWatch does not have of that time, wanted multiples of %v up to a day", r.Period, step)
	}
	r.To = r.From.Add((length + r.Period - 1) / r.Period * r.Period)
	return r, nil
}

// Read asks for all readings, page by page. A period without a value has no point: it is
// not known, whatever the figure is.
func Read(ctx context.Context, settings aws.Config, readings []dashboards.Reading, r Range) (results.Traffic, error) {
	client := cloudwatch.NewFromConfig(settings)
	traffic := results.Traffic{Source: "CloudWatch", From: r.From, To: r.To, PeriodSeconds: r.Period.Seconds()}
	var queries []types.MetricDataQuery
	first := 0
	for i, reading := range readings {
		traffic.Series = append(traffic.Series, results.Series{Runtime: reading.Runtime, Figure: reading.Figure, Unit: reading.Unit, Points: []results.Point{}})
		more := queriesOf(i, reading, r.Period)
		if len(queries)+len(more) > maxQueries {
			if err := ask(ctx, client, settings.Region, queries, r, traffic.Series); err != nil {
				return traffic, err
			}
			queries, first = nil, i
		}
		queries = append(queries, more...)
	}
	if first < len(readings) {
		if err := ask(ctx, client, settings.Region, queries, r, traffic.Series); err != nil {
			return traffic, err
		}
	}
	for _, s := range traffic.Series {
		slices.SortFunc(s.Points, func(a, b results.Point) int { return a.Time.Compare(b.Time) })
	}
	return traffic, nil
}

func queriesOf(i int, reading dashboards.Reading, period time.Duration) []types.MetricDataQuery {
	id := fmt.Sprintf("r%d", i)
	formula := reading.Formula
	var queries []types.MetricDataQuery
	for j, m := range reading.Metrics {
		q := types.MetricDataQuery{Id: aws.String(fmt.Sprintf("m%d_%d", i, j)), ReturnData: aws.Bool(false)}
		if formula == "" {
			q.Id, q.ReturnData = &id, aws.Bool(true)
		}
		stat := &types.MetricStat{Metric: &types.Metric{Namespace: &m.Namespace, MetricName: &m.Name}, Period: aws.Int32(int32(period.Seconds())), Stat: &m.Stat}
		for _, d := range m.Dimensions {
			stat.Metric.Dimensions = append(stat.Metric.Dimensions, types.Dimension{Name: &d.Name, Value: &d.Value})
		}
		q.MetricStat = stat
		formula = strings.ReplaceAll(formula, fmt.Sprintf("$%d", j+1), *q.Id)
		queries = append(queries, q)
	}
	if formula != "" {
		queries = append(queries, types.MetricDataQuery{Id: &id, Expression: &formula, ReturnData: aws.Bool(true)})
	}
	return queries
}

// ask fills the answers of one request's pages into the series.
func ask(ctx context.Context, client *cloudwatch.Client, region string, queries []types.MetricDataQuery, r Range, series []results.Series) error {
	pages := cloudwatch.NewGetMetricDataPaginator(client, &cloudwatch.GetMetricDataInput{StartTime: &r.From, EndTime: &r.To, MetricDataQueries: queries, ScanBy: types.ScanByTimestampAscending})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return deployed.Explain(err, region, "read the metrics", "cloudwatch:GetMetricData")
		}
		for _, result := range page.MetricDataResults {
			var i int
			if _, err := fmt.Sscanf(aws.ToString(result.Id), "r%d", &i); err != nil || i < 0 || i >= len(series) || len(result.Timestamps) != len(result.Values) {
				return fmt.Errorf("read the metrics: got a result %q with %d times and %d values, wanted one that was asked for", aws.ToString(result.Id), len(result.Timestamps), len(result.Values))
			}
			s := &series[i]
			if result.StatusCode == types.StatusCodeForbidden || result.StatusCode == types.StatusCodeInternalError {
				return fault.New("ask again; Forbidden means that cloudwatch:GetMetricData is not allowed", "read %s of %s: CloudWatch says %s", s.Figure, or(s.Runtime, "all runtimes"), result.StatusCode)
			}
			for j, at := range result.Timestamps {
				s.Points = append(s.Points, results.Point{Time: at.UTC(), Value: result.Values[j]})
			}
		}
		for _, said := range page.Messages {
			return fault.New("ask again, or for a longer period", "read the metrics: CloudWatch says %s: %s", aws.ToString(said.Code), aws.ToString(said.Value))
		}
	}
	return nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
