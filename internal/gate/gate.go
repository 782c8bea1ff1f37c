// Package gate holds artifacts to the API's contract where functions run locally: before
// anything of them is timed, and for bench verify.
//
//	err := gate.Keep(ctx, suite, &plan, &document, gate.Options{Subject: open, AtOnce: 4}, said)
package gate

import (
	"context"
	"fmt"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// failuresKept bounds what a broken runtime writes into the document.
const failuresKept = 10

// Keep holds every variant of the plan that has a contract to it, and leaves in the plan
// what stood that. What failed goes into the document: it is named in the report, and not
// measured. said hears of each report in turn.
func Keep(ctx context.Context, suite contract.Suite, measured *bench.Plan, document *results.Document, o Options, said func(contract.Report) error) error {
	why := map[string]string{} // runtime and variant → why it failed, "" if it did not
	name := func(c target.Config) string { return c.Runtime.Name + " " + c.Variant }
	var held []target.Config
	for _, c := range measured.Configurations {
		if _, known := why[name(c)]; !known && c.Runtime.Variants[c.Variant].Contract != config.ContractNone {
			c.MemoryMB = config.DefaultMemoryMB // the contract does not depend on memory
			held = append(held, c)
			why[name(c)] = ""
		}
	}
	err := Hold(ctx, suite, held, o, func(c target.Config, report contract.Report) error {
		kept := record(c, report)
		document.Gate = append(document.Gate, kept)
		if !kept.Passed {
			why[name(c)] = fmt.Sprintf("The contract gate failed; the first case is %s.", kept.Failures[0].Case)
		}
		return said(report)
	})
	if err != nil {
		return err
	}
	plan.Without(measured, document, func(c target.Config) (results.Status, string) {
		if reason := why[name(c)]; reason != "" {
			return results.Failed, reason
		}
		return results.Measured, ""
	})
	return nil
}

// record is a report as the document keeps it.
func record(c target.Config, report contract.Report) results.GateResult {
	kept := results.GateResult{
		Runtime: c.Runtime.Name, Variant: c.Variant, Arch: c.Arch,
		Passed: !report.Failed(), Cases: len(report.Results) - report.Count(contract.Skipped), Declared: report.Count(contract.DeclaredToDiffer), Failures: []results.GateFailure{},
	}
	for _, result := range report.Results {
		if result.Status == contract.Failed && len(kept.Failures) < failuresKept {
			kept.Failures = append(kept.Failures, results.GateFailure{Case: result.Case, Message: phrase.FirstLine(result.Failure)})
		}
	}
	return kept
}
