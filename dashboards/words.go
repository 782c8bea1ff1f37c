package dashboards

import (
	"fmt"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// title heads the board and says where the rest is.
func title(d config.Deployment) string {
	return "**Multi-Runtime Lambda Benchmark: " + d.Environment.Name + "** · each value over the whole shown time · [each runtime by itself](#dashboards:name=" +
		boardName(d, config.RuntimesDashboardName) + ") · how to read this stands at the end"
}

// guide is the text at the end of the board.
func guide(d config.Deployment) string {
	latency := "This stage has **no metrics per route**: API Gateway's latency is shown for all runtimes together."
	if d.Environment.DetailedMetrics {
		latency = "**Busiest route** is the method with the largest share of the workload (" + busiestRoute("").method + "): percentiles of several methods can't be put together. Its latency includes cold starts; the function's duration leaves init out."
	}
	return strings.Join([]string{
		"# How to read this",
		"**From top to bottom:** the alarms' states; the answers, one value per runtime over the whole shown time; the same over time, small where 4 ms stands beside 500; what the runtimes share, API and table. A runtime has one colour everywhere, its manifest's, made visible on both grounds. A red line is an alarm's threshold.",
		"**Points over time are 5 minutes.** A percentile of few requests is nearly their maximum: look at *Invocations* first. The alarm of *Requests over 1 s* looks at an hour and wants at least three. Gaps mean that nobody called. Cold starts, memory, CPU time and billed duration come from the functions' logs, a minute or two late.",
		"**A cold start** here is init (or the restore of a snapshot) alone; the caller waits for the first request's duration, too. *Billed duration* includes init.",
		latency,
		fmt.Sprintf("**Cost** is Lambda's duration and requests at on demand prices of %s, %s, without free tier, API Gateway, DynamoDB, logs and kept snapshots (source: %s).", lambdaPrices.region, lambdaPrices.date, lambdaPrices.source),
		"**Comparing runtimes?** Not with this board: its traffic is whatever came. `bench local` measures them under one plan, with intervals.",
		"What each alarm means and what to do: `docs/monitoring.md`.",
	}, "\n\n")
}

// about heads a runtime's section.
func about(w watched) string {
	r := w.Runtime
	with := ""
	if r.Framework != "" {
		with = " with " + r.Framework
	}
	return fmt.Sprintf("## %s\n%s%s · variant %s · %d MB · %s · function `%s` · log group `%s`",
		r.DisplayName, r.Language, with, w.Function.Variant.Name, w.Function.MemoryMB, w.deployment.Architecture,
		w.Function.Name, config.LogGroupName(w.Function.Name))
}
