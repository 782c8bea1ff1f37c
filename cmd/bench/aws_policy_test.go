package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// The policy of docs/aws.md allows what a run and a restoration ask for, and nothing
// else.
func TestAWSPolicy(t *testing.T) {
	account, _ := inAWS(t)
	if code, _, stderr := measureInAWS(t.Context(), t.TempDir(), "--memory", "128"); code != 0 {
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	expire(account, 150)
	if code, _, stderr := measureInAWS(t.Context(), t.TempDir()); code != 1 || len(journalsLeft(t)) != 1 {
		t.Fatalf("got exit code %d, the journals %v and %s", code, journalsLeft(t), stderr)
	}
	account.Fault = nil
	if code, _, stderr := called("aws", "restore"); code != 0 {
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	asked := account.Asked()
	delete(asked, "sts:GetCallerIdentity") // needs no permission

	type statement struct {
		Effect   string
		Action   []string
		Resource string
	}
	policy := struct {
		Version   string
		Statement []statement
	}{Version: "2012-10-17"}
	of := map[string][]string{}
	for _, action := range slices.Sorted(maps.Keys(asked)) {
		resource := "*"
		switch {
		case strings.HasPrefix(action, "cloudformation:"):
			resource = "arn:aws:cloudformation:*:*:stack/" + strings.TrimSuffix(config.StackName("", config.Dev), "Stack") + "*"
		case strings.HasPrefix(action, "lambda:") && strings.Contains(action, "Function"):
			resource = "arn:aws:lambda:*:*:function:" + config.Prefix + "-*"
		}
		of[resource] = append(of[resource], action)
	}
	for resource, actions := range of {
		policy.Statement = append(policy.Statement, statement{"Allow", actions, resource})
	}
	slices.SortFunc(policy.Statement, func(a, b statement) int { return strings.Compare(a.Action[0], b.Action[0]) })
	want, err := json.MarshalIndent(policy, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if got := policyOf(t, "<!-- begin policy:"); got != string(want) {
		t.Errorf("got the policy\n%s\nwant\n%s", got, want)
	}

	// What restored kinds ask for beside that.
	account.Change(goFunction, func(f *awstest.Function) { f.SnapStart = true })
	if code, _, stderr := measureInAWS(t.Context(), t.TempDir(), "--runtime", "go", "--cold", "forced,restored"); code != 1 { // Items have no snapshots
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	unchanged(t, account)
	more := statement{Effect: "Allow", Resource: "arn:aws:lambda:*:*:function:" + config.Prefix + "-*"}
	for _, action := range slices.Sorted(maps.Keys(account.Asked())) {
		if _, known := asked[action]; !known && action != "sts:GetCallerIdentity" {
			more.Action = append(more.Action, action)
		}
	}
	if want, err = json.MarshalIndent(more, "", "  "); err != nil {
		t.Fatal(err)
	}
	if got := policyOf(t, "<!-- begin policy of restored:"); got != string(want) {
		t.Errorf("got the statement of restored\n%s\nwant\n%s", got, want)
	}

	// And what is kept ready, beside both.
	before := account.Asked()
	host(account, &awstest.Items{Mend: ready}, "go", config.HostingProvisioned, awstest.Function{})
	if code, _, stderr := measureInAWS(t.Context(), t.TempDir(), "--runtime", "go", "--hosting", "go:provisioned", "--cold", "forced,provisioned"); code != 0 {
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	more.Action = nil
	for _, action := range slices.Sorted(maps.Keys(account.Asked())) {
		if before[action] == 0 {
			more.Action = append(more.Action, action)
		}
	}
	if want, err = json.MarshalIndent(more, "", "  "); err != nil {
		t.Fatal(err)
	}
	if got := policyOf(t, "<!-- begin policy of provisioned:"); got != string(want) {
		t.Errorf("got the statement of provisioned\n%s\nwant\n%s", got, want)
	}

	// And those who call through the API.
	account, _ = behindAPI(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	account.Fault = func(action string, n int) *awstest.Refusal {
		if action == "logs:GetQueryResults" && n == 3 { // a query that nobody waits for any more is stopped
			cancel()
		}
		return nil
	}
	if code, _, stderr := measureInAWS(ctx, t.TempDir(), "--runtime", "go", "--vantage", "http", "--idle", "1ms"); code != 0 && code != 1 {
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	keys := statement{"Allow", []string{"apigateway:GET"}, "arn:aws:apigateway:*::/apikeys/*"}
	stages := statement{"Allow", []string{"apigateway:GET"}, "arn:aws:apigateway:*::/restapis/*/stages/*"} // where the address is API Gateway's: see internal/deployed
	logs := statement{Effect: "Allow", Resource: "*"}
	for _, action := range slices.Sorted(maps.Keys(account.Asked())) {
		if _, known := asked[action]; known || action == "sts:GetCallerIdentity" || slices.Contains(keys.Action, action) {
			continue
		}
		logs.Action = append(logs.Action, action)
	}
	if account.Asked()["apigateway:GET"] == 0 {
		t.Error("got the API's key without asking for it")
	}
	if want, err = json.MarshalIndent([]statement{keys, stages, logs}, "", "  "); err != nil {
		t.Fatal(err)
	}
	if got := policyOf(t, "<!-- begin policy of http:"); got != string(want) {
		t.Errorf("got the statements of http\n%s\nwant\n%s", got, want)
	}
}

// policyOf is the JSON that stands in docs/aws.md behind some words.
func policyOf(t *testing.T, begin string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/aws.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), begin)
	_, rest, _ = strings.Cut(rest, "```json\n")
	got, _, _ := strings.Cut(rest, "\n```")
	return got
}
