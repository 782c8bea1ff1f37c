package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// Alarms that ring already are told, and those that the run may make ring, with how to keep
// them quiet; not those of other functions, nor those that are muted.
func TestAWSAlarms(t *testing.T) {
	account, items := inAWS(t)
	const of = "-multi-runtime-benchmark-dev"
	account.Alarms = []awstest.Alarm{
		{Name: "go-slow" + of}, {Name: "go-trouble" + of, Muted: true}, {Name: "go-throttles" + of}, {Name: "rust-slow" + of},
		{Name: "api-5xx" + of, Ringing: true}, {Name: "go-slow" + of + "-anna"},
	}
	code, _, stderr := measureInAWS(t.Context(), t.TempDir(), "--runtime", "go")
	if code != 0 {
		t.Fatalf("got exit code %d\n%s", code, stderr)
	}
	for _, want := range []string{
		"warning: alarms ring already, and what they ring for may be in the figures: api-5xx" + of + "\n",
		"warning: alarms may ring, since this run's cold starts and refused calls are in what they count\n",
		"to keep them quiet: aws cloudwatch disable-alarm-actions --alarm-names go-slow" + of + "\n",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %s\nwant %q", stderr, want)
		}
	}
	tidied(t, account, items)
	account.Fault = func(action string, _ int) *awstest.Refusal {
		if action == "cloudwatch:DescribeAlarms" {
			return &awstest.Refusal{Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "not authorized"}
		}
		return nil
	}
	if code, _, stderr := measureInAWS(t.Context(), t.TempDir(), "--runtime", "go"); code != 0 || !strings.Contains(stderr, "warning: alarms were not looked at: look at them: AccessDeniedException: not authorized") {
		t.Errorf("got exit code %d\n%s", code, stderr)
	}
	account.Fault, account.Alarms = nil, nil
	if code, _, stderr := measureInAWS(t.Context(), t.TempDir(), "--runtime", "go"); code != 0 || strings.Contains(stderr, "alarms") {
		t.Errorf("got exit code %d\n%s", code, stderr)
	}
}

// A stage that lets less through than is about to be sent is told, and so is one that may
// not be looked at.
func TestStageLimitIsTold(t *testing.T) {
	for name, tt := range map[string]struct {
		aws  deployedtest.AWS
		says string
	}{
		"lower":  {deployedtest.AWS{StageRate: 5}, "warning: the stage lets 5 requests a second through, and this makes up to 15: "},
		"higher": {deployedtest.AWS{StageRate: 50}, ""},
		"none":   {deployedtest.AWS{}, ""},
		"denied": {deployedtest.AWS{Refuse: map[string]deployedtest.Refusal{"apigateway": {Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "no"}}}, "warning: the stage's limit was not looked at: read the limit of dev: AccessDeniedException: no"},
	} {
		tt.aws.Serve(t)
		settings, err := deployed.Connect(t.Context(), awstest.Region)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		a := &app{ui: newUI(io.Discard, &said)}
		a.warnOfLimit(t.Context(), settings, "https://abc.execute-api.us-east-1.amazonaws.com/dev/", 15)
		if got := said.String(); !strings.HasPrefix(got, tt.says) || tt.says == "" && got != "" {
			t.Errorf("%s: got %q, want %q", name, got, tt.says)
		}
	}
}
