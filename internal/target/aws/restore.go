package aws

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/awsjournal"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Restored says what became of a function of a journal.
type Restored struct {
	Name string
	Gone bool // there is no such function any more
	Same bool // it was as the journal has it
	// Versions is how many were deleted that the run had published.
	Versions int
}

// Restore configures every function as the journal has it, and goes on with the others
// where that fails for one. A function that is neither so, nor as the journal's run left
// it, was changed by somebody since: it is left alone and is an error, unless force.
func (a *Account) Restore(ctx context.Context, j awsjournal.Journal, force bool) ([]Restored, error) {
	if a.ID != j.Account || a.Region != j.Region {
		return nil, fault.New("choose the AWS_PROFILE of the journal's account", "the journal is of account %s in %s: got credentials of %s in %s",
			(&Account{ID: j.Account}).Masked(), j.Region, a.Masked(), a.Region)
	}
	var done []Restored
	var errs []error
	for _, f := range j.Functions {
		one, err := a.restore(ctx, j.Run, f, force)
		if f.Publishes && !one.Gone {
			var failed error
			one.Versions, failed = a.unpublishAll(ctx, j.Run, f.Name, f.Provisions)
			err = errors.Join(err, failed)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		done = append(done, one)
	}
	return done, errors.Join(errs...)
}

func (a *Account) restore(ctx context.Context, run string, f awsjournal.Function, force bool) (Restored, error) {
	one := Restored{Name: f.Name}
	now, err := a.Look(ctx, f.Name)
	switch {
	case errors.Is(err, errGone):
		one.Gone = true
		return one, nil
	case err != nil:
		return one, err
	case now.is(f.MemoryMB, f.Variables):
		one.Same = true
		return one, nil
	case !force && !left(run, f, now):
		return one, fault.New("look at it, then say --force to put back what the journal has: its memory size and its environment variables",
			"%s was changed by somebody else since: it is left as it is", f.Name)
	}
	_, err = a.configure(ctx, now, f.MemoryMB, f.Variables)
	return one, err
}

// left tells whether a function is as the run left it.
func left(run string, f awsjournal.Function, now Function) bool {
	if !ours(run, now.Variables[mark]) || now.MemoryMB != f.MemoryMB && !slices.Contains(f.SizesMB, now.MemoryMB) {
		return false
	}
	return maps.Equal(unmarked(now.Variables), unmarked(f.Variables))
}
