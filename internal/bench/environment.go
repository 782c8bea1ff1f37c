package bench

import (
	"cmp"
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
	s, err := r.sample(ctx, session, c, step)
	late, closeErr := session.Close(ctx)
	if err == nil {
		err = closeErr
	}
	if err == nil {
		err = s.join(late)
	}
	return s.record, err
}

// sample is one environment that is being measured.
type sample struct {
	record   results.Environment
	anon     int64
	reported bool
	pending  []answered // whose reports arrive late
}

// answered is a call with its answer.
type answered struct {
	index int // 0 is the first call
	call  Call
	reply target.Reply
	want  want
}

func (r *Runner) sample(ctx context.Context, session target.Session, c target.Config, step Step) (sample, error) {
	kind := r.Plan.coldKind(step.Block)
	made, err := session.Cold(ctx, kind, 1)
	if err != nil {
		return sample{}, err
	}
	env := made[0]
	if env.Failure != "" {
		return sample{}, rejectWith(printed(env.Output, env.Hint), "init: %s", env.Failure)
	}
	s := newSample(env, kind, step)
	seed := r.Plan.seed(step)
	client := r.Plan.traffic(c, seed)
	warm := r.Plan.Workload.WarmCalls
	if kind == results.ScaleOut { // which of a burst's environments answers a later call can't be told
		warm = 0
	}
	for index, call := range client.Calls(warm, seed) {
		if index > 0 {
			if err := r.Wait(ctx, r.Plan.Workload.Pacing); err != nil {
				return s, err
			}
		}
		request, want := client.Request(call)
		reply, err := session.Do(ctx, env.ID, request)
		if err != nil {
			return s, err
		}
		one := answered{index, call, reply, want}
		if reply.Pending {
			if err := one.alive(); err != nil {
				return s, err
			}
			s.pending = append(s.pending, one)
		} else if err := s.take(one); err != nil {
			return s, err
		}
		client.Learn(call, request, reply)
	}
	s.finish()
	return s, nil
}

func newSample(env target.Environment, kind results.ColdKind, step Step) sample {
	s := sample{anon: env.Init.Memory.Anon, record: results.Environment{
		ID: env.ID, Block: step.Block, Kind: kind,
		Init:       results.Init{WallMs: results.Ms(env.Init.Wall), CPUMs: ms(env.Init.CPU), Extensions: env.Init.Extensions},
		Operations: map[string]results.Operation{},
		Curve:      []results.CurvePoint{},
	}}
	s.record.Memory.AfterInit, s.record.Memory.AnonAfterInit = bytes(env.Init.Memory.Peak), bytes(env.Init.Memory.Anon)
	return s
}

// take adds a call to the record, or refuses the environment.
func (s *sample) take(a answered) error {
	reply, record := a.reply, &s.record
	if err := temperature(record.ID, a.index, reply); err != nil {
		return err
	}
	s.anon = max(s.anon, reply.Memory.Anon)
	record.Memory.Peak = bytes(reply.Memory.Peak)
	s.reported = s.reported || reply.Report != nil
	if err := a.alive(); err != nil {
		return err
	}
	if a.index > 0 {
		return count(record, a.index, a.call, reply, a.want)
	}
	record.FirstCall = results.FirstCall{Operation: a.call.Operation, Times: times(reply), Client: reply.Phases}
	if reply.Report != nil {
		record.Init = results.Init{WallMs: results.Ms(reply.Report.Init + reply.Report.Restore)}
	}
	record.Burst = reply.Burst
	if record.Kind == results.Disk {
		reads := results.Reads(reply.Reads)
		record.Reads = &reads
	}
	if reply.Handshake > 0 {
		record.FirstCall.TLSMs = ms(reply.Handshake)
	}
	return nil
}

// alive refuses an environment whose first call was wrong, or that answers no more.
func (a answered) alive() error {
	if a.index == 0 {
		if why := a.want.wrong(a.reply); why != "" {
			return rejectWith(evidence(a.reply), "first call: %s", why)
		}
		return nil
	}
	if a.reply.Dead {
		return rejectWith(printed(string(a.reply.Log), a.reply.Hint), "warm call %d: %s", a.index, gone(a.want, a.reply))
	}
	return nil
}

func (s *sample) finish() {
	s.record.Memory.Anon = bytes(s.anon)
	if s.reported { // a REPORT has the peak alone
		s.record.Memory = results.EnvironmentMemory{Peak: s.record.Memory.Peak}
	}
}

// join gives the calls their reports that came late. Each must have one, and all that of
// the first call's environment.
func (s *sample) join(late []target.Report) error {
	if len(s.pending) == 0 {
		return nil
	}
	by := map[string]target.Report{}
	for _, report := range late {
		by[report.RequestID] = report
	}
	missing, why := 0, ""
	for _, a := range s.pending {
		report, ok := by[a.reply.RequestID]
		if !ok || report.Missing != "" {
			missing++
			why = cmp.Or(why, report.Missing, "it came in no log")
		}
	}
	if missing > 0 {
		return reject("%d of %d calls have no REPORT, the first of them since %s", missing, len(s.pending), why)
	}
	first := by[s.pending[0].reply.RequestID].Environment
	for _, a := range s.pending {
		report := by[a.reply.RequestID]
		a.reply.Report, a.reply.Duration, a.reply.Memory = &report, report.Duration, target.Memory{Peak: report.MaxMemory}
		a.reply.Cold = report.Init+report.Restore > 0
		if report.Environment != first {
			return reject("warm call %d was answered by another environment", a.index)
		}
		if err := s.take(a); err != nil {
			return err
		}
	}
	s.finish()
	return nil
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
