package main

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// outcome is how a call ended: every call has exactly one.
type outcome uint8

// The outcomes.
const (
	unanswered  outcome = iota
	success             // 2xx
	refused             // 4xx
	unavailable         // 5xx of the function's own
	malformed           // an answer that is none of an HTTP API
	handlerFailed
	runtimeExited
	outOfMemory
	functionTimedOut
	crashedAfter // answered, and died before it asked for more
	outcomes
)

var outcomeNames = [outcomes]string{
	"unanswered", "2xx", "4xx", "5xx", "malformed", "function error", "exited", "out of memory", "timed out", "answered, then died",
}

func (o outcome) String() string { return outcomeNames[o] }

// status is what a REPORT must say.
func (o outcome) status() uint8 {
	switch o {
	case runtimeExited, outOfMemory, crashedAfter:
		return failed
	case functionTimedOut:
		return timedOut
	}
	return fine
}

// judge names the outcome of an invocation.
func judge(i engine.Invocation, api gateway.API) (outcome, gateway.Response) {
	switch i.ErrorType {
	case "Sandbox.Timedout":
		return functionTimedOut, gateway.Response{}
	case "Runtime.OutOfMemory":
		return outOfMemory, gateway.Response{}
	case "Runtime.ExitError":
		return runtimeExited, gateway.Response{}
	}
	var response gateway.Response
	kind := handlerFailed
	if i.FunctionError == "" {
		var err error
		response, err = api.Response(i.Payload, "application/json")
		switch {
		case err != nil:
			kind = malformed
		case response.StatusCode < 300:
			kind = success
		case response.StatusCode < 500:
			kind = refused
		default:
			kind = unavailable
		}
	}
	switch {
	case !i.Crashed:
		return kind, response
	case i.Report.Status == "timeout":
		return functionTimedOut, response
	}
	return crashedAfter, response
}

// fault is what goes wrong in a call.
type fault uint8

// The faults. Those of the database are the tap's.
const (
	none         fault = iota
	killIdle           // a signal between two calls
	killBusy           // SIGKILL while the call is under way
	crash              // SIGSEGV, SIGABRT or SIGTERM while the database is asked: the runtime's own end
	memoryGone         // the limit is lowered to what is used, and the event has 5 MB
	databaseHang       // the database answers after the function's timeout
	databaseSlow
	databaseReset // half an answer, once
	databaseDown  // every attempt is reset
	badEvent      // one that no API sends
	faults
)

var faultNames = [faults]string{
	"none", "killed idle", "killed in a call", "crash in a call", "out of memory", "database hangs",
	"database slow", "database reset", "database down", "bad event",
}

func (f fault) String() string { return faultNames[f] }

// allowed are the outcomes of a call with that fault. Without one, only success is.
var allowed = [faults][]outcome{
	none:     {success},
	killIdle: {success, runtimeExited, functionTimedOut}, // the restart is in the call
	killBusy: {success, runtimeExited, crashedAfter},
	crash:    {success, runtimeExited, crashedAfter, handlerFailed},
	// It may be killed behind its answer, and be very slow before.
	memoryGone: {refused, outOfMemory, runtimeExited, handlerFailed, unavailable, crashedAfter, functionTimedOut},
	// Whoever gives up at Lambda's deadline may answer a moment before Lambda ends it.
	databaseHang: {functionTimedOut, unavailable},
	databaseSlow: {success},
	// A delete whose answer was lost finds nothing when it is tried again. Where half of the
	// answer had come before the reset, an SDK may take it for a broken one and not try again.
	databaseReset: {success, refused, unavailable},
	// Attempts have pauses between them, which may be longer than a short timeout.
	databaseDown: {unavailable, functionTimedOut},
	badEvent:     {refused, unavailable, malformed, handlerFailed},
}
