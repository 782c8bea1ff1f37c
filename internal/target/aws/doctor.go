package aws

import (
	"context"
	"fmt"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// newAccounts may run so many functions at a time, until somebody asks for more.
const newAccounts = 10

// scalingRate is how many environments Lambda makes of a function within ten seconds.
// https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
const scalingRate = 1000

// limits are the account's own, nil where AWS does not say.
func (a *Account) limits(ctx context.Context) (*types.AccountLimit, error) {
	settings, err := a.control.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err != nil {
		return nil, deployed.Explain(err, a.Region, "read the account's limits", "lambda:GetAccountSettings")
	}
	return settings.AccountLimit, nil
}

// Room is how many functions without reserved concurrency may run at a time; false where
// AWS does not say.
func (a *Account) Room(ctx context.Context) (functions int, known bool, err error) {
	limit, err := a.limits(ctx)
	if err != nil || limit == nil || limit.UnreservedConcurrentExecutions == nil {
		return 0, false, err
	}
	return int(*limit.UnreservedConcurrentExecutions), true, nil
}

// Doctor finds what would keep the functions from running, of which so many calls leave
// at once, while so many workers without reserved concurrency run beside them. What it
// returns are whole sentences about what may disturb the run.
func (t *Target) Doctor(ctx context.Context, atOnce, workers int) (warnings []string, err error) {
	burst, smaller := fmt.Sprintf("a burst of %d calls", atOnce), "say a smaller --burst"
	if t.options.Workers != nil {
		smaller += " or --scale"
	}
	if atOnce > scalingRate {
		warnings = append(warnings, fmt.Sprintf("A burst of %d calls is more than the %d environments that Lambda makes of a function within ten seconds: the others are throttled and do not count.", atOnce, scalingRate))
	}
	limit, err := t.account.limits(ctx)
	if err != nil {
		return nil, err
	}
	shared := false
	for _, f := range t.functions {
		if f.Reserved == nil {
			shared = true
		} else if *f.Reserved == 0 {
			return nil, fault.New("aws lambda delete-function-concurrency --function-name "+f.Name, "%s may not run: its reserved concurrency is 0", f.Name)
		} else if int(*f.Reserved) < atOnce {
			if t.options.Workers == nil {
				smaller = fmt.Sprintf("say --burst %d", max(*f.Reserved, 2))
			}
			return nil, fault.New(smaller+", or reserve more", "%s may run %d times at once, which its reserved concurrency is: got %s", f.Name, *f.Reserved, burst)
		}
	}
	if limit == nil || !shared && workers == 0 {
		return warnings, nil
	}
	if limit.UnreservedConcurrentExecutions != nil && *limit.UnreservedConcurrentExecutions < 1 {
		return nil, fault.New("take some reserved concurrency from another function", "no function without reserved concurrency may run in %s: all %d are reserved", t.account.Region, limit.ConcurrentExecutions)
	}
	together, what := workers, fmt.Sprintf("%d workers", workers)
	if shared {
		together += atOnce
		if what = burst + " and " + what; workers == 0 {
			what = burst
		}
	}
	if left := limit.UnreservedConcurrentExecutions; left != nil && int(*left) < together {
		return nil, fault.New(smaller+", or ask for a higher limit in Service Quotas: Concurrent executions", "only %d functions may run at once in %s: got %s", *left, t.account.Region, what)
	}
	if !shared {
		return warnings, nil
	}
	calls := "which calls one at a time"
	if atOnce > 1 {
		calls = fmt.Sprintf("which makes up to %d calls at once", atOnce)
	}
	if limit.ConcurrentExecutions <= newAccounts {
		warnings = append(warnings, fmt.Sprintf("The account may run %d functions at a time in %s. That is enough for this run, %s, but not much for whoever else calls some then; calls that are throttled do not count. A higher limit is asked for in Service Quotas: Concurrent executions.",
			limit.ConcurrentExecutions, t.account.Region, calls))
	}
	if left := sdk.ToInt32(limit.UnreservedConcurrentExecutions); limit.ConcurrentExecutions > newAccounts && left > 0 && left <= newAccounts {
		warnings = append(warnings, fmt.Sprintf("Of %d functions at a time in %s, reserved concurrency leaves %d to all others: calls that are throttled do not count.", limit.ConcurrentExecutions, t.account.Region, left))
	}
	return warnings, nil
}
