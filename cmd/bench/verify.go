package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gate"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

// verifyOptions choose what of the contract is asked.
type verifyOptions struct {
	cases  []string // globs; empty means all
	faults bool     // also spoil the database: slower
}

func (a *app) verifyCommand() *cobra.Command {
	var runtimes, variants []string
	var at elsewhere
	var asJSON, noFaults bool
	var options verifyOptions
	var database databaseFlags
	var requests int
	var seed uint64
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Hold runtimes to the API contract",
		Long: `Run the contract suite against every runtime in the local engine, faults of the
database included, against a base URL, or against an environment that was deployed to
AWS, whose URL and API key are looked up there. A case is named like items/create/minimal;
--case takes such names, groups and globs.

A stock variant may differ where its runtime's differences.yaml declares it: exactly
so, and no otherwise.

With --differential, send generated requests to all runtimes instead, valid, nearly
valid and hostile ones, and compare answers, calls to the database and rows. The
first difference that is not declared is shrunk and printed as a case for api/contract.`,
		Example: `  bench verify
  bench verify --runtime go --case 'items/create/...'
  bench verify --variant python:stock,python:tuned
  bench verify --runtime go --base-url http://127.0.0.1:8080
  bench verify --differential 20000 --seed 1
  bench verify --differential 2000 --variant go:tuned,rust:tuned
  bench verify --environment dev --suffix anna --region eu-west-1
  bench verify --environment prod --base-url https://api.example.com --runtime rust`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := at.asked()
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("differential") {
				if requests < 1 || remote || len(options.cases) > 0 {
					return fault.Usage("see bench verify --help", "--differential takes a number of requests, and no --base-url, --environment or --case")
				}
				report, err := a.differential(cmd.Context(), runtimes, variants, database, requests, seed)
				if err != nil {
					return err
				}
				if asJSON {
					err = a.ui.JSON(report)
				}
				return errors.Join(err, a.sayDifferential(report, asJSON))
			}
			options.faults = !noFaults
			var reports []contract.Report
			if remote && len(variants) > 0 {
				return fault.Usage("leave one of them out", "--base-url and --environment say where, so that --variant says nothing")
			}
			if remote {
				reports, err = a.verifyURL(cmd.Context(), runtimes, at, options)
			} else {
				reports, err = a.verifyLocal(cmd.Context(), runtimes, variants, database, options)
			}
			if asJSON {
				err = errors.Join(err, a.ui.JSON(reports))
			}
			if len(reports) > 1 {
				err = errors.Join(err, contract.PrintCounts(a.ui.stderr, reports...))
			}
			if err != nil {
				return err
			}
			for _, report := range reports {
				if report.Failed() {
					return fault.New("each failure above names its case; run it alone with --case NAME", "the contract does not hold")
				}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&runtimes, "runtime", nil, "only these: names, or folders with a runtime.yaml (default: all)")
	flags.StringSliceVar(&variants, "variant", nil, "only these variants, as runtime:variant (default: the default one of each runtime)")
	flags.StringSliceVar(&options.cases, "case", nil, "only these cases: names, groups or globs")
	at.add(cmd)
	flags.BoolVar(&noFaults, "no-faults", false, "leave the cases with a spoilt database out: they take longest")
	flags.BoolVar(&asJSON, "json", false, "print every result as JSON")
	flags.IntVar(&requests, "differential", 0, "compare the runtimes with so many generated requests")
	flags.Uint64Var(&seed, "seed", 1, "with --differential: which requests are generated")
	database.add(cmd)
	return cmd
}

func (a *app) verifyLocal(ctx context.Context, chosen, variants []string, flags databaseFlags, options verifyOptions) (reports []contract.Report, err error) {
	if err := delegate(); err != nil {
		return nil, err
	}
	database, err := flags.options()
	if err != nil {
		return nil, err
	}
	p, err := a.open(chosen)
	if err != nil {
		return nil, err
	}
	configurations, err := plan.Held(variants, p.runtimes, hostArch())
	if err != nil {
		return nil, err
	}
	if _, err := a.buildToRun(ctx, p, plan.Artifacts(configurations)); err != nil {
		return nil, err
	}
	lab, err := a.openLab(ctx, p, database, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lab.Close()) }()
	configurations = slices.DeleteFunc(configurations, func(c target.Config) bool {
		none := c.Runtime.Variants[c.Variant].Contract == config.ContractNone
		if none {
			a.ui.Say("%s %s has no contract", c.Runtime.Name, c.Variant)
		}
		return none
	})
	suite, err := contract.Load(api.Files)
	if err != nil {
		return nil, err
	}
	asked := subjects(lab)
	asked.Cases, asked.Faults = options.cases, options.faults
	err = gate.Hold(ctx, suite, configurations, asked, func(_ target.Config, report contract.Report) error {
		reports = append(reports, report)
		return a.printContract(report)
	})
	return reports, err
}

// atOnce is how many variants are held to the contract at the same time, per
// core: most of it is waiting, for a database that was made slow.
const atOnce = 2

// subjects are the lab's functions, to be held to the contract.
func subjects(lab *local.Lab) gate.Options {
	limit := 1
	if lab.Apart() {
		limit = atOnce * runtime.NumCPU()
	}
	return gate.Options{
		Subject: func(ctx context.Context, c target.Config) (gate.Subject, error) { return lab.Subject(ctx, c) },
		AtOnce:  limit, Version: version(),
	}
}

func (a *app) printContract(report contract.Report) error {
	if err := report.Print(a.ui.stderr); err != nil {
		return fmt.Errorf("print the contract report: %w", err)
	}
	return nil
}
