package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Cold says how cold starts come to be in AWS, and knows what each kind takes there.
type Cold struct {
	Kinds []string      // words such as forced, which take turns
	Idle  time.Duration // how long nobody calls a function before an idle cold start
	Age   time.Duration // of a version that is restored as an aged one
	Burst int           // calls that leave at once, for a scale-out; with Workers, from each
	// Workers are functions that send bursts, from which every cold start counts; 0: this
	// machine calls.
	Workers int
	Lead    time.Duration // what workers have to start before a burst
}

// Idle environments were ended after ten minutes where somebody looked, in 2019:
// https://mikhail.io/2019/08/aws-lambda-cold-starts-after-10-minutes/. Two years before it
// was up to an hour.
const (
	DefaultIdle  = 15 * time.Minute
	DefaultAge   = time.Hour
	DefaultBurst = 5
	// DefaultBursts of workers are measured of each runtime: bursts are what is compared.
	DefaultBursts = 12
	// DefaultLead is much more than a hundred workers of a Distributed Map take to start.
	DefaultLead = 30 * time.Second
	mostBurst   = 100
	mostLead    = 5 * time.Minute
)

// KindNames are kinds as a person names them.
func KindNames(kinds []results.ColdKind) string {
	var names []string
	for _, kind := range kinds {
		names = append(names, string(kind))
	}
	return strings.Join(names, ", ")
}

// apply puts the kinds into the plan.
func (f Cold) apply(plan *bench.Plan) error {
	for _, name := range f.Kinds {
		kind := results.ColdKind(name)
		if !slices.Contains(results.KindsInAWS(), kind) {
			return fault.Usage("use "+KindNames(results.KindsInAWS())+", several with commas", "--cold %s: not a kind of cold start in AWS", name)
		}
		if !slices.Contains(plan.ColdKinds, kind) {
			plan.ColdKinds = append(plan.ColdKinds, kind)
		}
	}
	switch {
	case len(plan.ColdKinds) == 0:
		return fault.Usage("use --cold forced, or leave it out", "--cold: no kind of cold start")
	case f.Idle <= 0:
		return fault.Usage(fmt.Sprintf("use --idle %s, or leave it out", phrase.Roughly(DefaultIdle)), "--idle %s: not a time to wait", f.Idle)
	case f.Age <= 0:
		return fault.Usage("use --age 1h, or leave it out", "--age %s: not a time to wait", f.Age)
	case f.Burst < 2 || f.Burst > mostBurst:
		return fault.Usage(fmt.Sprintf("use 2 to %d: one call finds the warm environment", mostBurst), "--burst %d: not a burst", f.Burst)
	}
	return f.scaled(plan)
}

// scaled makes each step a burst, where workers send them.
func (f Cold) scaled(plan *bench.Plan) error {
	other := func(kind results.ColdKind) bool { return kind != results.Forced && kind != results.ScaleOut }
	switch i := slices.IndexFunc(plan.ColdKinds, other); {
	case f.Workers == 0:
		return nil
	case f.Workers < 0:
		return fault.Usage("such as --scale 8", "--scale %d: not a number of workers", f.Workers)
	case i >= 0:
		return fault.Usage("say --cold forced,scale-out, or leave --scale out", "--scale %d: bursts make cold starts that are forced and by scale-out, none of the kind %s", f.Workers, plan.ColdKinds[i])
	case f.Lead < time.Second || f.Lead > mostLead:
		return fault.Usage(fmt.Sprintf("use --lead %s, or leave it out", phrase.Roughly(DefaultLead)), "--lead %s: got no time from 1 s to %s", f.Lead, phrase.Roughly(mostLead))
	case plan.Sizing.Precision > 0:
		return fault.Usage("say --environments", "--scale %d: a pilot calls one environment at a time", f.Workers)
	}
	plan.Burst, plan.Workload.WarmCalls = f.most(*plan), 0 // which environment a later call would meet can't be told
	return nil
}

// Together is how many calls of a burst leave at once.
func (f Cold) Together() int { return f.Burst * max(f.Workers, 1) }

// most is how many environments each burst of the plan makes at most.
func (f Cold) most(plan bench.Plan) int {
	if slices.Contains(plan.ColdKinds, results.ScaleOut) { // whose first call meets the warm one
		return f.Together() - 1
	}
	return f.Together()
}

// Spare is how many blocks of each kind may replace refused environments: a quarter more.
func Spare(plan bench.Plan) int {
	return max(plan.StepsFor(plan.Workload.Environments)/4, 2)
}

// What is expected of AWS, before anything is known: an update of a configuration until
// it holds, init with first call, a call with its way there, and making the snapshot of a
// version.
const (
	awsChange   = 3 * time.Second
	awsStart    = 1500 * time.Millisecond
	awsCall     = 60 * time.Millisecond
	awsSnapshot = 2 * time.Minute
	awsWorkers  = 15 * time.Second // behind their lead, until the answers of a burst are here
)

// AtOnce is how many calls of the plan run at the same time.
func (f Cold) AtOnce(plan bench.Plan) int {
	if f.Workers > 0 || slices.Contains(plan.ColdKinds, results.ScaleOut) {
		return f.Together()
	}
	return 1
}

// Rate is about how many calls a second the plan makes, one at a time.
func Rate(plan bench.Plan) float64 {
	return 1 / (plan.Workload.Pacing + awsCall).Seconds()
}

// calls are those of one step of a kind: the first, the warm ones or the others of a
// burst, and those that delete the items that are left.
func (f Cold) calls(plan bench.Plan, kind results.ColdKind) int {
	switch {
	case kind == results.ScaleOut:
		return 1 + 2*f.Together()
	case f.Workers > 0:
		return 2 * f.Together()
	}
	return calls(plan.Workload)
}

// changes is how often a function's configuration changes for so many steps.
func (f Cold) changes(plan bench.Plan, kind results.ColdKind, steps int) int {
	switch kind {
	case results.Idle:
		return 0
	case results.RestoredAged:
		return f.Aged(plan)
	}
	return steps
}

// waits are those of idle cold starts that can't be at the same time: functions wait
// beside each other, the memory sizes of one behind each other.
func (f Cold) waits(plan bench.Plan) int {
	if !slices.Contains(plan.ColdKinds, results.Idle) {
		return 0
	}
	sum := map[string]int{}
	most := 0
	for _, c := range plan.Configurations {
		if !slices.Contains(plan.KindsOf(c), results.Idle) {
			continue
		}
		function := results.Key(c.Runtime.Name, c.Variant, 0, c.Arch)
		sum[function] += plan.OfEachKind(c)
		most = max(most, sum[function])
	}
	return most
}

// Expected is about how long the plan takes.
func (f Cold) Expected(plan bench.Plan) time.Duration {
	total := time.Duration(len(plan.Configurations))*awsChange + time.Duration(f.waits(plan))*f.Idle
	if slices.Contains(plan.ColdKinds, results.RestoredAged) {
		total += f.Age
	}
	for _, c := range plan.Configurations {
		for _, kind := range plan.KindsOf(c) {
			steps := plan.StepsOfEachKind(c)
			one := awsStart + time.Duration(f.calls(plan, kind))*(plan.Workload.Pacing+awsCall)
			if f.Workers > 0 { // ten items are deleted at once
				one = awsStart + f.Lead + awsWorkers + time.Duration(f.Together())*awsCall/10
			}
			switch kind {
			case results.Restored, results.Provisioned:
				one += awsSnapshot
			case results.ScaleOut:
				one += awsStart
			}
			total += time.Duration(steps)*one + time.Duration(f.changes(plan, kind, steps))*awsChange
		}
	}
	return total
}

// Schedule says what is waited for.
func (f Cold) Schedule(plan bench.Plan, now time.Time) (lines []string) {
	clock := func(d time.Duration) string { return now.Add(d).Format("Mon 15:04") }
	if n := f.waits(plan); n > 0 {
		lines = append(lines, fmt.Sprintf("idle: %s of %s behind a function's last call, all functions at the same time; the first is over at about %s, the last at about %s; at most %d more in place of those that were not cold",
			phrase.Plural(n, "wait", "waits"), phrase.Roughly(f.Idle), clock(f.Idle), clock(f.Expected(plan)), Spare(plan)))
	}
	if n := f.Aged(plan); slices.Contains(plan.ColdKinds, results.RestoredAged) {
		lines = append(lines, fmt.Sprintf("restored-aged: %d versions of each configuration are published at the beginning and called %s later, from about %s on", n, phrase.Roughly(f.Age), clock(f.Age)))
	}
	if n := plan.ColdKinds; slices.ContainsFunc(n, results.ColdKind.Publishes) {
		lines = append(lines, "published versions are deleted again; nobody else calls them")
	}
	return lines
}

// Aged is how many versions of a configuration are published to age: those that are
// planned, and those in place of refused ones.
func (f Cold) Aged(plan bench.Plan) int {
	return plan.OfEachKind(plan.Configurations[0]) + Spare(plan)
}

// shortestKept is how long AWS charges for a snapshot at least.
// https://aws.amazon.com/lambda/pricing/
const shortestKept = 3 * time.Hour

// shortestReady is how long AWS charges for an environment that is kept ready at least.
// https://aws.amazon.com/lambda/pricing/
const shortestReady = 5 * time.Minute

// ready is more than what environments cost that are kept ready beside their calls: as
// much as if they ran all the while, where AWS asks for about a quarter of that.
func (f Cold) ready(region cost.Region, plan bench.Plan, c target.Config) float64 {
	if !slices.Contains(plan.KindsOf(c), results.Provisioned) {
		return 0
	}
	return Dollars(region, c, plan.OfEachKind(c)+Spare(plan), shortestReady, false)
}

// snapshots are what the versions of a configuration cost beside their calls: their
// snapshots for the shortest time, and a restore each. Java's are free.
func (f Cold) snapshots(region cost.Region, plan bench.Plan, c target.Config) float64 {
	if strings.HasPrefix(c.Runtime.Artifacts[c.Runtime.Variants[c.Variant].Artifact].LambdaRuntime, "java") {
		return 0
	}
	versions := 0
	for _, kind := range plan.KindsOf(c) {
		if kind.FromSnapshot() {
			versions += plan.OfEachKind(c) + Spare(plan)
		}
	}
	gigabytes := float64(c.MemoryMB) / 1024 * float64(versions)
	return gigabytes * (shortestKept.Seconds()*region.Prices[cost.LineCache].USD + region.Prices[cost.LineRestore].USD)
}
