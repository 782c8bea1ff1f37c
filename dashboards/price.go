package dashboards

import (
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// prices are Lambda's on demand, in USD: the first tier of one region. A
// dashboard can't look prices up, so they are dated and the board says so.
type prices struct {
	date, region, source string
	gbSecond             map[string]float64 // by architecture
	request              float64
}

var lambdaPrices = prices{
	date: "2026-09-06", region: "us-east-1", source: "AWS price list, AWSLambda",
	gbSecond: map[string]float64{config.X8664: 0.0000166667, config.ARM64: 0.0000133334},
	request:  0.0000002,
}

// of is what a runtime pays for a billed millisecond and for a request.
func (p prices) of(w watched) (perMillisecond, perRequest float64) {
	return p.gbSecond[w.deployment.Architecture] * float64(w.Function.MemoryMB) / 1024 / 1000, p.request
}

// decimal writes a price as formulas take it: without an exponent, and with more
// digits than any price has.
func decimal(f float64) string { return strings.TrimRight(strconv.FormatFloat(f, 'f', 15, 64), "0") }
