package words

import (
	"fmt"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
)

// NeedsNote says how many environments a rate of calls takes in AWS, and that what
// one of them holds here is something else.
var NeedsNote = fmt.Sprintf("In AWS one environment serves at most %d synchronous requests a second, however short they are: capacity beyond that is headroom, not traffic. A rate of calls keeps the larger of rate ÷ %d and rate × mean time (Little’s law) of them busy; bursts need more, and a new account has a concurrency of ten. Beside them what a month at that rate costs, at %s cold starts: Lambda’s compute, of the whole bill.",
	cost.RequestsPerEnvironment, cost.RequestsPerEnvironment, format.Share(cost.TypicalColdShare))

// NeedText prints how many environments a rate takes, and which rule decides: 12 by time.
func NeedText(n cost.Need) string {
	if n.Timed {
		return format.Count(n.Environments) + " by time"
	}
	return format.Count(n.Environments)
}

// MonthText prints what a month at the rate costs: $24.1 of $1,138.
func MonthText(n cost.Need) string { return format.USD(n.Compute) + " of " + format.USD(n.Total) }
