package cost

import (
	"math"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// ItemBytes is the size of an item of the workload as DynamoDB counts it: names
// and values of its nine attributes.
const ItemBytes = 292

// listed is how many items a page of the workload's list has.
const listed = 20

// DynamoDB rounds each write up to 1 KB and each strongly consistent read to
// 4 KB; an eventually consistent one costs half. A Scan pays for the sum of the
// sizes that it reads. A conditional write costs as much as another, whether or
// not its condition holds.
const (
	writeBytes = 1 << 10
	readBytes  = 4 << 10
)

// units are DynamoDB's request units of one request.
type units struct{ writes, reads float64 }

// operationUnits are keyed by the workload's names, and by those of HTTP, which
// documents made from other records use.
var operationUnits = func() map[string]units {
	known := map[string]units{}
	for _, operation := range []struct {
		name config.Operation
		http string
		units
	}{
		{config.Create, "POST /items", units{writes: ceilDiv(ItemBytes, writeBytes)}},        // PutItem
		{config.Update, "PUT /items/{id}", units{writes: ceilDiv(ItemBytes, writeBytes)}},    // UpdateItem; the larger of before and after
		{config.Delete, "DELETE /items/{id}", units{writes: ceilDiv(ItemBytes, writeBytes)}}, // DeleteItem; the size of what goes
		{config.Read, "GET /items/{id}", units{reads: ceilDiv(ItemBytes, readBytes)}},        // GetItem, strongly consistent
		{config.List, "GET /items", units{reads: ceilDiv(listed*ItemBytes, readBytes) / 2}},  // Scan, eventually consistent
	} {
		known[string(operation.name)], known[operation.http] = operation.units, operation.units
	}
	return known
}()

func ceilDiv(bytes, unit int) float64 { return math.Ceil(float64(bytes) / float64(unit)) }

// unitsOf are the mean units of a request of the mix, NaN if it has an operation
// that nobody knows.
func unitsOf(mix []results.MixShare) (writes, reads float64) {
	total := 0.0
	for _, share := range mix {
		u, ok := operationUnits[share.Operation]
		if !ok {
			return math.NaN(), math.NaN()
		}
		writes += u.writes * float64(share.Weight)
		reads += u.reads * float64(share.Weight)
		total += float64(share.Weight)
	}
	return writes / total, reads / total
}

// The lines that a request leaves in the function's log, with JSON logging and
// the platform's events at INFO, as the stack sets them. Their lengths are what
// is priced.
const (
	requestLine      = `{"timestamp":"2026-11-22T09:30:00.123Z","level":"INFO","message":"request","requestId":"8f1c9b1e-6a43-4d8e-9d2a-0c5a4e7f3b21","method":"GET","route":"/items/{id}","status":200,"durationMs":3.214,"coldStart":false}`
	startLine        = `{"time":"2026-11-22T09:30:00.119Z","type":"platform.start","record":{"requestId":"8f1c9b1e-6a43-4d8e-9d2a-0c5a4e7f3b21","version":"$LATEST"}}`
	reportLine       = `{"time":"2026-11-22T09:30:00.125Z","type":"platform.report","record":{"requestId":"8f1c9b1e-6a43-4d8e-9d2a-0c5a4e7f3b21","metrics":{"durationMs":3.402,"billedDurationMs":4,"memorySizeMB":1769,"maxMemoryUsedMB":52},"status":"success"}}`
	initStartLine    = `{"time":"2026-11-22T09:30:00.001Z","type":"platform.initStart","record":{"initializationType":"on-demand","phase":"init","runtimeVersion":"provided:al2023.v110","runtimeVersionArn":"arn:aws:lambda:us-east-1::runtime:7d2fb2a1c0cba49e5d9a4bf1b1dcd5d1a3c3f8a0f4c5d7f6d0f0c7e1a2b3c4d5","functionName":"multi-runtime-benchmark-x-dev","functionVersion":"$LATEST"}}`
	initReport       = `"initDurationMs":148.217,`
	platformLogBytes = float64(len(startLine) + len(reportLine))
	requestLogBytes  = float64(len(requestLine))
	coldLogBytes     = float64(len(initStartLine) + len(initReport))
)
