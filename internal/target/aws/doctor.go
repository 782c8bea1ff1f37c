package aws

import (
	"context"
	"fmt"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// newAccounts may run so many functions at a time, until somebody asks for more.
const newAccounts = 10

// Doctor finds what would keep the functions from running: they are called one at a
// time, so that one concurrent execution is enough. What it returns are whole sentences
// about what may disturb the run.
func (t *Target) Doctor(ctx context.Context) (warnings []string, err error) {
	settings, err := t.account.control.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err != nil {
		return nil, deployed.Explain(err, t.account.Region, "read the account's limits", "lambda:GetAccountSettings")
	}
	limit := settings.AccountLimit
	shared := false
	for _, name := range t.names() {
		f := t.functions[name]
		if f.Reserved == nil {
			shared = true
		} else if *f.Reserved == 0 {
			return nil, fault.New("aws lambda delete-function-concurrency --function-name "+f.Name, "%s may not run: its reserved concurrency is 0", f.Name)
		}
	}
	if limit == nil || !shared {
		return nil, nil
	}
	if limit.UnreservedConcurrentExecutions != nil && *limit.UnreservedConcurrentExecutions < 1 {
		return nil, fault.New("take some reserved concurrency from another function", "no function without reserved concurrency may run in %s: all %d are reserved", t.account.Region, limit.ConcurrentExecutions)
	}
	if limit.ConcurrentExecutions <= newAccounts {
		warnings = append(warnings, fmt.Sprintf("The account may run %d functions at a time in %s. That is enough for this run, which calls one at a time, but not much for whoever else calls some then; calls that are throttled do not count. A higher limit is asked for in Service Quotas: Concurrent executions.",
			limit.ConcurrentExecutions, t.account.Region))
	}
	if left := sdk.ToInt32(limit.UnreservedConcurrentExecutions); limit.ConcurrentExecutions > newAccounts && left > 0 && left <= newAccounts {
		warnings = append(warnings, fmt.Sprintf("Of %d functions at a time in %s, reserved concurrency leaves %d to all others: calls that are throttled do not count.", limit.ConcurrentExecutions, t.account.Region, left))
	}
	return warnings, nil
}
