package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/record"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// keyVariable holds the API key: a command line is no place for a secret.
const keyVariable = "API_KEY"

// seenFlags tell of the functions what no load generator can see.
type seenFlags struct {
	memory int
	arch   string
	window time.Duration
	out    string
}

func (f *seenFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&f.memory, "memory", 0, "memory of the functions in MB, for the report (default: not known)")
	flags.StringVar(&f.arch, "arch", "", "architecture of the functions, for the report: x86_64 or arm64 (default: not known)")
	flags.DurationVar(&f.window, "window", 5*time.Second, "count calls by windows of this length; doubled where there would be more than 240")
	flags.StringVar(&f.out, "out", "", "folder of results.json and report.html (default: a new one in results)")
}

func (f seenFlags) check() error {
	switch {
	case f.memory < 0:
		return fault.Usage("leave it out where it is not known", "--memory %d: not a memory size", f.memory)
	case !slices.Contains([]string{"", "x86_64", "arm64"}, f.arch):
		return fault.Usage("x86_64 or arm64; leave it out where it is not known", "--arch %s: not an architecture", f.arch)
	case f.window < time.Second || f.window%time.Second != 0:
		return fault.Usage("whole seconds, such as 10s", "--window %v: not a length of windows", f.window)
	}
	return nil
}

func (a *app) loadCommand() *cobra.Command {
	var (
		size     seenFlags
		deployed deployedFlags
		base     string
		runtimes []string
		rate     float64
		length   time.Duration
		scale    int
		yes      bool
	)
	cmd := &cobra.Command{
		Use:   "load [SCENARIO.json]",
		Short: "Send a scenario's load over HTTP to bench serve, or to a deployed API",
		Long: `Send the calls of a scenario file (default: test/k6/scenarios/load.json) to an API over
HTTP: an open loop, in which every call leaves when its time has come. k6 sends the
same calls in the same order from the same file (test/k6/run.sh). What came of them
goes into a result document and a report.

An API key is taken from the variable ` + keyVariable + `, or looked up with --environment.
Where one process is not enough, --scale N shares the calls out among N workers: among
processes of this machine, or with --environment among functions of Lambda, which cdk
deploy -c load=true puts there. Their histograms are added up; percentiles are never
averaged. Before workers start in Lambda it says what they will do and what that can
cost, and asks.

Exit code 1 when a runtime does not hold the scenario's objective, calls were dropped, or
a worker's share is missing.`,
		Example: `  bench load
  bench load --runtime go --rate 50 --duration 60s
  bench load test/k6/scenarios/spike.json --environment dev
  bench load --scale 8 --rate 4000 --duration 5m --environment dev
  API_KEY=… bench load --base-url https://abcdefghij.execute-api.eu-central-1.amazonaws.com/dev`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := size.check(); err != nil {
				return err
			}
			p, err := a.surroundings()
			if err != nil {
				return err
			}
			path := filepath.Join(p.root, "test", "k6", "scenarios", "load.json")
			if len(args) == 1 {
				path = args[0]
			}
			scenario, err := loadtest.ReadScenario(path)
			if err != nil {
				return err
			}
			if rate != 0 || length != 0 {
				if rate < 0 || length < 0 {
					return fault.Usage("such as --rate 50 --duration 60s", "--rate %v --duration %v: not a load", rate, length)
				}
				scenario = scenario.Steady(cmp.Or(rate, scenario.StartRate), cmp.Or(length, scenario.Length()))
			}
			many, err := deployed.workers(cmd.Context(), scale, cmd.Flags().Changed("base-url"), scenario)
			if err != nil {
				return err
			}
			sender := &loadtest.Sender{Base: strings.TrimRight(base, "/"), Key: os.Getenv(keyVariable), Runtimes: runtimes, Scenario: scenario}
			if deployed.environment != "" {
				found, err := deployed.find(cmd.Context(), p.runtimes)
				if err != nil {
					return err
				}
				sender.Key = cmp.Or(sender.Key, found.Key)
				if !cmd.Flags().Changed("base-url") {
					sender.Base = strings.TrimRight(found.URL, "/")
				}
			}
			if len(sender.Runtimes) == 0 {
				if sender.Runtimes, err = runtimesAt(cmd.Context(), sender.Base, sender.Key); err != nil {
					return err
				}
			}
			if err := a.confirm(cmd.Context(), many, sender, cmd.InOrStdin(), yes); err != nil {
				return err
			}
			return a.load(cmd.Context(), p, sender, many, size)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&base, "base-url", "http://127.0.0.1:3000", "where the API answers: bench serve's address, or a deployed API's")
	flags.StringSliceVar(&runtimes, "runtime", nil, "only these (default: all that GET /health of the API names)")
	flags.Float64Var(&rate, "rate", 0, "calls a second of all runtimes together, without a change, instead of the scenario's")
	flags.DurationVar(&length, "duration", 0, "how long, instead of the scenario's")
	flags.IntVar(&scale, "scale", 0, "this many workers send the calls together (default: this process alone)")
	flags.BoolVar(&yes, "yes", false, "do not ask before workers start in Lambda")
	deployed.add(cmd, "")
	size.add(cmd)
	return cmd
}

// surroundings is the checkout, whose manifests know names and colours, or the folder
// where there is none: a load needs no sources.
func (a *app) surroundings() (project, error) {
	root, err := a.directory()
	if err != nil {
		return project{}, err
	}
	if found, _ := filepath.Glob(filepath.Join(root, "lambdas", "*", config.ManifestName)); len(found) == 0 {
		return project{root: root}, nil
	}
	return a.open(nil)
}

func (a *app) load(ctx context.Context, p project, sender *loadtest.Sender, many *workers, size seenFlags) error {
	out, err := size.open(p)
	if err != nil {
		return err
	}
	a.ui.Say("%s to %s: %s", sender.Scenario.Name, strings.Join(sender.Runtimes, ", "), sender.Scenario.Text())
	recorder, test, problems, err := a.send(ctx, sender, many, size.window)
	if err != nil {
		return errors.Join(err, out.abandon())
	}
	document, err := a.loadDocument(p, recorder, loadtest.About{Test: test, Scenario: &sender.Scenario, Warnings: sentences(problems)}, size)
	if err != nil {
		return errors.Join(err, out.abandon())
	}
	if ctx.Err() != nil || len(problems) > 0 {
		document.Status = results.Interrupted
	}
	if err := a.writeLoad(out, document); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fault.New("its report is in "+filepath.Join(out.dir, "report.html"), "the load was interrupted; what was sent by then is kept")
	}
	if len(problems) > 0 {
		return errShares(problems)
	}
	misses, err := document.Misses()
	if err != nil {
		return err
	}
	if len(misses) > 0 {
		return fault.New("the objective stands in the scenario file; the report shows when it was missed", "the load did not hold its objective:\n  %s", strings.Join(misses, "\n  "))
	}
	return nil
}

// send sends the load, alone or by many.
func (a *app) send(ctx context.Context, sender *loadtest.Sender, many *workers, window time.Duration) (*loadtest.Recorder, results.LoadTest, []string, error) {
	if many != nil {
		return many.send(ctx, a.ui, sender, window)
	}
	sender.Recorder = loadtest.NewRecorder(window)
	bar := a.ui.Bar("calls", int(sender.Scenario.Calls()))
	sender.Progress = func() { bar.Step("") }
	test, err := sender.Send(ctx)
	bar.End()
	return sender.Recorder, test, nil, err
}

func sentences(phrases []string) []string {
	var all []string
	for _, phrase := range phrases {
		all = append(all, strings.ToUpper(phrase[:1])+phrase[1:]+".")
	}
	return all
}

// open makes the folder of a load's results: never results/latest, which is of runs on
// this machine.
func (f seenFlags) open(p project) (*output, error) {
	dir := f.out
	if dir == "" {
		dir = filepath.Join(p.root, "results", "load-"+time.Now().UTC().Format("2006-01-02T150405Z"))
	}
	return openOutput(p.root, dir, time.Now())
}

func (a *app) loadDocument(p project, recorder *loadtest.Recorder, about loadtest.About, size seenFlags) (results.Document, error) {
	records, err := record.Runtimes(p.runtimes)
	if err != nil {
		return results.Document{}, err
	}
	if recorder.Calls() == 0 {
		return results.Document{}, fault.New("see what was said above", "there was not a single call")
	}
	about.Tool = results.Tool{Version: version(), Commit: commit(p.root)}
	about.Runtimes, about.MemoryMB, about.Arch = records, size.memory, size.arch
	return recorder.Document(about), nil
}

// writeLoad leaves the document with its report, and prints it.
func (a *app) writeLoad(out *output, document results.Document) error {
	if err := out.write(a.ui, document); err != nil {
		return err
	}
	if err := a.printReport(view.Build(document)); err != nil {
		return err
	}
	a.ui.Say("report: %s", filepath.Join(out.dir, "report.html"))
	return nil
}

// runtimesAt are those that the API at a URL says it has.
func runtimesAt(ctx context.Context, base, key string) ([]string, error) {
	hint := "start bench serve, or say where the API is with --base-url, and what answers there with --runtime"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/health", nil)
	if err != nil {
		return nil, fault.Usage(hint, "--base-url %s: not a URL", base)
	}
	if key != "" {
		request.Header.Set("X-Api-Key", key)
	}
	response, err := (&http.Client{Timeout: 30 * time.Second}).Do(request)
	if err != nil {
		return nil, fault.New(hint, "ask for the runtimes: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing is lost
	var health struct{ Runtimes []string }
	if err := json.NewDecoder(response.Body).Decode(&health); err != nil || len(health.Runtimes) == 0 {
		return nil, fault.New(hint, "ask %s/health for the runtimes: got status %d and no list of them", base, response.StatusCode)
	}
	return health.Runtimes, nil
}
