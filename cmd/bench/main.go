// Command bench builds, verifies and measures AWS Lambda functions that
// implement one API in several languages, on this machine or in AWS.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func main() {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once; the guard cleans up
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program: it returns the exit code (0 fine, 1 the benchmark
// or a case failed, 2 called wrongly).
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ui := newUI(stdout, stderr)
	root := newRoot(ui)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = fault.New("nothing was measured yet, so nothing was kept", "interrupted")
	}
	ui.Error(err)
	if fault.IsUsage(err) {
		return 2
	}
	return 1
}

func newRoot(ui *ui) *cobra.Command {
	a := &app{ui: ui}
	root := &cobra.Command{
		Use:   "bench",
		Short: "Measure one API in several languages on AWS Lambda, or on this machine",
		Long: `bench builds the same Items API in every language of lambdas/, holds each to one
contract, and measures cold starts, latency, CPU and memory of the very zips that
are deployed, with intervals instead of bare means.`,
		Example: `  bench build                       build every artifact into dist/
  bench local                       measure all runtimes on this machine
  bench local --runtime go --quick  one runtime, in a minute
  bench serve                       every runtime on http://127.0.0.1:3000
  bench doctor                      what is missing here, and how to get it`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fault.Usage("see "+cmd.CommandPath()+" --help", "%w", err)
	})
	root.PersistentFlags().StringVarP(&a.root, "directory", "C", "", "the checkout to work in (default: found from the current folder upwards)")
	root.PersistentFlags().StringVar(&a.cache, "cache", "", "folder for installed runtime clients and databases (default: $BENCH_CACHE_DIR, or the user's cache folder)")
	for _, command := range commands(a) {
		root.AddCommand(command)
	}
	for _, command := range root.Commands() {
		command.Args = usageArgs(command.Args)
	}
	root.Args = usageArgs(root.Args)
	a.complete(root)
	return root
}

// usageArgs makes a wrong number of words, or an unknown subcommand, a mistake
// of the caller: exit code 2, with a hint.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		if err := check(cmd, args); err != nil {
			return fault.Usage("see "+cmd.CommandPath()+" --help", "%w", err)
		}
		return nil
	}
}
