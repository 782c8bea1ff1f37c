// Package costexplorer reads what an environment really cost, by AWS's service and by
// runtime, as far as the stacks' tags tell.
//
//	actual, err := costexplorer.Read(ctx, settings, costexplorer.Query{Environment: "dev", From: from, To: to})
package costexplorer

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
)

// Query is what is asked for: whole days in UTC, From included and To not.
type Query struct {
	Environment string
	From, To    time.Time
}

// Cost is what a service asked for a runtime.
type Cost struct {
	Service string `json:"service"`
	// Runtime is empty for what the runtimes share: table and API.
	Runtime string  `json:"runtime,omitempty"`
	USD     float64 `json:"usd"` // unblended
}

// Actual is the bill, with the largest sums first.
type Actual struct {
	Environment string `json:"environment"`
	From        string `json:"from"` // the day
	To          string `json:"to"`   // the day behind the last one
	Estimated   bool   `json:"estimated"`
	Costs       []Cost `json:"costs"`
}

// Total is all of it.
func (a Actual) Total() (usd float64) {
	for _, c := range a.Costs {
		usd += c.USD
	}
	return usd
}

// Uncovered is what no tag tells of, in full sentences.
func Uncovered() []string {
	return []string{
		"Tags count from the day on which somebody activated project, environment and runtime as cost allocation tags in Billing; before that, and where they are not active, nothing is found.",
		"Cost Explorer is up to a day late, and sums of the current month are estimates until the bill is made.",
		"Not in it, because it has no tags: metrics of log filters, dashboards and requests to CloudWatch, X-Ray, data transfer outside the tagged resources, support, taxes, and Cost Explorer's own requests at 0.01 USD each.",
		"What the runtimes share (table, API Gateway, alarms) has no runtime.",
	}
}

// Read asks Cost Explorer for the bill.
func Read(ctx context.Context, settings aws.Config, q Query) (Actual, error) {
	actual := Actual{Environment: q.Environment, From: q.From.Format(day), To: q.To.Format(day), Costs: []Cost{}}
	err := q.ask(ctx, settings, "SERVICE", unblended, func(month types.ResultByTime) error {
		actual.Estimated = actual.Estimated || month.Estimated
		for _, group := range month.Groups {
			service, runtime, usd, err := valueOf(group, unblended)
			if err != nil {
				return err
			}
			actual.add(service, runtime, usd)
		}
		return nil
	})
	slices.SortFunc(actual.Costs, func(a, b Cost) int {
		return cmp.Or(-cmp.Compare(a.USD, b.USD), strings.Compare(a.Service, b.Service), strings.Compare(a.Runtime, b.Runtime))
	})
	return actual, err
}

func (a *Actual) add(service, runtime string, usd float64) {
	i := slices.IndexFunc(a.Costs, func(c Cost) bool { return c.Service == service && c.Runtime == runtime })
	if i < 0 {
		a.Costs = append(a.Costs, Cost{Service: service, Runtime: runtime})
		i = len(a.Costs) - 1
	}
	a.Costs[i].USD += usd
}

// requestTypes are the usage types of Lambda's requests, such as EU-Request: those that
// the offer files name.
var requestTypes = regexp.MustCompile(`^([A-Z0-9]+-)?Request(-ARM)?$`)

// Requests are how many of each runtime's Lambda counted for the bill.
func Requests(ctx context.Context, settings aws.Config, q Query) (map[string]float64, error) {
	counted := map[string]float64{}
	err := q.ask(ctx, settings, "USAGE_TYPE", quantity, func(month types.ResultByTime) error {
		for _, group := range month.Groups {
			if len(group.Keys) == 0 || !requestTypes.MatchString(group.Keys[0]) {
				continue // of another unit
			}
			_, runtime, n, err := valueOf(group, quantity)
			if err != nil {
				return err
			}
			if runtime != "" {
				counted[runtime] += n
			}
		}
		return nil
	})
	return counted, err
}

// What is asked for: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
const (
	unblended = "UnblendedCost"
	quantity  = "UsageQuantity"
	day       = "2006-01-02"
)

// ask asks for a metric of all that has the environment's tags, by a dimension and by
// runtime, page by page.
func (q Query) ask(ctx context.Context, settings aws.Config, dimension, metric string, take func(types.ResultByTime) error) error {
	settings.Region = "us-east-1" // its only endpoint
	client := costexplorer.NewFromConfig(settings)
	tagged := func(key, value string) types.Expression {
		return types.Expression{Tags: &types.TagValues{Key: &key, Values: []string{value}, MatchOptions: []types.MatchOption{types.MatchOptionEquals}}}
	}
	in := &costexplorer.GetCostAndUsageInput{
		TimePeriod:  &types.DateInterval{Start: aws.String(q.From.Format(day)), End: aws.String(q.To.Format(day))},
		Granularity: types.GranularityMonthly, Metrics: []string{metric},
		Filter:  &types.Expression{And: []types.Expression{tagged("project", config.Prefix), tagged("environment", q.Environment)}},
		GroupBy: []types.GroupDefinition{{Type: types.GroupDefinitionTypeDimension, Key: &dimension}, {Type: types.GroupDefinitionTypeTag, Key: aws.String(config.RuntimeTag)}},
	}
	for {
		page, err := client.GetCostAndUsage(ctx, in)
		if err != nil {
			return deployed.Explain(err, settings.Region, "ask Cost Explorer what "+q.Environment+" cost", "ce:GetCostAndUsage")
		}
		for _, month := range page.ResultsByTime {
			if err := take(month); err != nil {
				return err
			}
		}
		if aws.ToString(page.NextPageToken) == "" {
			return nil
		}
		in.NextPageToken = page.NextPageToken
	}
}

// valueOf is a group's metric: its keys are a service or a usage type, and "runtime$go".
func valueOf(group types.Group, metric string) (of, runtime string, value float64, err error) {
	sum, ok := group.Metrics[metric]
	value, err = strconv.ParseFloat(aws.ToString(sum.Amount), 64)
	if len(group.Keys) != 2 || !ok || err != nil || metric == unblended && aws.ToString(sum.Unit) != "USD" {
		return "", "", 0, fmt.Errorf("read Cost Explorer's answer: got the group %v with %q %q, wanted a %s of two keys, with USD where it is money", group.Keys, aws.ToString(sum.Amount), aws.ToString(sum.Unit), metric)
	}
	return group.Keys[0], strings.TrimPrefix(group.Keys[1], config.RuntimeTag+"$"), value, nil
}
