package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
)

// Invoke sends one event and waits until the runtime asks for the next one. An
// error means that there was no invocation (ErrRequestTooLarge, ErrBusy,
// ErrClosed), that the sandbox failed, or that ctx ended, which kills the
// runtime: give it a context that does not end with an HTTP client's patience.
// What the function did wrong is in the Invocation.
func (env *Environment) Invoke(ctx context.Context, r Request) (Invocation, error) {
	if len(r.Payload) > MaxRequestBytes {
		return Invocation{}, ErrRequestTooLarge
	}
	if !env.busy.TryLock() {
		select {
		case <-env.closing:
			return Invocation{}, ErrClosed
		default:
			return Invocation{}, ErrBusy
		}
	}
	defer env.busy.Unlock()
	select {
	case <-env.closing:
		return Invocation{}, ErrClosed
	default:
	}
	inv, err := env.invoke(ctx, r)
	if err != nil {
		// Whatever it is doing now, nobody knows: the next one starts afresh.
		return Invocation{}, errors.Join(fmt.Errorf("invoke %s: %w", env.function.Name, err), env.bury(afterError))
	}
	return inv, nil
}

// bury ends the process, for one of the reasons that extensions are told. The
// environment stays.
func (env *Environment) bury(reason string) error {
	if env.process == nil {
		return nil
	}
	err := env.process.end(reason)
	env.process = nil
	return err
}

// call is an invocation in the making.
type call struct {
	Invocation
	left    time.Duration // of the function's timeout
	failure *cause        // nil: the runtime asked for the next event
	outcome runtimeapi.Outcome
	posted  bool
}

func (env *Environment) invoke(ctx context.Context, r Request) (Invocation, error) {
	c := &call{left: env.function.Timeout}
	c.RequestID, c.Cold = r.RequestID, env.calls == 0
	if c.RequestID == "" {
		c.RequestID = env.engine.options.NewID()
	}
	env.calls++
	env.log.mark()
	if env.process != nil && env.process.dead() {
		// It died between two events, so it takes no event with it.
		if err := env.bury(afterError); err != nil {
			return Invocation{}, err
		}
	}
	if env.process == nil {
		if err := env.initAgain(ctx, c); err != nil {
			return Invocation{}, err
		}
	}
	env.logStart(c.RequestID)
	if c.failure == nil {
		if err := env.exchange(ctx, c, r); err != nil {
			return Invocation{}, err
		}
	}
	env.answer(c, r)
	if r.Stream != nil && c.FunctionError == "" {
		if !c.outcome.Streamed {
			r.Stream("application/json", c.Payload)
		}
		c.Payload = nil
	}
	env.logEnd(c)
	c.LogTail = env.log.tail()
	return c.Invocation, nil
}

// initAgain starts the runtime inside the call, within the function's timeout.
func (env *Environment) initAgain(ctx context.Context, c *call) error {
	began := env.engine.options.Now()
	init, failed, err := env.boot(ctx, phaseInvoke, c.left)
	if err != nil {
		return err
	}
	c.InitAgain = env.engine.options.Now().Sub(began)
	c.left -= c.InitAgain
	if c.failure = failed; failed != nil {
		c.Duration, c.CPU, c.Memory = c.InitAgain, init.CPU, init.Memory
	}
	return nil
}

// exchange sends the event and waits for what comes of it.
func (env *Environment) exchange(ctx context.Context, c *call, r Request) error {
	now, p := env.engine.options.Now, env.process
	event := runtimeapi.Event{
		ID: c.RequestID, Payload: r.Payload, FunctionARN: env.arn, TraceID: r.TraceID,
		ClientContext: r.ClientContext, CognitoIdentity: r.CognitoIdentity, Sink: r.Stream,
	}
	if r.Answered != nil && r.Stream == nil {
		event.Answered = func(o runtimeapi.Outcome) {
			if !o.TooLarge {
				early := Invocation{RequestID: c.RequestID, Cold: c.Cold}
				early.take(o.Payload, o.ErrorType)
				r.Answered(early)
			}
		}
	}
	if len(event.Payload) == 0 {
		event.Payload = []byte("{}")
	}
	if event.TraceID == "" {
		event.TraceID = env.engine.traceID()
	}
	if err := p.rest.over(); err != nil && !p.dying() {
		return err
	}
	event.Deadline = now().Add(c.left)
	began := time.Now()
	stop := context.AfterFunc(ctx, p.api.Interrupt)
	exchanged, err := p.api.Exchange(event, c.left)
	stop()
	if err != nil {
		return err
	}
	out, end := exchanged.Out, exchanged.Ready
	if !exchanged.Over {
		end, err = env.awaitNext(ctx, c, p, c.left-time.Since(began))
		if err != nil {
			return err
		}
	}
	p.tellDone(c, end.Sub(out))
	if exchanged.Extended && c.failure == nil {
		if end, err = env.awaitExtensions(ctx, c, p, end, c.left-time.Since(began)); err != nil {
			return err
		}
	}
	c.Duration = end.Sub(out) + c.InitAgain
	if c.failure == nil {
		err := env.boundary(c, p)
		if err != nil && p.dying() {
			// It has responded, asked for more, and died.
			err, c.failure = nil, env.deathCause(p)
		}
		if err != nil {
			return err
		}
	}
	if c.failure != nil {
		if err := env.bury(c.failure.reason()); err != nil {
			return err
		}
		c.Memory = p.memory
		if used, err := p.usedCPU(); err == nil {
			c.CPU += used
		}
	}
	c.outcome, c.posted = p.api.Outcome()
	if c.posted {
		c.Response = c.outcome.At.Sub(out)
		c.ContentType = c.outcome.ContentType
	}
	if first := c.outcome.First; !first.IsZero() {
		c.FirstByte = first.Sub(out)
	}
	return nil
}

// awaitNext waits for the end of an invocation that is not over yet for any of
// the reasons why Exchange comes back.
func (env *Environment) awaitNext(ctx context.Context, c *call, p *process, most time.Duration) (time.Time, error) {
	now := env.engine.options.Now
	timer := time.NewTimer(max(most, 0))
	defer timer.Stop()
	select {
	case ready := <-p.api.Signals():
		return ready.At, nil
	case <-p.box.Done():
		c.failure = env.deathCause(p)
		return now(), nil
	case c.failure = <-p.fallen:
		return now(), nil
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	case <-env.closing:
		return time.Time{}, ErrClosed
	case <-timer.C:
		c.failure = timeoutCause(env.function.Timeout)
		return now(), nil
	}
}

// boundary takes an invocation's figures; the process may be stopped from now on.
func (env *Environment) boundary(c *call, p *process) error {
	used, err := p.usedCPU()
	if err != nil {
		return err
	}
	if err := p.pause(env.engine.options); err != nil {
		return err
	}
	c.CPU, c.Memory = used, p.memory
	if c.Cold && env.function.ColdCode {
		c.Reads, err = p.box.Reads()
	}
	return err
}

// answer says what the caller gets: what was posted if anything was, even by a
// runtime that has died since, else why nothing was.
func (env *Environment) answer(c *call, r Request) {
	switch o := c.outcome; {
	case c.posted && o.TooLarge:
		c.take(tooLargeBody(r.Stream != nil && o.Streamed), typeTooLarge)
	case c.posted && o.Truncated && c.failure == nil:
		c.take(errorBody(o.ErrorType, "RequestId: "+c.RequestID+" Error: the response stream broke off"), o.ErrorType)
	case c.posted && !o.Truncated:
		c.take(o.Payload, o.ErrorType)
	default:
		c.take(c.failure.payload(c.RequestID), c.failure.kind)
	}
	c.Crashed = c.failure != nil
	if c.Crashed {
		c.Extension = c.failure.extension
	}
	c.Report = env.reportLine(c)
}

// take has an answer; one with a type is an error.
func (inv *Invocation) take(payload []byte, errorType string) {
	inv.Payload, inv.ErrorType = payload, errorType
	if errorType != "" {
		inv.FunctionError = Unhandled
	}
}

func (env *Environment) reportLine(c *call) report.Line {
	f := env.function
	resolution := report.TextResolution
	if f.LogFormat == JSON {
		resolution = report.JSONResolution
	}
	line := report.Line{
		Kind: report.Invoke, RequestID: c.RequestID,
		MemorySizeMB: f.MemoryMB, MaxMemoryUsedMB: megabytes(c.Memory),
	}
	duration := c.Duration
	var init time.Duration
	if c.Cold && env.init.Err == nil {
		if f.SnapStart {
			line.Restore = env.init.Restore.Round(resolution)
			line.BilledRestore = report.Bill(env.init.Restore)
			init = line.BilledRestore
		} else {
			line.Init = env.init.Wall.Round(resolution)
			init = env.init.Wall
		}
	}
	switch {
	case c.failure != nil:
		line.Status, line.ErrorType = c.failure.status, c.failure.kind
		switch c.failure.kind {
		case typeTimeout:
			// Lambda reports and bills the timeout itself.
			duration, line.ErrorType = f.Timeout, ""
		case typeMemory:
			line.MaxMemoryUsedMB = max(line.MaxMemoryUsedMB, f.MemoryMB)
		}
	case c.ErrorType != "" && f.LogFormat == JSON:
		line.Status, line.ErrorType = "error", c.ErrorType
	}
	line.Duration = duration.Round(resolution)
	line.Billed = report.Bill(init, duration)
	return line
}
