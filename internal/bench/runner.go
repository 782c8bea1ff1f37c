package bench

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// failuresUntilGivenUp is how many of a configuration's environments in a row
// may fail before the rest of them is not tried any more: a runtime that can't
// start at 128 MB would otherwise cost ten seconds an environment.
const failuresUntilGivenUp = 3

// saveEvery bounds what a killed run loses. The first environment is saved at
// once: from then on a run can be taken up again. A document that takes long to
// save is saved less often, so that a run spends at most a twentieth on it.
const (
	saveEvery = 5 * time.Second
	saveShare = 20
)

// Runner carries a plan out. The functions that are not described as wanted may
// be nil.
type Runner struct {
	Target target.Target
	Plan   Plan
	Now    func() time.Time
	// Wait blocks for d or until ctx ends.
	Wait func(ctx context.Context, d time.Duration) error
	// Until blocks until a moment, more exactly, or until ctx ends. Only a plan
	// with a load needs it.
	Until func(ctx context.Context, t time.Time) error
	// Settle waits until the machine is idle again after a teardown.
	Settle func(ctx context.Context) error
	// Spare is how many blocks of each kind may follow the plan's, for environments in place of
	// those that were refused. The refused ones stay counted.
	Spare int
	// Progress hears of every finished environment.
	Progress func(done, total int, c target.Config)
	// LoadProgress hears of every rate that was tried; done of total
	// configurations are behind it.
	LoadProgress func(done, total int, c target.Config, step results.LoadStep)
	// Save keeps an unfinished document, so that a killed run loses little. It
	// deals with a full disk itself: the run goes on.
	Save func(*results.Document)

	saved  time.Time     // when Save ended last
	saving time.Duration // how long it took
}

// Wait blocks for d or until ctx ends.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Run carries out the cold, warm and load phases and writes what it measures into
// document, behind the Configurations that it has already. If those of the plan
// are among them, of a run that was interrupted, Run does what is missing.
//
// When ctx ends, the document keeps the finished environments and load steps, is
// marked as interrupted, and Run returns nil: what was measured is a result too.
// An error is a fault of the tool, and everything that was measured before it is
// in the document as well.
func (r *Runner) Run(ctx context.Context, document *results.Document) error {
	document.Plan = r.Plan.Record()
	document.Seed = r.Plan.Seed
	measured, err := r.records(document)
	if err != nil {
		return err
	}
	document.Plan.Families = results.Families(document.Runtimes, document.Configurations)
	err = r.steps(ctx, document, measured)
	if err == nil && r.Plan.LoadedConfigurations() > 0 {
		r.saveNow(document, measured, true)
		err = r.load(ctx, document, measured)
	}
	r.conclude(document, measured, ctx.Err() != nil || err != nil)
	document.Status = results.Complete
	if ctx.Err() != nil {
		document.Status = results.Interrupted
		if errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx)) {
			err = nil
		}
	}
	document.End(r.Now())
	return err
}

// records are the plan's configurations in the document, appended unless they
// are its last ones already.
func (r *Runner) records(document *results.Document) ([]results.Configuration, error) {
	base := len(document.Configurations)
	if n := len(r.Plan.Configurations); n > 0 && slices.ContainsFunc(document.Configurations, func(c results.Configuration) bool {
		return c.Key() == Key(r.Plan.Configurations[0])
	}) {
		base = max(base-n, 0)
		for i, c := range document.Configurations[base:] {
			if want := Key(r.Plan.Configurations[i]); c.Key() != want || c.Planned != r.Plan.Environments(r.Plan.Configurations[i]) {
				return nil, fmt.Errorf("go on with a run: got %s with %d environments planned, wanted %s with %d", c.Key(), c.Planned, want, r.Plan.Environments(r.Plan.Configurations[i]))
			}
		}
		return document.Configurations[base:], nil
	}
	for _, c := range r.Plan.Configurations {
		document.Configurations = append(document.Configurations, results.Configuration{
			Runtime: c.Runtime.Name, Variant: c.Variant, Memory: c.MemoryMB, Arch: c.Arch,
			Artifact: c.Runtime.ArtifactID(variant(c).Artifact, c.Arch), Planned: r.Plan.Environments(c),
			Environments: []results.Environment{}, Rejected: []results.Rejection{}, Load: []results.LoadStep{},
		})
	}
	return document.Configurations[base:], nil
}

func (r *Runner) steps(ctx context.Context, document *results.Document, measured []results.Configuration) error {
	steps := r.Plan.Steps()
	tried, failures := progress(steps, measured)
	for i, step := range steps {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		configuration := &measured[step.Configuration]
		c := r.Plan.Configurations[step.Configuration]
		switch {
		case tried[step.Configuration] > 0: // by the run that was interrupted
			tried[step.Configuration]--
		case failures[step.Configuration] < failuresUntilGivenUp:
			refused, err := r.try(ctx, step, configuration)
			if err != nil {
				return err
			}
			if failures[step.Configuration]++; !refused {
				failures[step.Configuration] = 0
			}
			r.saveNow(document, measured, false) // and let that settle, too
			if r.Settle != nil {
				if err := r.Settle(ctx); err != nil {
					return err
				}
			}
		}
		if r.Progress != nil {
			r.Progress(i+1, len(steps), c)
		}
	}
	return r.replace(ctx, document, measured, failures)
}

// replace makes environments in place of those that were refused, in blocks of their
// own behind the others.
func (r *Runner) replace(ctx context.Context, document *results.Document, measured []results.Configuration, failures []int) error {
	next := 0
	for _, step := range r.Plan.Steps() {
		next = max(next, step.Block+1)
	}
	kinds := r.Plan.kinds()
	next = (next + kinds - 1) / kinds * kinds
	for block := next; block < next+r.Spare*kinds; block++ {
		lacking := make([]int, len(measured))
		for i, c := range measured {
			if planned := r.Plan.Configurations[i]; r.Plan.has(planned, block) && r.Plan.got(&c, block) < r.Plan.OfEachKind(planned) && failures[i] < failuresUntilGivenUp {
				lacking[i] = 1
			}
		}
		for _, step := range Order(lacking, r.Plan.Seed^uint64(block)) {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			refused, err := r.try(ctx, Step{step.Configuration, block}, &measured[step.Configuration])
			if err != nil {
				return err
			}
			if failures[step.Configuration]++; !refused {
				failures[step.Configuration] = 0
			}
			r.saveNow(document, measured, false)
		}
	}
	return nil
}

// try carries one step out, and counts what does not count among the refused.
func (r *Runner) try(ctx context.Context, step Step, configuration *results.Configuration) (refused bool, err error) {
	runtime.GC() // here, rather than in the middle of a sample
	c := r.Plan.Configurations[step.Configuration]
	var made []results.Environment
	var refusals []rejected
	if r.Plan.Burst > 0 {
		made, refusals, err = r.burst(ctx, c, step, min(r.Plan.Burst, r.Plan.OfEachKind(c)-r.Plan.got(configuration, step.Block)))
	} else {
		made = make([]results.Environment, 1)
		made[0], err = r.measure(ctx, c, step)
	}
	var refusal rejected
	if errors.As(err, &refusal) && ctx.Err() == nil {
		made, refusals, err = nil, append(refusals, refusal), nil
	}
	for _, one := range refusals {
		if len(r.Plan.ColdKinds) > 1 {
			one.reason = string(r.Plan.coldKind(step.Block)) + ": " + one.reason
		}
		refuse(configuration, one, "")
	}
	switch {
	case err == nil:
		configuration.Environments = append(configuration.Environments, made...)
		return len(made) == 0, nil
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	}
	return false, fmt.Errorf("measure %s: %w", Key(c), err)
}

// progress is how far the schedule came that these records are from: how many
// environments of each configuration were tried, and how many of the latest
// failed in a row. A configuration's environments are tried in the order of its
// blocks, so that a count says which ones.
func progress(steps []Step, measured []results.Configuration) (tried, failures []int) {
	tried, failures = make([]int, len(measured)), make([]int, len(measured))
	for i, c := range measured {
		tried[i] = len(c.Environments) + int(coldRejections(&c))
	}
	seen := make([]int, len(measured))
	for _, step := range steps {
		i := step.Configuration
		if seen[i]++; seen[i] > tried[i] {
			continue
		}
		failures[i]++
		if slices.ContainsFunc(measured[i].Environments, func(e results.Environment) bool { return e.Block == step.Block }) {
			failures[i] = 0
		}
	}
	return tried, failures
}

// coldRejections counts the environments that were refused before the load.
func coldRejections(c *results.Configuration) int64 {
	var n int64
	for _, one := range c.Rejected {
		if one.Phase != results.InLoad {
			n += one.N
		}
	}
	return n
}

// saveNow keeps the document as it would stand if the run ended now, unless that
// was done a moment ago.
func (r *Runner) saveNow(document *results.Document, measured []results.Configuration, must bool) {
	began := r.Now()
	if r.Save == nil || (!must && began.Sub(r.saved) <= max(saveEvery, saveShare*r.saving)) {
		return
	}
	document.Status = results.Interrupted
	document.End(r.Now())
	copied := *document
	copied.Configurations = slices.Clone(document.Configurations)
	r.conclude(&copied, copied.Configurations[len(copied.Configurations)-len(measured):], true)
	r.Save(&copied)
	r.saved = r.Now()
	r.saving = r.saved.Sub(began)
}

// requestID stands in Lambda's own error words; without it equal reasons count
// together.
var requestID = regexp.MustCompile(`RequestId: [0-9a-f-]{36} ?`)

func refuse(c *results.Configuration, r rejected, phase results.RejectionPhase) {
	reason := requestID.ReplaceAllString(r.reason, "")
	for i := range c.Rejected {
		if c.Rejected[i].Reason == reason && c.Rejected[i].Phase == phase {
			c.Rejected[i].N++
			return
		}
	}
	c.Rejected = append(c.Rejected, results.Rejection{Reason: reason, N: 1, Phase: phase, Evidence: r.evidence})
}

// conclude says what became of the plan's configurations.
func (r *Runner) conclude(document *results.Document, measured []results.Configuration, interrupted bool) {
	for i := range measured {
		c := &measured[i]
		conclude(c, interrupted, r.Plan.Burst > 0)
		if interrupted && c.Status == results.Measured && c.LoadReason == "" && r.Plan.pendingLoad(r.Plan.Configurations[i], c, document.Plan.SLO) {
			c.LoadReason = "The run ended before its load was complete."
		}
	}
}

// Of bursts, what was refused need not be an environment each: it does not tell how far
// the plan came.
func conclude(c *results.Configuration, interrupted, bursts bool) {
	got, refused := len(c.Environments), int(coldRejections(c))
	switch {
	case got == c.Planned:
		c.Status, c.Reason = results.Measured, ""
	case interrupted && (bursts || got+refused < c.Planned) && (got > 0 || refused < failuresUntilGivenUp):
		c.Status = results.Stopped
		c.Reason = fmt.Sprintf("The run ended after %d of %d environments.", got, c.Planned)
	case bursts && got > 0: // throttled and warm calls make environments fewer, not others
		c.Status = results.Stopped
		c.Reason = fmt.Sprintf("Its bursts made %d of %d environments.", got, c.Planned)
	case refused > 0:
		c.Status = results.Failed
		last := ""
		for _, one := range c.Rejected {
			if one.Phase != results.InLoad {
				last = one.Reason
			}
		}
		c.Reason = fmt.Sprintf("%d of %d environments do not count; the last reason: %s", c.Planned-got, c.Planned, last)
	default:
		c.Status = results.Missing
		c.Reason = fmt.Sprintf("Only %d of %d environments were made.", got, c.Planned)
	}
}
