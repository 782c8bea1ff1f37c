package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gate"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// differential compares the variants that were asked for, or the default ones of
// all runtimes that have the contract's API, each in one warm environment of the
// engine and with a table of its own.
func (a *app) differential(ctx context.Context, chosen, variants []string, flags databaseFlags, requests int, seed uint64) (report contract.DifferentialReport, err error) {
	if flags.endpoint != "" {
		return report, fault.Usage("leave --dynamodb-endpoint out", "--differential makes tables of its own, and not in somebody's database")
	}
	if err := delegate(); err != nil {
		return report, err
	}
	database, err := flags.options()
	if err != nil {
		return report, err
	}
	p, err := a.open(chosen)
	if err != nil {
		return report, err
	}
	compared, err := plan.Held(variants, p.runtimes, hostArch())
	if err != nil {
		return report, err
	}
	compared = slices.DeleteFunc(compared, func(c target.Config) bool {
		return c.Runtime.Variants[c.Variant].Contract != config.ContractItems
	})
	if _, err := a.buildToRun(ctx, p, plan.Artifacts(compared)); err != nil {
		return report, err
	}
	suite, err := contract.Load(api.Files)
	if err != nil {
		return report, err
	}
	lab, err := a.openLab(ctx, p, database, nil)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, lab.Close()) }()
	var parties []contract.Party
	for _, c := range compared {
		declared, err := gate.Declared(c, suite)
		if err != nil {
			return report, err
		}
		subject, err := lab.Subject(ctx, c)
		if err != nil {
			return report, err
		}
		subject.Patient()
		defer subject.Close() //nolint:errcheck // the lab's end ends it, too
		parties = append(parties, contract.Party{
			Runtime: c.Runtime.Name, Prefixes: c.Runtime.Prefixes, Table: subject.Rows(), Asked: subject.Attempts, Declared: declared,
			Client: &contract.EventClient{Invoke: subject.Invoke},
		})
	}
	bar := a.ui.Bar("comparing", requests)
	defer bar.End()
	done := 0
	return contract.Differential(ctx, suite.Words, parties, contract.DifferentialOptions{
		Requests: requests, Seed: seed,
		Progress: func(sent int) {
			for ; done < sent; done++ {
				bar.Step("")
			}
		},
	})
}

// sayDifferential tells a person what a differential run found. The case goes to
// standard output, to be pasted, unless that has the JSON.
func (a *app) sayDifferential(report contract.DifferentialReport, asJSON bool) error {
	var statuses []string
	for _, name := range slices.Sorted(maps.Keys(report.Statuses)) {
		statuses = append(statuses, fmt.Sprintf("%s × %d", name, report.Statuses[name]))
	}
	a.ui.Say("%s of %s and %s to each of %s, seed %d", phrase.Plural(report.Requests, "request", "requests"),
		phrase.Plural(report.Sequences, "sequence", "sequences"), phrase.Plural(report.Rows, "row", "rows"), strings.Join(report.Runtimes, ", "), report.Seed)
	a.ui.Say("answers: %s", strings.Join(statuses, ", "))
	for _, runtime := range slices.Sorted(maps.Keys(report.Declared)) {
		a.ui.Say("%s differed as declared %s, and was out of the sequence from there on", runtime, phrase.Plural(report.Declared[runtime], "time", "times"))
	}
	if report.Unrepeated > 0 {
		a.ui.Say("%s did not come again: it depended on time or load", phrase.Plural(report.Unrepeated, "difference", "differences"))
	}
	found := report.Found
	if found == nil {
		a.ui.Say("no difference that comes again and is not declared")
		return nil
	}
	a.ui.Say("≠ sequence %d: %s", found.Sequence, found.Request)
	for _, answer := range found.Answers {
		a.ui.Say("  %s:\n    %s", strings.Join(answer.Runtimes, ", "), strings.ReplaceAll(answer.Text, "\n", "\n    "))
	}
	hint := "decide which answer is right, and put the case above into api/contract"
	if !asJSON {
		if _, err := fmt.Fprint(a.ui.stdout, found.Case); err != nil {
			return fmt.Errorf("print the case: %w", err)
		}
	}
	return fault.New(hint, "the runtimes differ")
}
