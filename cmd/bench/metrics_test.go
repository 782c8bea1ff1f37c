package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cloudwatch/cloudwatchtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// used is an account whose environment dev, with Go and Rust, had some traffic.
func used(t *testing.T) *cloudwatchtest.AWS {
	t.Helper()
	account := &cloudwatchtest.AWS{
		AWS: deployedtest.AWS{Refuse: map[string]deployedtest.Refusal{}, Stacks: map[string]map[string]string{
			"MultiRuntimeBenchmarkSharedStack": {"Url": "https://abc.execute-api.eu-west-1.amazonaws.com/dev/"},
			"MultiRuntimeBenchmarkGoStack":     {"FunctionName": "multi-runtime-benchmark-go-dev"},
			"MultiRuntimeBenchmarkRustStack":   {"FunctionName": "multi-runtime-benchmark-rust-dev"},
		}},
		Values: map[string][]float64{"Invocations": {1200, 34}, "Duration": {12.5, 40}, "go-InitDuration": {148}, "go-ErrorRate": {0.01, 0}, "Count": {2400}},
	}
	deployedtest.Start(t, account)
	return account
}

func TestMetrics(t *testing.T) {
	account := used(t)
	out := t.TempDir()
	code, stdout, stderr := called("metrics", "--region", "eu-west-1", "--last", "2h", "--period", "1h", "--out", out)
	if code != 0 {
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	for _, want := range []string{
		`measured by CloudWatch \(eu-west-1\), while in use`, `invocations +calls +1,234 +1,234`, `duration p99 +ms +12\.5–40`, `init p99 +ms +148 +–`,
		`answered with a 5xx +% +0–0\.0100 +–`, `throttled +calls +– +–`, `API: requests +calls +2,400`, `table: reads +request units +–`, "not ranked",
	} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("got %s, want %q", stdout, want)
		}
	}
	document, err := results.Load(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if document.Source.Kind != results.Monitoring || len(document.Configurations) > 0 || document.Traffic.PeriodSeconds != 3600 || len(document.Runtimes) != 2 {
		t.Errorf("got %+v", document)
	}
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil || !strings.Contains(string(page), `<section id="traffic">`) || !strings.Contains(string(page), "duration p99, ms") {
		t.Errorf("got no section on traffic in the page, %v", err)
	}
	for _, format := range []string{"markdown", "csv", "csv-raw", "json", "benchstat"} {
		code, stdout, stderr := called("report", filepath.Join(out, "results.json"), "--format", format)
		if code != 0 || format == "markdown" && !strings.Contains(stdout, "| invocations | calls | 1,234 | 1,234 |") {
			t.Errorf("%s: got exit code %d, %s%s", format, code, stdout, stderr)
		}
	}
	if code, _, stderr := called("compare", filepath.Join(out, "results.json"), filepath.Join(out, "results.json")); code != 2 || !strings.Contains(stderr, "got CloudWatch's statistics of periods") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	page, err = os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := actionsOf(t, string(page), "metrics"), slices.Sorted(maps.Keys(account.Asked())); !slices.Equal(got, want) {
		t.Errorf("got the actions %v in docs/monitoring.md, want %v", got, want)
	}
}

func TestMetricsFailures(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	tests := map[string]struct {
		args   []string
		spoil  func(*cloudwatchtest.AWS)
		code   int
		says   string
		advice string
	}{
		"no time":         {[]string{"--from", "yesterday"}, nil, 2, "--from yesterday: not a time", "2026-11-28T08:00:00Z"},
		"two ranges":      {[]string{"--from", "2026-11-28T08:00:00Z", "--last", "1h"}, nil, 2, "don't go together", "--last 3h alone"},
		"more than a day": {[]string{"--last", "25h"}, nil, 2, "got more than a day", "--period 1h"},
		"nobody used it":  {nil, func(a *cloudwatchtest.AWS) { a.Values = nil }, 1, "CloudWatch has no value of dev in eu-west-1", "was it used then"},
		"denied": {nil, func(a *cloudwatchtest.AWS) {
			a.Refuse = &deployedtest.Refusal{Status: 400, Code: "AccessDenied", Message: "no"}
		}, 1, "read the metrics: AccessDenied: no", "allow cloudwatch:GetMetricData"},
		"no stacks": {nil, func(a *cloudwatchtest.AWS) { a.Stacks = nil }, 1, "no environment dev in eu-west-1", "deploy it"},
	}
	for name, tt := range tests {
		account := used(t)
		if tt.spoil != nil {
			tt.spoil(account)
		}
		out := filepath.Join(t.TempDir(), "out")
		code, _, stderr := called(append([]string{"metrics", "--region", "eu-west-1", "--out", out}, tt.args...)...)
		if code != tt.code || !strings.Contains(stderr, tt.says) || !strings.Contains(stderr, tt.advice) {
			t.Errorf("%s: got exit code %d and %s", name, code, stderr)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: got results", name)
		}
	}
}

// actionsOf are those of a page's policy, sorted.
func actionsOf(t *testing.T, page, name string) []string {
	t.Helper()
	_, rest, _ := strings.Cut(page, "<!-- begin policy "+name)
	_, rest, _ = strings.Cut(rest, "```json\n")
	text, _, _ := strings.Cut(rest, "\n```")
	var policy struct {
		Statement []struct {
			Effect   string
			Action   []string
			Resource any
		}
	}
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		t.Fatalf("read the policy %s: %v", name, err)
	}
	var actions []string
	for _, s := range policy.Statement {
		if s.Effect != "Allow" {
			t.Errorf("got %s, want Allow", s.Effect)
		}
		actions = append(actions, s.Action...)
	}
	slices.Sort(actions)
	return actions
}
