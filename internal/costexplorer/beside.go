package costexplorer

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
)

// Line is what a service asked for a runtime, beside what was expected of it, in USD.
type Line struct {
	Service  string   `json:"service"`
	Runtime  string   `json:"runtime,omitempty"`     // as in Cost
	Actual   *float64 `json:"actualUsd,omitempty"`   // absent: the tags found nothing
	Estimate *float64 `json:"estimateUsd,omitempty"` // absent: nothing was expected
}

// Beside sets what was expected beside the bill: first the bill's lines in their order,
// then those that it does not have.
func (a Actual) Beside(expected []Cost) []Line {
	lines := []Line{}
	for _, c := range a.Costs {
		lines = append(lines, Line{Service: c.Service, Runtime: c.Runtime, Actual: new(c.USD)})
	}
	for _, c := range expected {
		i := slices.IndexFunc(lines, func(l Line) bool { return l.Service == c.Service && l.Runtime == c.Runtime })
		if i < 0 {
			lines = append(lines, Line{Service: c.Service, Runtime: c.Runtime})
			i = len(lines) - 1
		}
		lines[i].Estimate = new(c.USD)
	}
	return lines
}

// Expect counts a line of an estimated bill (see the constants of cost) under the service
// that asks for it, and under the runtime unless the runtimes share what is paid for.
func Expect(expected []Cost, line, runtime string, usd float64) []Cost {
	service := "AWS Lambda"
	switch line {
	case cost.LineAPI:
		service, runtime = "Amazon API Gateway", ""
	case cost.LineWrites, cost.LineReads:
		service, runtime = "Amazon DynamoDB", ""
	case cost.LineLogs:
		service = "AmazonCloudWatch"
	}
	sum := Actual{Costs: expected}
	sum.add(service, runtime, usd)
	return sum.Costs
}
