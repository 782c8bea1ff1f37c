package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// rejected is a sample that does not count, and why.
type rejected struct{ reason, evidence string }

func (r rejected) Error() string { return r.reason }

// reject makes a refusal that is counted, as opposed to a fault of the tool.
func reject(format string, args ...any) error { return rejected{reason: fmt.Sprintf(format, args...)} }

// rejectWith keeps what the failure left beside the reason.
func rejectWith(evidence, format string, args ...any) error {
	return rejected{fmt.Sprintf(format, args...), evidence}
}

// measure makes one new environment of c and sends it its first call and its
// warm calls. A rejected error means that the environment does not count; any
// other one that the run can't go on.
func (r *Runner) measure(ctx context.Context, c target.Config, step Step) (results.Environment, error) {
	session, err := r.Target.Open(ctx, c)
	if err != nil {
		return results.Environment{}, err
	}
	environment, err := r.sample(ctx, session, c, step)
	if _, closeErr := session.Close(context.WithoutCancel(ctx)); err == nil {
		err = closeErr
	}
	return environment, err
}

func (r *Runner) sample(ctx context.Context, session target.Session, c target.Config, step Step) (results.Environment, error) {
	kind := r.Plan.coldKind(step.Block)
	made, err := session.Cold(ctx, kind, 1)
	if err != nil {
		return results.Environment{}, err
	}
	env := made[0]
	if env.Failure != "" {
		return results.Environment{}, rejectWith(printed(env.Output, env.Hint), "init: %s", env.Failure)
	}
	record := results.Environment{
		ID: env.ID, Block: step.Block, Kind: kind,
		Init:       results.Init{WallMs: results.Ms(env.Init.Wall), CPUMs: ms(env.Init.CPU), Extensions: env.Init.Extensions},
		Operations: map[string]results.Operation{},
		Curve:      []results.CurvePoint{},
	}
	record.Memory.AfterInit, record.Memory.AnonAfterInit = bytes(env.Init.Memory.Peak), bytes(env.Init.Memory.Anon)

	seed := r.Plan.Seed ^ uint64(step.Block)<<16 ^ uint64(step.Configuration)
	client := r.Plan.traffic(c, seed)
	anon, reported := env.Init.Memory.Anon, false
	warm := r.Plan.Workload.WarmCalls
	if kind == results.ScaleOut { // which of a burst's environments answers a later call can't be told
		warm = 0
	}
	for index, call := range client.Calls(warm, seed) {
		if index > 0 {
			if err := r.Wait(ctx, r.Plan.Workload.Pacing); err != nil {
				return record, err
			}
		}
		request, want := client.Request(call)
		reply, err := session.Do(ctx, env.ID, request)
		if err != nil {
			return record, err
		}
		if err := temperature(env.ID, index, reply); err != nil {
			return record, err
		}
		anon = max(anon, reply.Memory.Anon)
		record.Memory.Peak = bytes(reply.Memory.Peak)
		reported = reported || reply.Report != nil
		if index == 0 {
			if why := want.wrong(reply); why != "" {
				return record, rejectWith(evidence(reply), "first call: %s", why)
			}
			record.FirstCall = results.FirstCall{Operation: call.Operation, Times: times(reply)}
			if reply.Report != nil {
				record.Init = results.Init{WallMs: results.Ms(reply.Report.Init + reply.Report.Restore)}
			}
			record.Burst = reply.Burst
			if kind == results.Disk {
				reads := results.Reads(reply.Reads)
				record.Reads = &reads
			}
			if reply.Handshake > 0 {
				record.FirstCall.TLSMs = ms(reply.Handshake)
			}
		} else {
			if reply.Dead {
				return record, rejectWith(printed(string(reply.Log), reply.Hint), "warm call %d: %s", index, gone(want, reply))
			}
			if err := count(&record, index, call, reply, want); err != nil {
				return record, err
			}
		}
		client.Learn(call, request, reply)
	}
	record.Memory.Anon = bytes(anon)
	if reported { // a REPORT has the peak alone
		record.Memory = results.EnvironmentMemory{Peak: record.Memory.Peak}
	}
	return record, nil
}

// temperature refuses what is not what it seems: a sample is cold only with an
// init of its own, warm only without one, and of this environment only if it
// says so.
func temperature(environment string, index int, reply target.Reply) error {
	switch {
	case reply.Environment != environment:
		return reject("call %d was answered by another environment", index)
	case index == 0 && !reply.Cold && reply.Burst != nil:
		return reject("no call of the burst was cold: %s", reply.Failure)
	case index == 0 && !reply.Cold:
		return reject("the first call was not cold")
	case index > 0 && reply.Cold:
		return reject("warm call %d was cold", index)
	}
	return nil
}

// gone says why an environment answers no more: it may have ended behind a right
// answer.
func gone(w want, reply target.Reply) string {
	if why := w.wrong(reply); why != "" {
		return why
	}
	return "the runtime ended behind its answer"
}

// count adds a warm call to its operation's histograms and to the curve. A
// wrong answer is an error of the cell and is in no histogram.
func count(record *results.Environment, index int, call Call, reply target.Reply, w want) error {
	name := call.Operation
	operation, ok := record.Operations[name]
	if !ok {
		operation.HDR = results.HDR{DurationMs: results.NewHistogram()}
		if reply.Report != nil {
			operation.HDR.ClientMs = results.NewHistogram()
		} else {
			operation.HDR.ResponseMs, operation.HDR.CPUMs, operation.HDR.DBMs = results.NewHistogram(), results.NewHistogram(), results.NewHistogram()
		}
	}
	if why := w.wrong(reply); why != "" {
		if operation.Errors == 0 {
			operation.Wrong = beginning(strings.TrimRight(why+": "+evidence(reply), ": "), 2*evidenceBytes) // a status and what was left
		}
		operation.Errors++
		record.Operations[name] = operation
		return nil
	}
	operation.N++
	for _, one := range []struct {
		histogram *results.Histogram
		value     time.Duration
	}{
		{operation.HDR.ClientMs, reply.Client}, {operation.HDR.ResponseMs, reply.Response}, {operation.HDR.DurationMs, reply.Duration},
		{operation.HDR.CPUMs, reply.CPU}, {operation.HDR.DBMs, reply.Database},
	} {
		if one.histogram == nil { // not known here
			continue
		}
		if err := one.histogram.Record(one.value); err != nil {
			return err
		}
	}
	if reply.FirstByte > 0 {
		if operation.HDR.FirstByteMs == nil {
			operation.HDR.FirstByteMs = results.NewHistogram()
		}
		if err := operation.HDR.FirstByteMs.Record(reply.FirstByte); err != nil {
			return err
		}
	}
	record.Operations[name] = operation
	if len(record.Curve) < results.MaxCurve {
		record.Curve = append(record.Curve, results.CurvePoint{Index: index, Operation: name, Times: times(reply)})
	}
	return nil
}

func times(reply target.Reply) results.Times {
	if reply.Report != nil {
		return results.Times{ClientMs: ms(reply.Client), DurationMs: ms(reply.Duration)}
	}
	t := results.Times{
		ResponseMs: ms(reply.Response), DurationMs: ms(reply.Duration),
		CPUMs: ms(reply.CPU), DBMs: ms(reply.Database),
	}
	if reply.FirstByte > 0 {
		t.FirstByteMs = ms(reply.FirstByte)
	}
	return t
}

func ms(d time.Duration) *float64 {
	value := results.Ms(d)
	return &value
}

func bytes(n int64) *int64 { return &n }

func prefix(r config.Runtime) string {
	if len(r.Prefixes) == 0 {
		return ""
	}
	return r.Prefixes[0]
}
