package engine

import (
	"encoding/json"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
)

// platformEvent writes an event of JSON logging.
func (env *Environment) platformEvent(kind string, record any) {
	data, err := json.Marshal(struct {
		Time   string `json:"time"`
		Type   string `json:"type"`
		Record any    `json:"record"`
	}{env.engine.options.Now().UTC().Format(report.TimeFormat), kind, record})
	if err != nil {
		panic(err) // Records are structs of strings and numbers.
	}
	env.log.Write(append(data, '\n'))
}

// logInitStart has no line in text format: Lambda's INIT_START names a version
// of the managed runtime, and this machine has none.
func (env *Environment) logInitStart() {
	f := env.function
	if f.LogFormat != JSON {
		return
	}
	env.platformEvent("platform.initStart", struct {
		InitializationType string `json:"initializationType"`
		Phase              string `json:"phase"`
		RuntimeVersion     string `json:"runtimeVersion"`
		FunctionName       string `json:"functionName"`
		FunctionVersion    string `json:"functionVersion"`
		InstanceID         string `json:"instanceId"`
		InstanceMaxMemory  int    `json:"instanceMaxMemory"`
	}{f.initializationType(), string(phaseInit), f.LambdaRuntime, f.Name, f.Version, env.logStream, f.MemoryMB << 20})
}

// reportInit writes INIT_REPORT, and RESTORE_REPORT where there was a restore.
// It is written for an init that failed; for others SnapStart alone has one.
func (env *Environment) reportInit(init Init, in phase, failed *cause) {
	line := report.Line{Kind: report.Init, Init: init.Wall, Phase: string(in)}
	restored := init.Restore > 0
	if failed != nil && !restored {
		line.Status, line.ErrorType = failed.report()
	}
	if failed != nil || env.function.SnapStart {
		env.writeReport(line)
	}
	if restored {
		line := report.Line{Kind: report.Restore, Restore: init.Restore}
		if failed != nil {
			line.Status, line.ErrorType = failed.report()
		}
		env.writeReport(line)
	}
}

// report is status and error type as a report line has them.
func (c *cause) report() (status, errorType string) {
	if c.status == "timeout" {
		return c.status, ""
	}
	return c.status, c.kind
}

func (env *Environment) writeReport(line report.Line) {
	if env.function.LogFormat == JSON {
		env.log.Write(line.AppendJSON(nil, env.engine.options.Now(), env.function.initializationType()))
		return
	}
	env.log.Write(line.AppendText(nil))
}

// started is the record of platform.start.
type started struct {
	RequestID   string `json:"requestId"`
	FunctionARN string `json:"functionArn"`
	Version     string `json:"version"`
}

func (env *Environment) logStart(requestID string) {
	if p := env.process; p != nil && p.news.wanted.Load() {
		p.news.platform("platform.start", started{requestID, env.arn, env.function.Version})
	}
	if env.function.LogFormat == JSON {
		env.platformEvent("platform.start", started{requestID, env.arn, env.function.Version})
		return
	}
	b := append(env.scratch[:0], "START RequestId: "...)
	b = append(append(b, requestID...), " Version: "...)
	env.scratch = append(append(b, env.function.Version...), '\n')
	env.log.Write(env.scratch)
}

// tellDone tells extensions that the runtime is done: many wait for this before they ask
// for the next event.
func (p *process) tellDone(c *call, duration time.Duration) {
	if !p.news.wanted.Load() {
		return
	}
	status := "success"
	if c.failure != nil {
		status = c.failure.reason()
	}
	type metrics struct {
		DurationMS float64 `json:"durationMs"`
	}
	p.news.platform("platform.runtimeDone", struct {
		RequestID string  `json:"requestId"`
		Status    string  `json:"status"`
		Metrics   metrics `json:"metrics"`
	}{c.RequestID, status, metrics{float64(duration.Microseconds()) / 1000}})
}

func (env *Environment) logEnd(c *call) {
	if p := env.process; p != nil && p.news.wanted.Load() {
		p.news.line(c.Report.AppendJSON(nil, env.engine.options.Now(), env.function.initializationType()))
	}
	if env.function.LogFormat == JSON {
		env.writeReport(c.Report)
		return
	}
	b := env.scratch[:0]
	if c.failure != nil {
		b = append(b, c.failure.logLine(c.RequestID, env.engine.options.Now())...)
	}
	b = append(append(append(b, "END RequestId: "...), c.RequestID...), '\n')
	env.scratch = c.Report.AppendText(b)
	env.log.Write(env.scratch)
}
