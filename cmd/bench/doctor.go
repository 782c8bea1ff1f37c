package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/doctor"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
)

func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say which tools are missing here, and how to get them",
		Long: `Run every tool that a build or a local run needs and print the version that was
found beside the one that is wanted, and say which Lambda runtimes can be run
here. Exit code 1 when something is missing that a runtime here needs. Outside the
project's checkout it says what a function of yours can be run with.`,
		Example: `  bench doctor
  bench doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			runtimes, err := a.ownRuntimes()
			if err != nil {
				return err
			}
			report := doctor.Check(cmd.Context(), runtimes)
			lambda := doctor.LambdaRuntimes(cmd.Context())
			host, hostErr := sandbox.Open(cmd.Context(), sandbox.Options{})
			var limits sandbox.Description
			if hostErr == nil {
				limits = host.Description()
				hostErr = host.Close()
			}
			if asJSON {
				if err := a.ui.JSON(map[string]any{"tools": report.Findings, "lambdaRuntimes": lambda, "host": limits}); err != nil {
					return err
				}
			} else {
				a.printDoctor(report, limits)
				a.printLambdaRuntimes(lambda)
				if len(runtimes) == 0 {
					a.ui.Say("here is no lambdas/: what the project's own functions are built with was not looked for; a function of yours needs a Lambda runtime that can be run here, and what its own build needs")
				}
			}
			if hostErr != nil {
				return hostErr
			}
			if !report.OK() {
				return fault.New("install what is marked missing; runtimes without their tools are skipped", "some tools are missing")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return cmd
}

// ownRuntimes are those of the checkout; none outside of one, where a released binary is
// used for functions of others.
func (a *app) ownRuntimes() ([]config.Runtime, error) {
	root, err := a.directory()
	if err != nil {
		return nil, err
	}
	if found, err := filepath.Glob(filepath.Join(root, "lambdas", "*", config.ManifestName)); err == nil && len(found) == 0 {
		return nil, nil
	}
	return config.Discover(root)
}

func (a *app) printDoctor(report doctor.Report, host sandbox.Description) {
	table := tabwriter.NewWriter(a.ui.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "TOOL\tWANTED\tFOUND\tFOR")
	for _, f := range report.Findings {
		wanted := f.Wanted
		if wanted == "" {
			wanted = "any"
		}
		found := string(f.State)
		if f.State == doctor.Present {
			found = f.Version + "  " + f.Path
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.Tool, wanted, found, strings.Join(f.For, ", "))
	}
	_ = table.Flush() // to the terminal
	for _, f := range report.Findings {
		if f.State == doctor.Present {
			continue
		}
		fmt.Fprintf(a.ui.stdout, "\n%s %s is %s: %s\n", f.Tool, f.Wanted, f.State, f.Hint)
		for _, tried := range f.Tried {
			fmt.Fprintf(a.ui.stdout, "  tried %s: %s\n", tried.Command, phrase.FirstLine(tried.Answer))
		}
	}
	fmt.Fprintf(a.ui.stdout, "\nThe built-in database needs nothing; --dynamodb names another.\n")
	if host.CPU != "" {
		fmt.Fprintf(a.ui.stdout, "\nLimits in force: %s (cgroup %s, freezer %s)\n", strings.Join(host.LimitsInForce, ", "), host.Cgroup, host.Freezer)
		fmt.Fprintf(a.ui.stdout, "Walls that stand around a function: %s\n", strings.Join(host.Walls, ", "))
		if missing := host.WallsMissing(); len(missing) > 0 {
			fmt.Fprintf(a.ui.stdout, "Walls that are missing here: %s\n", strings.Join(missing, ", "))
		}
		for _, warning := range host.Warnings {
			a.ui.Warn("%s", warning)
		}
	}
}

// printLambdaRuntimes says what functions of others can be run with.
func (a *app) printLambdaRuntimes(runtimes []doctor.LambdaRuntime) {
	fmt.Fprintln(a.ui.stdout)
	table := tabwriter.NewWriter(a.ui.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "LAMBDA RUNTIME\tCAN BE RUN HERE")
	for _, r := range runtimes {
		words := []string{"yes"}
		switch r.State {
		case doctor.Installable:
			words[0] = "yes, after an installation into the cache"
		case doctor.Optional:
			words[0] = "no"
		}
		for _, f := range append(r.Interpreter, r.Client...) {
			switch {
			case f.State == doctor.Present:
				words = append(words, f.Tool+" "+f.Version)
			case r.State == doctor.Optional:
				words = append(words, f.Hint)
			}
		}
		if r.Ended != "" {
			words = append(words, "AWS ended it on "+r.Ended)
		}
		fmt.Fprintf(table, "%s\t%s\n", r.ID, strings.Join(words, "; "))
	}
	_ = table.Flush() // to the terminal
}
