package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/k6"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
)

func (a *app) importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Make a result document of another load generator's records",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.importK6Command())
	return cmd
}

func (a *app) importK6Command() *cobra.Command {
	var (
		size              seenFlags
		scenario, runtime string
	)
	cmd := &cobra.Command{
		Use:   "k6 FILE...",
		Short: "Make a result document of what k6 wrote with --out json or --out csv",
		Long: `Count the calls that k6 recorded, by runtime, operation and window of time, into a
result document with its report. Files are read as they are or compressed with gzip,
line by line, so that their length is of no matter. Several files are those of the
instances of one test, and are counted together.

Whose a call is says its tag runtime, or the prefix of its path. What k6 can't see of a
function (init, CPU, memory) stays unknown. Of test/k6's own scripts, calls are known to
be cold or wrong by their answers; of others, wrong is what k6 did not expect.`,
		Example: `  bench import k6 results.json.gz
  bench import k6 pod1.json pod2.json pod3.json --scenario test/k6/scenarios/load.json --memory 1769
  bench import k6 mine.csv --runtime go --window 10s --out results/mine`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := size.check(); err != nil {
				return err
			}
			p, err := a.surroundings()
			if err != nil {
				return err
			}
			about := loadtest.About{}
			if scenario != "" {
				read, err := loadtest.ReadScenario(scenario)
				if err != nil {
					return err
				}
				about.Scenario = &read
			}
			o := k6.Options{Window: size.window, Runtime: runtime, Prefixes: map[string]string{}}
			for _, r := range p.runtimes {
				for _, prefix := range r.Prefixes {
					o.Prefixes[prefix] = r.Name
				}
			}
			reader := k6.NewReader(o)
			for _, path := range args {
				if err := reader.File(path); err != nil {
					return err
				}
			}
			recorder, test := reader.Result()
			about.Test, about.Warnings = test, reader.Warnings
			if recorder.Calls() == 0 && test.Unnamed > 0 {
				return fault.New("say whose they are with --runtime NAME, or tag the requests of the script with runtime",
					"none of the %d calls has a runtime's tag or prefix", test.Unnamed)
			}
			document, err := a.loadDocument(p, recorder, about, size)
			if err != nil {
				return err
			}
			out, err := size.open(p)
			if err != nil {
				return err
			}
			return errors.Join(a.writeLoad(out, document), out.abandon())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&scenario, "scenario", "", "the scenario file that was sent, for its mix, seed and objective (default: not known)")
	flags.StringVar(&runtime, "runtime", "", "whose the calls are that nothing else names")
	size.add(cmd)
	return cmd
}
