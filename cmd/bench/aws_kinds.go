package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
)

// coldFlags say how cold starts come to be in AWS.
type coldFlags struct {
	kinds     []string
	idle, age time.Duration
	burst     int
}

// Idle environments were ended after ten minutes where somebody looked, in 2019:
// https://mikhail.io/2019/08/aws-lambda-cold-starts-after-10-minutes/. Two years before it
// was up to an hour.
const (
	defaultIdle  = 15 * time.Minute
	defaultAge   = time.Hour
	defaultBurst = 5
	mostBurst    = 100
)

func (f *coldFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.kinds, "cold", []string{string(results.Forced)}, "kinds of cold start, which take turns: "+kindNames(aws.Kinds()))
	flags.DurationVar(&f.idle, "idle", defaultIdle, "how long nobody calls a function before an idle cold start")
	flags.DurationVar(&f.age, "age", defaultAge, "how old a version is when it is restored as an aged one")
	flags.IntVar(&f.burst, "burst", defaultBurst, "how many calls leave at once over the warm environment, for a scale-out")
}

func kindNames(kinds []results.ColdKind) string {
	var names []string
	for _, kind := range kinds {
		names = append(names, string(kind))
	}
	return strings.Join(names, ", ")
}

// apply puts the kinds into the plan.
func (f coldFlags) apply(plan *bench.Plan) error {
	for _, name := range f.kinds {
		kind := results.ColdKind(name)
		if !slices.Contains(aws.Kinds(), kind) {
			return fault.Usage("use "+kindNames(aws.Kinds())+", several with commas", "--cold %s: not a kind of cold start in AWS", name)
		}
		if !slices.Contains(plan.ColdKinds, kind) {
			plan.ColdKinds = append(plan.ColdKinds, kind)
		}
	}
	switch {
	case len(plan.ColdKinds) == 0:
		return fault.Usage("use --cold forced, or leave it out", "--cold: no kind of cold start")
	case f.idle <= 0:
		return fault.Usage(fmt.Sprintf("use --idle %s, or leave it out", roughly(defaultIdle)), "--idle %s: not a time to wait", f.idle)
	case f.age <= 0:
		return fault.Usage("use --age 1h, or leave it out", "--age %s: not a time to wait", f.age)
	case f.burst < 2 || f.burst > mostBurst:
		return fault.Usage(fmt.Sprintf("use 2 to %d: one call finds the warm environment", mostBurst), "--burst %d: not a burst", f.burst)
	}
	return nil
}

// atOnce is how many calls of the plan run at the same time.
func (f coldFlags) atOnce(plan bench.Plan) int {
	if slices.Contains(plan.ColdKinds, results.ScaleOut) {
		return f.burst
	}
	return 1
}

// calls are those of one environment of a kind: the first, the warm ones, and those
// that delete the items that are left.
func (f coldFlags) calls(plan bench.Plan, kind results.ColdKind) int {
	if kind == results.ScaleOut {
		return 1 + 2*f.burst
	}
	return awsCalls(plan.Workload)
}

// changes is how often a function's configuration changes for so many environments.
func (f coldFlags) changes(plan bench.Plan, kind results.ColdKind, environments int) int {
	switch kind {
	case results.Idle:
		return 0
	case results.RestoredAged:
		return f.ahead(plan)
	}
	return environments
}

// awsSnapshot is about what Lambda takes to make the snapshot of a version.
const awsSnapshot = 2 * time.Minute

// waits are those of idle cold starts that can't be at the same time: functions wait
// beside each other, the memory sizes of one behind each other.
func (f coldFlags) waits(plan bench.Plan) int {
	if !slices.Contains(plan.ColdKinds, results.Idle) {
		return 0
	}
	sum := map[string]int{}
	most := 0
	for _, c := range plan.Configurations {
		sum[c.Runtime.Name] += plan.Environments(c) / len(plan.ColdKinds)
		most = max(most, sum[c.Runtime.Name])
	}
	return most
}

// expected is about how long the plan takes.
func (f coldFlags) expected(plan bench.Plan) time.Duration {
	total := time.Duration(len(plan.Configurations))*awsChange + time.Duration(f.waits(plan))*f.idle
	if slices.Contains(plan.ColdKinds, results.RestoredAged) {
		total += f.age
	}
	for _, c := range plan.Configurations {
		for _, kind := range plan.ColdKinds {
			environments := plan.Environments(c) / len(plan.ColdKinds)
			one := awsStart + time.Duration(f.calls(plan, kind))*(plan.Workload.Pacing+awsCall)
			switch kind {
			case results.Restored:
				one += awsSnapshot
			case results.ScaleOut:
				one += awsStart
			}
			total += time.Duration(environments)*one + time.Duration(f.changes(plan, kind, environments))*awsChange
		}
	}
	return total
}

// schedule says what is waited for.
func (f coldFlags) schedule(plan bench.Plan, now time.Time) (lines []string) {
	clock := func(d time.Duration) string { return now.Add(d).Format("Mon 15:04") }
	if n := f.waits(plan); n > 0 {
		lines = append(lines, fmt.Sprintf("idle: %s of %s behind a function's last call, all functions at the same time; the first is over at about %s, the last at about %s; at most %d more in place of those that were not cold",
			plural(n, "wait", "waits"), roughly(f.idle), clock(f.idle), clock(f.expected(plan)), awsSpare(plan)))
	}
	if n := f.ahead(plan); slices.Contains(plan.ColdKinds, results.RestoredAged) {
		lines = append(lines, fmt.Sprintf("restored-aged: %d versions of each configuration are published at the beginning and called %s later, from about %s on", n, roughly(f.age), clock(f.age)))
	}
	if n := plan.ColdKinds; slices.ContainsFunc(n, aws.FromSnapshot) {
		lines = append(lines, "published versions are deleted again; nobody else calls them")
	}
	return lines
}

// ahead is how many versions of a configuration are published to age: those that are
// planned, and those in place of refused ones.
func (f coldFlags) ahead(plan bench.Plan) int {
	return plan.Environments(plan.Configurations[0])/len(plan.ColdKinds) + awsSpare(plan)
}

// shortestKept is how long AWS charges for a snapshot at least.
// https://aws.amazon.com/lambda/pricing/
const shortestKept = 3 * time.Hour

// snapshots are what the versions of a configuration cost beside their calls: their
// snapshots for the shortest time, and a restore each. Java's are free.
func (f coldFlags) snapshots(region cost.Region, plan bench.Plan, c target.Config) float64 {
	if strings.HasPrefix(c.Runtime.Artifacts[c.Runtime.Variants[c.Variant].Artifact].LambdaRuntime, "java") {
		return 0
	}
	versions := 0
	for _, kind := range plan.ColdKinds {
		if aws.FromSnapshot(kind) {
			versions += plan.Environments(c)/len(plan.ColdKinds) + awsSpare(plan)
		}
	}
	gigabytes := float64(c.MemoryMB) / 1024 * float64(versions)
	return gigabytes * (shortestKept.Seconds()*region.Prices[cost.LineCache].USD + region.Prices[cost.LineRestore].USD)
}
