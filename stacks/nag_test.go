package stacks_test

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// accepted are the rules of cdk-nag's AwsSolutions pack that the stacks break, and
// why that is right. A rule that is no longer broken must leave the list.
var accepted = map[string]map[string]string{
	"every environment": {
		"AwsSolutions-APIG1": "Access logs need a role for the whole account: they are an explicit choice (accessLogs=true).",
		"AwsSolutions-APIG2": "The functions check what they are sent: the contract fixes each answer, and a validator's would differ.",
		"AwsSolutions-APIG3": "A web application firewall would be measured, too, and costs more than all the rest: it is an explicit choice (firewall=true).",
		"AwsSolutions-APIG4": "A benchmark's API has no users to tell apart. It asks for a key and, where wanted, for addresses (allowedCidrs).",
		"AwsSolutions-APIG6": "Execution logs go to a group that outlives the stack; the functions log every request.",
		"AwsSolutions-COG4":  "There are no users, so there is no user pool.",
	},
	"dev alone": {
		"AwsSolutions-DDB3": "Items of dev live for a week and are nobody's: backups are for staging and prod.",
	},
}

func TestAwsSolutions(t *testing.T) {
	for _, environment := range []string{config.Dev, config.Prod} {
		want := maps.Clone(accepted["every environment"])
		if environment == config.Dev {
			maps.Copy(want, accepted["dev alone"])
		}
		got := map[string][]string{}
		_, err := synthWith(map[string]any{"environment": environment, "alertEmail": "ops@example.com"}, imaginary(), func(app awscdk.App) {
			awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Reports: jsii.Bool(true)}), nil)
		}, func(out string) error {
			reports, err := filepath.Glob(filepath.Join(out, "*NagReport.csv"))
			if err != nil || len(reports) == 0 {
				t.Fatalf("got the reports %v, %v", reports, err)
			}
			for _, report := range reports {
				file, err := os.Open(report)
				if err != nil {
					return err
				}
				rows, err := csv.NewReader(file).ReadAll()
				_ = file.Close()
				if err != nil {
					return err
				}
				for _, row := range rows[1:] {
					if row[2] != "Compliant" && row[2] != "N/A" {
						got[row[0]] = append(got[row[0]], row[1])
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
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
