package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

// gateFailuresKept bounds what a broken runtime writes into the document.
const gateFailuresKept = 10

// gate holds every artifact of the plan that has a contract to it, before
// anything is timed. What fails goes from the plan into the document: it is named
// in the report, and not measured.
func (a *app) gate(ctx context.Context, lab *local.Lab, plan *bench.Plan, document *results.Document) error {
	suite, err := contract.Load(api.Files)
	if err != nil {
		return err
	}
	why := map[string]string{} // runtime and variant → why it failed, "" if it did not
	var left []target.Config
	for _, c := range plan.Configurations {
		name := c.Runtime.Name + " " + c.Variant
		if _, known := why[name]; !known && c.Runtime.Variants[c.Variant].Contract != config.ContractNone {
			record, err := a.gateOne(ctx, lab, suite, c)
			if err != nil {
				return err
			}
			document.Gate = append(document.Gate, record)
			why[name] = ""
			if !record.Passed {
				why[name] = fmt.Sprintf("The contract gate failed; the first case is %s.", record.Failures[0].Case)
			}
		}
		if why[name] != "" {
			document.Configurations = append(document.Configurations, unmeasured(c, *plan, results.Failed, why[name]))
			continue
		}
		left = append(left, c)
	}
	plan.Configurations = left
	return nil
}

// gateOne holds a variant to the contract once, at a full vCPU: the contract
// does not depend on memory.
func (a *app) gateOne(ctx context.Context, lab *local.Lab, suite contract.Suite, c target.Config) (results.GateResult, error) {
	c.MemoryMB = config.DefaultMemoryMB
	report, err := a.holdToContract(ctx, lab, suite, c, verifyOptions{})
	if err != nil {
		return results.GateResult{}, err
	}
	a.ui.Say("contract %s", report.Summary())
	if report.Failed() {
		if err := report.Print(a.ui.stderr); err != nil {
			return results.GateResult{}, fmt.Errorf("print the contract report: %w", err)
		}
	}
	return gateRecord(c, report), nil
}

// unmeasured is a configuration without samples, and why.
func unmeasured(c target.Config, plan bench.Plan, status results.Status, why string) results.Configuration {
	return results.Configuration{
		Runtime: c.Runtime.Name, Variant: c.Variant, Memory: c.MemoryMB, Arch: c.Arch,
		Status: status, Reason: why, Planned: plan.Environments(c),
		Environments: []results.Environment{}, Rejected: []results.Rejection{}, Load: []results.LoadStep{},
	}
}

func gateRecord(c target.Config, report contract.Report) results.GateResult {
	record := results.GateResult{
		Runtime: c.Runtime.Name, Variant: c.Variant, Arch: c.Arch,
		Passed: !report.Failed(), Cases: len(report.Results) - report.Count(contract.Skipped), Declared: report.Count(contract.DeclaredToDiffer), Failures: []results.GateFailure{},
	}
	for _, result := range report.Results {
		if result.Status == contract.Failed && len(record.Failures) < gateFailuresKept {
			record.Failures = append(record.Failures, results.GateFailure{Case: result.Case, Message: firstLine(result.Failure)})
		}
	}
	return record
}

// holdToContract runs the suite against one configuration in the engine.
func (a *app) holdToContract(ctx context.Context, lab *local.Lab, suite contract.Suite, c target.Config, o verifyOptions) (report contract.Report, err error) {
	known, err := contract.LoadKnownFailing(c.Runtime.Dir)
	if err != nil {
		return report, err
	}
	variant, err := c.Runtime.Variant(c.Variant)
	if err != nil {
		return report, err
	}
	var declared []contract.Declared
	if variant.Class == config.Stock {
		if declared, err = contract.LoadDeclared(c.Runtime.Dir, suite); err != nil {
			return report, err
		}
	}
	if file := variant.ContractFile(); file != "" {
		if suite, err = suite.Only(os.DirFS(c.Runtime.Dir), filepath.ToSlash(filepath.Clean(file))); err != nil {
			return report, err
		}
	}
	subject, err := lab.Subject(ctx, c)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, subject.Close()) }()
	options := contract.Options{
		Runtime: c.Runtime.Name, Levels: []contract.Level{contract.Event}, Prefixes: c.Runtime.Prefixes,
		Glob: o.cases, SourceIP: contract.EventSourceIP, Architecture: c.Arch, MemoryMB: c.MemoryMB,
		Version: version(), TTLDays: config.ItemTTLDays, KnownFailing: known, Declared: declared,
		Fresh: subject.Fresh, Rows: lab.Rows(),
	}
	if o.faults {
		options.Faults = subject
	}
	report, err = contract.Run(ctx, suite, &contract.EventClient{Invoke: subject.Invoke}, options)
	if !variant.Default {
		report.Variant = c.Variant
	}
	return report, err
}
