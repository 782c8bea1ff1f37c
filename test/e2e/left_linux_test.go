//go:build e2e

package e2e

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cloudformationtypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// remove destroys the last runtime's stack. Its routes stay until the rest is
// deployed without it; the others never notice.
func (d *deployment) remove(t *testing.T) {
	d.silent(t, notValidated, chosen()...)
	last := d.runtimes[len(d.runtimes)-1]
	d.cdk(t, "destroy", "--app", d.out, "--force", config.StackName(last.Name, environment))
	d.health(t, last, http.StatusInternalServerError, http.StatusBadGateway)
	d.health(t, d.runtimes[0], http.StatusOK)
	said := d.synth(t, notValidated, chosen("without="+last.Name)...)
	if want := "without " + last.Name + ": its routes, its alarms and its part of the dashboard are removed"; !strings.HasPrefix(said, want) {
		t.Errorf("got %q, want it said before it happens: %s", said, want)
	}
	d.deployAll(t)
	d.health(t, last, http.StatusNotFound)
	d.health(t, d.runtimes[0], http.StatusOK)
}

func (d *deployment) add(t *testing.T) {
	d.silent(t, notValidated, chosen()...)
	d.deployAll(t)
	for _, r := range d.runtimes {
		d.health(t, r, http.StatusOK)
	}
}

func (d *deployment) destroy(t *testing.T) {
	d.cdk(t, "destroy", "--app", d.out, "--all", "--force")
	left := map[string][]string{}
	stacks, err := cloudformation.NewFromConfig(d.aws).DescribeStacks(d.ctx, &cloudformation.DescribeStacksInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stacks.Stacks {
		if s.StackStatus != cloudformationtypes.StackStatusDeleteComplete && aws.ToString(s.StackName) != "CDKToolkit" {
			left["stacks"] = append(left["stacks"], aws.ToString(s.StackName))
		}
	}
	functions, err := lambda.NewFromConfig(d.aws).ListFunctions(d.ctx, &lambda.ListFunctionsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range functions.Functions {
		left["functions"] = append(left["functions"], aws.ToString(f.FunctionName))
	}
	tables, err := dynamodb.NewFromConfig(d.aws).ListTables(d.ctx, &dynamodb.ListTablesInput{})
	if err != nil {
		t.Fatal(err)
	}
	left["tables"] = tables.TableNames
	groups, err := cloudwatchlogs.NewFromConfig(d.aws).DescribeLogGroups(d.ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups.LogGroups {
		left["log groups"] = append(left["log groups"], aws.ToString(g.LogGroupName))
	}
	watch := cloudwatch.NewFromConfig(d.aws)
	alarms, err := watch.DescribeAlarms(d.ctx, &cloudwatch.DescribeAlarmsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alarms.MetricAlarms {
		left["alarms"] = append(left["alarms"], aws.ToString(a.AlarmName))
	}
	boards, err := watch.ListDashboards(d.ctx, &cloudwatch.ListDashboardsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range boards.DashboardEntries {
		left["dashboards"] = append(left["dashboards"], aws.ToString(b.DashboardName))
	}
	for kind, names := range left {
		if len(names) > 0 {
			t.Errorf("%s: got %v, want none", kind, names)
		}
	}
	if reflect.DeepEqual(left, map[string][]string{}) {
		t.Error("nothing was looked at")
	}
}
