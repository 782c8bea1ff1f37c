package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
)

// boot starts the runtime and waits until it asks for an event, at most for the
// given time. Without an error either the process is up or there is a cause why
// it is not.
func (env *Environment) boot(ctx context.Context, in phase, limit time.Duration) (Init, *cause, error) {
	began := env.engine.options.Now()
	p, failed, err := env.spawn(ctx)
	if err != nil {
		return Init{}, nil, err
	}
	if failed != nil {
		init := Init{Wall: env.engine.options.Now().Sub(began)}
		env.reportInit(init, in, failed)
		return init, failed, nil
	}
	if in == phaseInvoke {
		// The burst is for init alone: what is repeated inside a call has the
		// call's share.
		if err := p.box.LimitCPU(CPUQuota(env.function.MemoryMB)); err != nil && !p.dying() {
			return Init{}, nil, errors.Join(err, p.end(afterError))
		}
	}
	init, failed, err := env.awaitReady(ctx, p, limit)
	if err == nil && failed == nil {
		err = env.takeInit(p, in, &init)
		if err != nil && p.dying() {
			err, failed = nil, env.deathCause(p)
		}
	}
	if err != nil {
		return Init{}, nil, errors.Join(err, p.end(afterError))
	}
	if failed != nil {
		if err := p.end(failed.reason()); err != nil {
			return Init{}, nil, err
		}
		// It may have posted something with its last breath.
		select {
		case s := <-p.api.Signals():
			if s.Kind == runtimeapi.Failed {
				failed = postedCause(s.Failure.Type, s.Failure.Payload)
			}
		default:
		}
		init.CPU, _ = p.usedCPU() // Its last figure; none is as good as zero here.
		init.Memory = p.memory
		env.reportInit(init, in, failed)
		return init, failed, nil
	}
	if env.function.SnapStart {
		env.reportInit(init, in, nil)
	}
	env.process = p
	return init, nil, nil
}

// takeInit takes the figures of init and then, and never before, limits the CPU.
func (env *Environment) takeInit(p *process, in phase, init *Init) error {
	if in == phaseInit {
		var err error
		if init.CPU, err = p.usedCPU(); err != nil {
			return err
		}
		if err := p.box.LimitCPU(CPUQuota(env.function.MemoryMB)); err != nil {
			return err
		}
	}
	if in == phaseInvoke {
		// The call goes on at once.
		memory, err := p.box.Memory()
		init.Memory, p.memory = memory, memory
		return err
	}
	if err := p.pause(env.engine.options); err != nil {
		return err
	}
	init.Memory = p.memory
	return nil
}

// awaitReady waits for the end of init.
func (env *Environment) awaitReady(ctx context.Context, p *process, limit time.Duration) (init Init, failed *cause, err error) {
	now, started := env.engine.options.Now, p.box.Started()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var restored time.Time
	over := func(c *cause, at time.Time) (Init, *cause, error) {
		if restored.IsZero() {
			init.Wall = at.Sub(started)
		} else {
			init.Restore = at.Sub(restored)
		}
		return init, c, nil
	}
	if !p.released {
		late, failed, err := env.settled(ctx, p, p.api.Registered(), timer.C)
		if late {
			failed = timeoutCause(limit)
		}
		if err != nil || failed != nil {
			init, failed, _ = over(failed, now())
			return init, failed, err
		}
		if err := p.box.Release(ctx); unexecutable(err) {
			fmt.Fprintf(env.log, "%v\n", err)
			return over(entrypointCause(), now())
		} else if err != nil {
			return init, nil, err
		}
		p.released = true
	}
	for {
		select {
		case s := <-p.api.Signals():
			switch s.Kind {
			case runtimeapi.Ready:
				at, round := s.At, p.api.CloseRegistration()
				if round != nil {
					late, failed, err := env.settled(ctx, p, round.Done, timer.C)
					if late {
						failed = timeoutCause(limit)
					}
					if err != nil || failed != nil {
						init, failed, _ = over(failed, now())
						return init, failed, err
					}
					if round.At().After(at) {
						at = round.At()
					}
				}
				env.logExtensions(p)
				return over(nil, at)
			case runtimeapi.RestoreReady:
				// Here Lambda takes the snapshot; what follows is a restore
				// without one.
				init.Wall, restored = s.At.Sub(started), now()
				if err := p.api.Restored(); err != nil && !p.dying() {
					return init, nil, err
				}
				timer.Reset(DefaultInitTimeout)
			case runtimeapi.Failed:
				select {
				case <-p.box.Done():
				case <-time.After(exitLimit):
				}
				return over(postedCause(s.Failure.Type, s.Failure.Payload), s.At)
			}
		case <-p.box.Done():
			return over(env.deathCause(p), now())
		case failed := <-p.fallen:
			return over(failed, now())
		case <-timer.C:
			return over(timeoutCause(limit), now())
		case <-ctx.Done():
			return init, nil, context.Cause(ctx)
		case <-env.closing:
			return init, nil, ErrClosed
		}
	}
}

func (env *Environment) deathCause(p *process) *cause {
	<-p.box.Done()
	c := exitCause(p.box.Exit())
	if fatal := p.api.Fatal(); fatal != "" { // an internal extension has said so before
		c.kind = fatal
	}
	return c
}
