package cloudwatch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cloudwatch/cloudwatchtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

var now = time.Date(2026, 11, 29, 8, 30, 20, 0, time.UTC)

func TestFit(t *testing.T) {
	day := 24 * time.Hour
	tests := map[string]struct {
		r            Range
		from, length string
		period       time.Duration
		says         string
	}{
		"the whole range":   {Range{now.Add(-3 * time.Hour), now, 0}, "2026-11-29T05:30:00Z", "3h1m0s", 181 * time.Minute, ""},
		"periods":           {Range{now.Add(-3 * time.Hour), now, time.Hour}, "2026-11-29T05:30:00Z", "4h0m0s", time.Hour, ""},
		"by five minutes":   {Range{now.Add(-20 * day), now.Add(-20*day + time.Hour), 0}, "2026-11-09T08:30:00Z", "1h5m0s", 65 * time.Minute, ""},
		"by the hour":       {Range{now.Add(-100 * day), now.Add(-100*day + 90*time.Minute), 0}, "2026-08-21T08:00:00Z", "3h0m0s", 3 * time.Hour, ""},
		"too fine by then":  {Range{now.Add(-100 * day), now, time.Minute}, "", "", 0, "a period of 1m0s: got one that CloudWatch does not have"},
		"gone":              {Range{now.Add(-456 * day), now, time.Hour}, "", "", 0, "got a time 456 days ago"},
		"longer than a day": {Range{now.Add(-2 * day), now, 0}, "", "", 0, "got more than a day"},
		"backwards":         {Range{now, now.Add(-time.Hour), 0}, "", "", 0, "got no time that has passed"},
		"yet to come":       {Range{now.Add(time.Hour), now.Add(2 * time.Hour), 0}, "", "", 0, "got no time that has passed"},
		"uneven":            {Range{now.Add(-time.Hour), now, 90 * time.Second}, "", "", 0, "wanted multiples of 1m0s"},
	}
	for name, tt := range tests {
		got, err := tt.r.Fit(now)
		if tt.says != "" {
			if err == nil || !strings.Contains(err.Error(), tt.says) || !fault.IsUsage(err) || fault.Hint(err) == "" {
				t.Errorf("%s: got %v, want %q", name, err, tt.says)
			}
			continue
		}
		if err != nil || got.From.Format(time.RFC3339) != tt.from || got.To.Sub(got.From).String() != tt.length || got.Period != tt.period {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func metric(name string) dashboards.Metric {
	return dashboards.Metric{Namespace: "AWS/Lambda", Name: name, Dimensions: []dashboards.Dimension{{Name: "FunctionName", Value: "f"}}, Stat: "Sum"}
}

// read asks an account for readings.
func read(t *testing.T, account *cloudwatchtest.AWS, readings []dashboards.Reading) ([]string, error) {
	t.Helper()
	deployedtest.Start(t, account)
	settings, err := deployed.Connect(t.Context(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	traffic, err := Read(t.Context(), settings, readings, Range{From: now, To: now.Add(2 * time.Hour), Period: time.Hour})
	var got []string
	for _, s := range traffic.Series {
		text := s.Figure
		for _, p := range s.Points {
			text += fmt.Sprintf("%v=%v ", p.Time.Sub(now), p.Value)
		}
		got = append(got, text)
	}
	return got, err
}

func TestReadIsPagedAndKnowsNothingMore(t *testing.T) {
	account := &cloudwatchtest.AWS{Values: map[string][]float64{"Invocations": {3, 4}, "Errors": {1}}, PageSize: 1}
	got, err := read(t, account, []dashboards.Reading{
		{Figure: "a ", Metrics: []dashboards.Metric{metric("Invocations")}}, {Figure: "b ", Metrics: []dashboards.Metric{metric("Throttles")}},
		{Figure: "c ", Formula: "100 * $1", Metrics: []dashboards.Metric{metric("Errors")}},
	})
	if want := []string{"a 0s=3 1h0m0s=4 ", "b ", "c 0s=1 "}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if account.Asked()["cloudwatch:GetMetricData"] < 3 || account.Formulas()[0] != "100 * m2_0" {
		t.Errorf("got %v and %q, want a request for each page", account.Asked(), account.Formulas())
	}
}

func TestMoreThanOneRequestTakes(t *testing.T) {
	account := &cloudwatchtest.AWS{Values: map[string][]float64{"Invocations": {1}}}
	var readings []dashboards.Reading
	for range 600 {
		readings = append(readings, dashboards.Reading{Figure: "a", Metrics: []dashboards.Metric{metric("Invocations")}})
	}
	got, err := read(t, account, readings)
	if err != nil || len(got) != 600 || got[0] != got[599] || account.Most() != maxQueries {
		t.Errorf("got %d series, %d queries at a time, %v", len(got), account.Most(), err)
	}
}

func TestFailures(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	readings := []dashboards.Reading{{Figure: "a", Metrics: []dashboards.Metric{metric("Invocations")}}}
	for code, want := range map[string][2]string{
		"AccessDenied":         {"read the metrics: AccessDenied", "allow cloudwatch:GetMetricData"},
		"ExpiredToken":         {"read the metrics: ExpiredToken", "sign in again"},
		"Throttling":           {"read the metrics: Throttling", "wait a moment"},
		"InternalServiceFault": {"read the metrics: InternalServiceFault", "stand above"},
	} {
		account := &cloudwatchtest.AWS{Refuse: &deployedtest.Refusal{Status: 400, Code: code, Message: "no"}}
		if _, err := read(t, account, readings); err == nil || !strings.HasPrefix(err.Error(), want[0]) || !strings.Contains(fault.Hint(err), want[1]) {
			t.Errorf("%s: got %v, hint %q", code, err, fault.Hint(err))
		}
	}
	account := &cloudwatchtest.AWS{Status: "InternalError"}
	if _, err := read(t, account, readings); err == nil || err.Error() != "read a of all runtimes: CloudWatch says InternalError" {
		t.Errorf("got %v", err)
	}
}
