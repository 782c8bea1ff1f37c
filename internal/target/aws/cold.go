package aws

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Supports says why a configuration has no cold starts of a kind.
func (t *Target) Supports(c target.Config, kind results.ColdKind) error {
	f, _ := t.function(c)
	hosting := c.Runtime.Variants[c.Variant].Hosting
	provisioned := hosting == config.HostingProvisioned
	switch {
	case hosting == config.HostingInstances:
		return fault.Usage("leave it out: bench load and your own programs can call it", "--hosting %s:%s: what runs on instances is there before anybody calls it, and more than one at a time: no run could make a cold start of it", c.Runtime.Name, hosting)
	case hosting == config.HostingHTTP:
		return fault.Usage("say --vantage http", "--vantage invoke: %s is set apart by its HTTP API alone, which Invoke goes past", f.Name)
	case kind == results.Provisioned && !provisioned:
		return fault.Usage("name what keeps environments ready with --hosting, such as go:provisioned", "--cold %s: %s keeps no environment ready", kind, f.Name)
	case kind != results.Provisioned && provisioned:
		return fault.Usage("say --cold provisioned, too", "--cold %s: %s keeps environments ready, which is all that sets it apart", kind, f.Name)
	case kind.FromSnapshot() && !f.SnapStart:
		return fault.Usage("name those that have it with --runtime, or deploy it: cdk deploy -c variant=kotlin:snapstart",
			"--cold %s: %s has no SnapStart", kind, f.Name)
	}
	return nil
}

// use is when a function's unpublished version was called last, and with which memory.
type use struct {
	memoryMB int
	at       time.Time
}

// aged is a version that was published to be called later.
type aged struct {
	version string
	at      time.Time
}

// Cold makes the next call meet a new environment, which comes to be with it: its
// REPORT has its init. More than one at a time can't be told apart: Invoke does not say
// which environment has answered.
func (s *session) Cold(ctx context.Context, kind results.ColdKind, n int) ([]target.Environment, error) {
	if !slices.Contains(results.KindsInAWS(), kind) || n != 1 {
		return nil, fault.Usage(fmt.Sprintf("in AWS there are %q, one at a time", results.KindsInAWS()), "%d cold starts of kind %q can't be made at once", n, kind)
	}
	s.kind, s.calls, s.version = kind, 0, ""
	s.environment = s.function.Name + "/" + s.target.mark()
	var failure string
	var err error
	switch kind {
	case results.Forced:
		_, err = s.force(ctx)
	case results.ScaleOut:
		if _, err = s.force(ctx); err == nil {
			failure, err = s.warm(ctx)
		}
	case results.Idle:
		failure, err = s.idle(ctx)
	case results.Restored:
		if s.version, err = s.publish(ctx); err == nil {
			err = s.target.account.ready(ctx, s.function.Name, s.version)
		}
	case results.RestoredAged:
		failure, err = s.age(ctx)
	case results.Provisioned:
		s.version, err = s.provision(ctx)
	}
	if err != nil {
		return nil, err
	}
	return []target.Environment{{ID: s.environment, Failure: failure}}, nil
}

// look returns the function as it is now, unless somebody else has changed it.
func (s *session) look(ctx context.Context) (Function, error) {
	now, err := s.target.account.Look(ctx, s.function.Name)
	if err != nil {
		return Function{}, err
	}
	if !maps.Equal(unmarked(now.Variables), unmarked(s.function.Variables)) || now.CodeSHA256 != s.function.CodeSHA256 {
		return Function{}, fault.New("measure again when nobody deploys there", "somebody else has changed %s in the meantime", s.function.Name)
	}
	return now, nil
}

func unmarked(variables map[string]string) map[string]string {
	others := maps.Clone(variables)
	delete(others, mark)
	return others
}

// force changes the configuration, so that no environment is left that can answer.
func (s *session) force(ctx context.Context) (Function, error) {
	now, err := s.look(ctx)
	if err != nil {
		return Function{}, err
	}
	wanted := unmarked(s.function.Variables)
	if wanted == nil {
		wanted = map[string]string{}
	}
	wanted[mark] = s.target.mark()
	return s.target.account.configure(ctx, now, s.memoryMB, wanted)
}

// warm makes an environment whose calls do not count, and says why there is none.
func (s *session) warm(ctx context.Context) (failure string, err error) {
	reply, err := s.call(ctx, target.Request{Method: http.MethodGet, Path: s.prefix + "/items", Header: http.Header{"Accept": {"application/json"}}})
	if reply.Failure != "" {
		failure = "the call that warms it: " + reply.Failure
	}
	return failure, err
}

// idle waits until nobody has called the function for as long as was asked for. Its
// environment is Lambda's to end: whether it did, the next call's REPORT says.
func (s *session) idle(ctx context.Context) (failure string, err error) {
	if _, err := s.look(ctx); err != nil {
		return "", err
	}
	if last, called := s.target.used[s.function.Name]; !called || last.memoryMB != s.memoryMB {
		if _, err := s.force(ctx); err != nil {
			return "", err
		}
		if failure, err := s.warm(ctx); err != nil || failure != "" {
			return failure, err
		}
	}
	return "", s.target.wait(ctx, s.function.Name, s.target.used[s.function.Name].at.Add(s.target.options.Idle))
}

// publish makes a version with a configuration of its own.
func (s *session) publish(ctx context.Context) (version string, err error) {
	now, err := s.force(ctx)
	if err != nil {
		return "", err
	}
	return s.target.account.publish(ctx, now, now.Variables[mark])
}

// age takes the oldest version that nobody has called, and waits until it has aged.
func (s *session) age(ctx context.Context) (failure string, err error) {
	kept := s.target.aged[s.key()]
	if len(kept) == 0 {
		return "no version is left that has aged", nil
	}
	oldest := kept[0]
	s.target.aged[s.key()] = kept[1:]
	s.version = oldest.version
	if err := s.target.account.ready(ctx, s.function.Name, s.version); err != nil {
		return "", err
	}
	return "", s.target.wait(ctx, s.function.Name+":"+s.version, oldest.at.Add(s.target.options.Age))
}

func (s *session) key() string { return fmt.Sprintf("%s/%d", s.function.Name, s.memoryMB) }

// PublishAged publishes versions of a configuration that will be called when they have
// aged. Their snapshots are made meanwhile.
func (t *Target) PublishAged(ctx context.Context, c target.Config, n int) error {
	s, err := t.open(c)
	if err != nil {
		return err
	}
	for range n {
		version, err := s.publish(ctx)
		if err != nil {
			return err
		}
		t.aged[s.key()] = append(t.aged[s.key()], aged{version, t.options.Now()})
	}
	return nil
}

// wait blocks until a moment, and tells of it before.
func (t *Target) wait(ctx context.Context, what string, until time.Time) error {
	d := until.Sub(t.options.Now())
	if d <= 0 {
		return ctx.Err()
	}
	if t.options.Waiting != nil {
		t.options.Waiting(what, until)
	}
	return t.options.Wait(ctx, d)
}

// mark is a new value of the variable, of this run alone.
func (t *Target) mark() string {
	t.changes++
	return fmt.Sprintf("%s-%d", t.run, t.changes)
}
