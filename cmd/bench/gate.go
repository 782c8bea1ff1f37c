package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

// gateFailuresKept bounds what a broken runtime writes into the document.
const gateFailuresKept = 10

// gate holds every artifact of the plan that has a contract to it, before
// anything is timed. What fails goes from the plan into the document: it is named
// in the report, and not measured.
func (a *app) gate(ctx context.Context, lab *local.Lab, measured *bench.Plan, document *results.Document) error {
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
	err := a.holdToContract(ctx, lab, held, verifyOptions{}, func(c target.Config, report contract.Report) error {
		a.ui.Say("contract %s", report.Summary())
		record := gateRecord(c, report)
		document.Gate = append(document.Gate, record)
		if record.Passed {
			return nil
		}
		why[name(c)] = fmt.Sprintf("The contract gate failed; the first case is %s.", record.Failures[0].Case)
		if err := report.Print(a.ui.stderr); err != nil {
			return fmt.Errorf("print the contract report: %w", err)
		}
		return nil
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

// atOnce is how many variants are held to the contract at the same time, per
// core: most of it is waiting, for a database that was made slow.
const atOnce = 2

// holdToContract runs the suite against each configuration in the engine, several
// at the same time, and hands the reports over in the order of configurations.
func (a *app) holdToContract(ctx context.Context, lab *local.Lab, configurations []target.Config, o verifyOptions, done func(target.Config, contract.Report) error) error {
	suite, err := contract.Load(api.Files)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		report contract.Report
		err    error
	}
	limit := 1
	if lab.Apart() {
		limit = atOnce * runtime.NumCPU()
	}
	slots := make(chan struct{}, limit)
	outcomes := make([]chan outcome, len(configurations))
	var wait sync.WaitGroup
	defer wait.Wait()
	for i, c := range configurations {
		outcomes[i] = make(chan outcome, 1)
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			report, err := a.holdOne(ctx, lab, suite, c, o)
			outcomes[i] <- outcome{report, err}
		})
	}
	for i, c := range configurations {
		o := <-outcomes[i]
		if o.err == nil {
			o.err = done(c, o.report)
		}
		if o.err != nil {
			cancel() // the others end, and are waited for
			return o.err
		}
	}
	return nil
}

// holdOne runs the suite against one configuration.
func (a *app) holdOne(ctx context.Context, lab *local.Lab, suite contract.Suite, c target.Config, o verifyOptions) (report contract.Report, err error) {
	known, err := contract.LoadKnownFailing(c.Runtime.Dir)
	if err != nil {
		return report, err
	}
	variant, err := c.Runtime.Variant(c.Variant)
	if err != nil {
		return report, err
	}
	declared, err := declaredOf(c, suite)
	if err != nil {
		return report, err
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
		Version: version(), TTLDays: config.ItemTTLDays, KnownFailing: known, Declared: declared, MayConform: variant.Class != config.Stock,
		Fresh: subject.Fresh, Rows: subject.Rows(),
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

// declaredOf are the differences that a stock variant must have, and one that is
// stock but for a single trick may have.
func declaredOf(c target.Config, suite contract.Suite) ([]contract.Declared, error) {
	if c.Runtime.Variants[c.Variant].Class != config.Stock && !isSwitch(c) {
		return nil, nil
	}
	return contract.LoadDeclared(c.Runtime.Dir, suite)
}

// isSwitch tells whether a variant is there to show what one setting of a tuned
// one gains by itself.
func isSwitch(c target.Config) bool {
	for _, variant := range c.Runtime.Variants {
		if slices.ContainsFunc(variant.Settings, func(s config.Setting) bool { return s.Switch == c.Variant }) {
			return true
		}
	}
	return false
}
