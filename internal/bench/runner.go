package bench

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// failuresUntilGivenUp is how many of a configuration's environments in a row
// may fail before the rest of them is not tried any more: a runtime that can't
// start at 128 MB would otherwise cost ten seconds an environment.
const failuresUntilGivenUp = 3

// saveEvery bounds what a killed run loses.
const saveEvery = 30 * time.Second

// Runner carries a plan out. All fields but Progress, Save and Settle are wanted.
type Runner struct {
	Target target.Target
	Plan   Plan
	Now    func() time.Time
	// Wait blocks for d or until ctx ends.
	Wait func(ctx context.Context, d time.Duration) error
	// Settle waits until the machine is idle again after a teardown.
	Settle func(ctx context.Context) error
	// Progress hears of every finished step.
	Progress func(done, total int, c target.Config)
	// Save keeps an unfinished document, so that a killed run loses little.
	Save func(*results.Document) error
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

// Run carries out the cold and warm phases and writes what it measures into
// document, behind the Configurations that it has already. When ctx ends, the document keeps
// the finished environments, is marked as interrupted, and Run returns nil:
// what was measured is a result too. An error is a fault of the tool, and
// everything that was measured before it is in the document as well.
func (r *Runner) Run(ctx context.Context, document *results.Document) error {
	document.Plan = r.Plan.Record()
	document.Seed = r.Plan.Seed
	base := len(document.Configurations)
	for _, c := range r.Plan.Configurations {
		document.Configurations = append(document.Configurations, results.Configuration{
			Runtime: c.Runtime.Name, Variant: c.Variant, Memory: c.MemoryMB, Arch: c.Arch,
			Artifact: c.Runtime.ArtifactID(variant(c).Artifact, c.Arch), Planned: r.Plan.Environments(c),
			Environments: []results.Environment{}, Rejected: []results.Rejection{}, Load: []results.LoadStep{},
		})
	}
	measured := document.Configurations[base:]
	document.Plan.Families = results.Families(document.Runtimes, document.Configurations)
	err := r.steps(ctx, document, measured)
	for i := range measured {
		conclude(&measured[i], ctx.Err() != nil || err != nil)
	}
	document.Status = results.Complete
	if ctx.Err() != nil {
		document.Status = results.Interrupted
		if errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx)) {
			err = nil
		}
	}
	document.Ended = r.Now().UTC()
	return err
}

func (r *Runner) steps(ctx context.Context, document *results.Document, measured []results.Configuration) error {
	steps := r.Plan.Steps()
	failures := make([]int, len(measured)) // in a row
	saved := r.Now()
	for i, step := range steps {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		configuration := &measured[step.Configuration]
		c := r.Plan.Configurations[step.Configuration]
		if failures[step.Configuration] < failuresUntilGivenUp {
			runtime.GC() // here, rather than in the middle of a sample
			environment, err := r.measure(ctx, c, step)
			var refusal rejected
			switch {
			case err == nil:
				failures[step.Configuration] = 0
				configuration.Environments = append(configuration.Environments, environment)
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case errors.As(err, &refusal):
				failures[step.Configuration]++
				refuse(configuration, refusal.reason)
			default:
				return fmt.Errorf("measure %s: %w", Key(c), err)
			}
			if r.Settle != nil {
				if err := r.Settle(ctx); err != nil {
					return err
				}
			}
		}
		if r.Save != nil && r.Now().Sub(saved) > saveEvery {
			document.Status, document.Ended = results.Interrupted, r.Now().UTC()
			if err := r.Save(snapshot(document, measured)); err != nil {
				return err
			}
			saved = r.Now()
		}
		if r.Progress != nil {
			r.Progress(i+1, len(steps), c)
		}
	}
	return nil
}

// snapshot is the document as it would stand if the run ended now.
func snapshot(document *results.Document, measured []results.Configuration) *results.Document {
	copied := *document
	before := document.Configurations[:len(document.Configurations)-len(measured)]
	copied.Configurations = append([]results.Configuration{}, before...)
	for _, configuration := range measured {
		conclude(&configuration, true)
		copied.Configurations = append(copied.Configurations, configuration)
	}
	return &copied
}

// requestID stands in Lambda's own error words; without it equal reasons count
// together.
var requestID = regexp.MustCompile(`RequestId: [0-9a-f-]{36} `)

func refuse(c *results.Configuration, reason string) {
	reason = requestID.ReplaceAllString(reason, "")
	for i := range c.Rejected {
		if c.Rejected[i].Reason == reason {
			c.Rejected[i].N++
			return
		}
	}
	c.Rejected = append(c.Rejected, results.Rejection{Reason: reason, N: 1})
}

// conclude says what became of a configuration.
func conclude(c *results.Configuration, interrupted bool) {
	got := len(c.Environments)
	switch {
	case got == c.Planned:
		c.Status, c.Reason = results.Measured, ""
	case len(c.Rejected) > 0:
		c.Status = results.Failed
		last := c.Rejected[len(c.Rejected)-1]
		c.Reason = fmt.Sprintf("%d of %d environments do not count; the last reason: %s", c.Planned-got, c.Planned, last.Reason)
	case interrupted:
		c.Status = results.Stopped
		c.Reason = fmt.Sprintf("The run ended after %d of %d environments.", got, c.Planned)
	default:
		c.Status = results.Missing
		c.Reason = fmt.Sprintf("Only %d of %d environments were made.", got, c.Planned)
	}
}
