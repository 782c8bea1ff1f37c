package cost

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Function is a configuration as a bill sees it. The environments are of one
// kind of cold start.
type Function struct {
	Memory        int // MB
	Arch          string
	LambdaRuntime string // such as provided.al2023; decides whether a snapshot costs
	Kind          results.VariantKind
	Environments  []results.Environment
}

// FunctionOf is a configuration of the document, with the environments of its
// first kind of cold start.
func FunctionOf(doc *results.Document, c *results.Configuration) Function {
	f := Function{Memory: c.Memory, Arch: c.Arch}
	if runtime, ok := doc.Runtime(c.Runtime); ok {
		if variant, ok := runtime.Variant(c.Variant); ok {
			f.Kind = variant.Kind
		}
	}
	if artifact, ok := doc.Artifact(c.Artifact); ok {
		f.LambdaRuntime = artifact.LambdaRuntime
	}
	for _, e := range c.Environments {
		if e.Kind == c.Environments[0].Kind {
			f.Environments = append(f.Environments, e)
		}
	}
	return f
}

// Usage is what requests use, measured, before any price.
type Usage struct {
	Memory   int
	Arch     string
	Restored bool // from a snapshot, so that init is the restore
	// SnapshotCosts is false for Java, whose snapshots AWS does not charge for.
	SnapshotCosts bool
	// Environments hold what each environment by itself was billed: they are
	// independent of each other.
	Environments []Billed
	// Writes and Reads are DynamoDB's request units a request; NaN where nobody
	// knows what the requests do.
	Writes, Reads float64
	// LogBytes are those of a warm request, ColdLogBytes what a cold one adds.
	LogBytes, ColdLogBytes float64
}

// Billed are the milliseconds that Lambda bills, rounded up for each call.
type Billed struct {
	Init  float64 // of a cold start, on top of its first call
	First float64 // the first call
	Warm  float64 // the mean of a later call, in the proportions of the mix
	Block int     // of the schedule
}

// Mean is the mean over the environments.
func (u Usage) Mean() Billed {
	var sum Billed
	n := float64(len(u.Environments))
	for _, e := range u.Environments {
		sum.Init += e.Init / n
		sum.First += e.First / n
		sum.Warm += e.Warm / n
	}
	return sum
}

// Measure finds what a function's requests use. Each call is billed by the
// millisecond, rounded up, from the event until the runtime asks for the next
// (durationMs). Init is billed with the first call: their sum is rounded up once.
// That has always been so for custom runtimes (provided.al2023), and for managed
// ones since August 2025.
func Measure(f Function, mix []results.MixShare) (Usage, error) {
	u := Usage{
		Memory: f.Memory, Arch: f.Arch, SnapshotCosts: !strings.HasPrefix(f.LambdaRuntime, "java"),
		LogBytes: platformLogBytes, ColdLogBytes: coldLogBytes,
	}
	for _, e := range f.Environments {
		u.Restored = u.Restored || e.Kind.FromSnapshot()
		if e.FirstCall.DurationMs == nil || e.Kind == results.Provisioned { // billed by the time that it is kept ready
			continue
		}
		warm, ok := warmMean(e, mix)
		if !ok {
			continue
		}
		first := billedMs(*e.FirstCall.DurationMs)
		u.Environments = append(u.Environments, Billed{
			Block: e.Block, Init: billedMs(e.Init.WallMs+*e.FirstCall.DurationMs) - first, First: first, Warm: warm,
		})
	}
	if len(u.Environments) == 0 {
		return u, errors.New("no environment has the durations that Lambda bills")
	}
	switch f.Kind {
	case results.KindAPI:
		u.LogBytes += requestLogBytes
		u.Writes, u.Reads = unitsOf(mix)
	case results.KindSDK: // the same calls of the database, no log line of its own
		u.Writes, u.Reads = unitsOf(mix)
	case results.KindGuest:
		u.Writes, u.Reads = math.NaN(), math.NaN()
	}
	return u, nil
}

// billedMs rounds up to the millisecond. Durations carry three decimals, so that
// what is smaller is an error of addition. A histogram's values are good to 0.05 %,
// so that one call in a thousand may be billed a millisecond too much or too little.
func billedMs(ms float64) float64 { return math.Ceil(ms - 1e-6) }

// warmMean is the mean billed duration of an environment's warm calls, each
// operation with its weight in the mix. Operations outside of the mix, as a floor
// and a guest have them, count by their number of calls.
func warmMean(e results.Environment, mix []results.MixShare) (float64, bool) {
	names := make([]string, 0, len(e.Operations))
	for name := range e.Operations {
		names = append(names, name)
	}
	slices.Sort(names) // a sum depends on its order
	mixed := len(names) > 0
	for _, name := range names {
		mixed = mixed && weightOf(mix, name) > 0
	}
	var sum, weights float64
	for _, name := range names {
		operation := e.Operations[name]
		var billed, n float64
		for ms, count := range operation.HDR.DurationMs.Buckets {
			billed += billedMs(ms) * float64(count)
			n += float64(count)
		}
		if n == 0 {
			continue
		}
		weight := n
		if mixed {
			weight = weightOf(mix, name)
		}
		sum += weight * billed / n
		weights += weight
	}
	return sum / weights, weights > 0
}

func weightOf(mix []results.MixShare, operation string) float64 {
	for _, share := range mix {
		if share.Operation == operation {
			return float64(share.Weight)
		}
	}
	return 0
}
