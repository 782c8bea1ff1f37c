// Package nag_test holds the stacks to cdk-nag's rules. It is apart from the tests of
// stacks since loading the rules takes longer than all of those.
package nag_test

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/constructs/synthtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/stacks"
)

// accepted are the rules of cdk-nag's packs AwsSolutions and Serverless that the stacks break, and
// why that is right. A rule that is no longer broken must leave the list.
var accepted = map[string]map[string]string{
	"every environment": {
		"AwsSolutions-APIG1":                      "Access logs need a role for the whole account: they are an explicit choice (accessLogs=true).",
		"AwsSolutions-APIG2":                      "The functions check what they are sent: the contract fixes each answer, and a validator's would differ.",
		"AwsSolutions-APIG3":                      "A web application firewall would be measured, too, and costs more than all the rest: it is an explicit choice (firewall=true).",
		"AwsSolutions-APIG4":                      "A benchmark's API has no users to tell apart. It asks for a key and, where wanted, for addresses (allowedCidrs).",
		"AwsSolutions-APIG6":                      "Execution logs go to a group that outlives the stack; the functions log every request.",
		"Serverless-APIGWAccessLogging":           "As AwsSolutions-APIG1.",
		"Serverless-APIGWXrayEnabled":             "Tracing adds to what is measured: it is an explicit choice (tracing=true).",
		"Serverless-LambdaTracing":                "As Serverless-APIGWXrayEnabled.",
		"Serverless-LambdaDLQ":                    "API Gateway alone calls the functions, and waits: no event is ever left over for a queue.",
		"Serverless-SNSRedrivePolicy":             "An alarm's e-mail that can't be delivered is on the board all the same; nobody would read a queue of them.",
		"AwsSolutions-IAM5":                       "Of load workers (load=true): any object below runs/ is theirs, a map starts executions whose names nobody knows before, and the CDK's own grant to call a function names all its versions.",
		"AwsSolutions-S1":                         "The load workers' bucket holds counts, for minutes: who read them is of no interest.",
		"AwsSolutions-SF2":                        "As Serverless-APIGWXrayEnabled.",
		"Serverless-StepFunctionStateMachineXray": "As Serverless-APIGWXrayEnabled.",
		"AwsSolutions-COG4":                       "There are no users, so there is no user pool.",
	},
	"dev alone": {
		"AwsSolutions-DDB3": "Items of dev live for a week and are nobody's: backups are for staging and prod.",
	},
}

func TestMain(m *testing.M) {
	synthtest.StartAgain()
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

func TestRules(t *testing.T) {
	for _, environment := range []string{config.Dev, config.Prod} {
		want := maps.Clone(accepted["every environment"])
		if environment == config.Dev {
			maps.Copy(want, accepted["dev alone"])
		}
		got := broken(t, environment)
		for _, rule := range slices.Sorted(maps.Keys(got)) {
			if want[rule] == "" {
				t.Errorf("%s: got %s at %v: mend it, or accept it with a reason", environment, rule, got[rule])
			}
		}
		for _, rule := range slices.Sorted(maps.Keys(want)) {
			if got[rule] == nil {
				t.Errorf("%s: %s is no longer broken: take it off the list", environment, rule)
			}
		}
	}
}

// hostings are all that a runtime of its own can have: neither snapshots nor instances.
func hostings(runtime string) string {
	var words []string
	for _, h := range config.Hostings() {
		if h != config.HostingSnapStart && h != config.HostingInstances {
			words = append(words, runtime+":"+string(h))
		}
	}
	return strings.Join(words, ",")
}

// broken are the rules that an environment with one runtime breaks, and where.
func broken(t *testing.T, environment string) map[string][]string {
	t.Helper()
	runtimes, err := config.Discover(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	d, err := config.ParseContext(map[string]any{"environment": environment, "alertEmail": "ops@example.com", "load": "true", "hosting": hostings(runtimes[0].Name), "imageRepository": "benchmark"}, runtimes[:1], "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	cfg := stacks.Config{Deployment: d, Zips: map[string]string{}}
	ids := []string{"load"}
	for _, f := range d.Runtimes[0].Functions() {
		ids = append(ids, f.ArtifactID)
	}
	for _, id := range ids {
		// An archive without entries will do: nothing is deployed.
		cfg.LoadZip = filepath.Join(t.TempDir(), id+".zip")
		if err := os.WriteFile(cfg.LoadZip, append([]byte("PK\x05\x06"), make([]byte, 18)...), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg.Zips[id] = cfg.LoadZip
	}
	out := t.TempDir()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(out), AnalyticsReporting: jsii.Bool(false)})
	stacks.Build(app, cfg)
	props := &cdknag.NagPackProps{Reports: jsii.Bool(true)}
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(props), nil)
	awscdk.Aspects_Of(app).Add(cdknag.NewServerlessChecks(props), nil)
	app.Synth(nil)
	reports, err := filepath.Glob(filepath.Join(out, "*NagReport.csv"))
	if err != nil || len(reports) != 2*(3+len(d.Runtimes)) {
		t.Fatalf("got the reports %v, %v, want one of each pack for each stack", reports, err)
	}
	found := map[string][]string{}
	for _, report := range reports {
		file, err := os.Open(report)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(file).ReadAll()
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			if row[2] != "Compliant" && row[2] != "N/A" {
				found[row[0]] = append(found[row[0]], row[1])
			}
		}
	}
	return found
}
