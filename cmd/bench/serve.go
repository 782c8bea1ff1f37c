package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/apidocs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway/invokeapi"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/router"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

type serveFlags struct {
	addr        string
	runtimes    []string
	memory      int
	concurrency int
	logs        bool
	database    databaseFlags
	guest       guestFlags
}

func (a *app) serveCommand() *cobra.Command {
	f := serveFlags{guest: guestFlags{waits: true}}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve every runtime behind a local API Gateway",
		Long: `Serve all runtimes under their prefixes, as API Gateway and Lambda would, over an
embedded DynamoDB. Environments are made on demand. The Lambda Invoke API answers
at the same address, so any AWS SDK or the AWS CLI can call a function. Where runtimes
of the API are served, /docs describes it, and every operation can be tried out
there. Only programs of this machine and that page are answered: pages of other
origins get 403.

A function of one's own gets the events that its runtime.yaml asks for
(integration: rest, http, url or event) at its own URLs, which are printed.`,
		Example: `  bench serve
  curl -s -X POST -H 'Content-Type: application/json' \
    -d '{"name":"Lamp","price":19.99}' http://127.0.0.1:3000/go/items
  aws lambda invoke --endpoint-url http://127.0.0.1:3000 --log-type Tail \
    --function-name multi-runtime-benchmark-go-dev --payload file://event.json out.json
  aws lambda invoke --endpoint-url http://127.0.0.1:3000 --function-name go out.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:3000", "address to listen on: loopback only")
	flags.StringSliceVar(&f.runtimes, "runtime", nil, "only these: names, or folders with a runtime.yaml (default: all)")
	flags.IntVar(&f.memory, "memory", 0, fmt.Sprintf("memory of the functions in MB (default: %d, of a guest its manifest's)", config.DefaultMemoryMB))
	flags.IntVar(&f.concurrency, "concurrency", 10, "environments per function at most")
	flags.BoolVar(&f.logs, "logs", false, "print the functions' own logs as well")
	f.database.add(cmd)
	f.database.addFaults(cmd)
	f.guest.add(cmd)
	return cmd
}

func (a *app) serve(ctx context.Context, f serveFlags) (err error) {
	if f.memory != 0 && f.memory < config.MinMemoryMB || f.memory > config.MaxMemoryMB {
		return fault.Usage(fmt.Sprintf("Lambda takes %d to %d MB", config.MinMemoryMB, config.MaxMemoryMB), "--memory %d: not a memory size", f.memory)
	}
	if f.concurrency < 1 {
		return fault.Usage("use --concurrency 10, or leave it out", "--concurrency %d: a function needs an environment", f.concurrency)
	}
	if err := delegate(); err != nil {
		return err
	}
	database, err := f.database.options()
	if err != nil {
		return err
	}
	guests, err := a.guests(f.guest)
	if err != nil {
		return err
	}
	p, err := a.openWith(f.runtimes, guests)
	if err != nil {
		return err
	}
	p.dist = f.guest.dist(p, f.runtimes)
	listener, err := gateway.Listen(f.addr)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the server closes it, too
	built, err := a.buildToRun(ctx, p, defaultRequests(p.runtimes))
	if ctx.Err() != nil || len(built) == 0 {
		return err
	}
	if !slices.ContainsFunc(built, func(b build.Built) bool { return b.Err == nil }) {
		if err == nil {
			err = built[0].Err // an artifact that may be missing
		}
		return err
	}
	if err != nil {
		a.ui.Error(err) // the others are served all the same
	}
	var logs io.Writer
	if f.logs {
		logs = os.Stderr
	}
	lab, err := a.openLab(ctx, p, database, logs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lab.Close()) }()
	functions := router.Functions{} // closed before the lab, and after the Invoke API's events
	defer functions.Close()
	var routes []gateway.Route
	var names, prefixes, lines []string // of the API's runtimes; what is said of all
	base := "http://" + listener.Addr().String()
	for _, b := range built {
		if b.Err != nil {
			continue
		}
		r := b.Request.Runtime
		function, err := lab.Prepare(ctx, target.Config{Runtime: r, Variant: r.DefaultVariant().Name, MemoryMB: cmp.Or(f.memory, plan.OwnMemory(r)), Arch: b.Request.Arch})
		if err != nil {
			return err
		}
		function.Concurrency = f.concurrency
		functions[function.Name] = lab.Pool(function)
		own := local.Routes(r, function.Name)
		if taken := router.Shared(routes, own); taken != "" {
			return fault.Usage("give each prefixes or routes of its own in its "+config.ManifestName+", or serve one of them with --runtime",
				"%s: got the path %s, want one that no other function here has", r.Name, taken)
		}
		routes = append(routes, own...)
		if r.DefaultVariant().Kind == config.API {
			names = append(names, r.Name)
			prefixes = append(prefixes, r.Prefixes...)
		}
		lines = append(lines, router.Addresses(base, r, own, function.Name)...)
	}
	slices.Sort(prefixes)
	invoke := invokeapi.New(invokeapi.Options{Invoker: functions, Exists: functions.Has, Log: a.logInvocation})
	defer invoke.Close()
	front := gateway.New(gateway.Options{Routes: routes, Runtimes: names, Invoker: functions, Log: a.logRequest})
	var docs http.Handler // of the API, where there is one
	if len(prefixes) > 0 {
		if docs, err = openDocs(prefixes); err != nil {
			docs = nil
			a.ui.Warn("There is no page at %s: %v; %s.", apidocs.Path, err, fault.Hint(err))
		}
	}
	server := gateway.NewServer(router.Split(front, invoke, docs))
	for _, line := range lines {
		a.ui.Say("%s", line)
	}
	if docs != nil {
		a.ui.Say("%s%s  the API, described and to be tried out", base, apidocs.Path)
	}
	a.ui.Say("listening on %s (Ctrl-C ends it)", base)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err = <-failed:
		return fmt.Errorf("serve %s: %w", base, err)
	case <-ctx.Done():
		ending, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(ending); err != nil {
			a.ui.Warn("Requests were still under way after five seconds and have been cut off.")
		}
		return nil
	}
}

// openDocs is the page with the API's description.
func openDocs(prefixes []string) (http.Handler, error) {
	document, err := fs.ReadFile(api.Files, "openapi.yaml")
	if err != nil {
		return nil, fmt.Errorf("read the API's description: %w", err)
	}
	return apidocs.New(document, prefixes)
}

func (a *app) logRequest(e gateway.Entry) {
	text := fmt.Sprintf("%s %s %d %s", e.Method, e.Path, e.Status, e.Duration.Round(100*time.Microsecond))
	if e.Cold {
		text += " cold start"
	}
	if e.Err != nil {
		text += ": " + phrase.FirstLine(e.Err.Error())
	}
	a.ui.Say("%s", text)
}

func (a *app) logInvocation(e invokeapi.Entry) {
	text := fmt.Sprintf("invoke %s %s %d %s", e.Function, e.Type, e.Status, e.Duration.Round(100*time.Microsecond))
	if e.Cold {
		text += " cold start"
	}
	if e.FunctionError != "" {
		text += " function error " + e.FunctionError
	}
	if e.Err != nil {
		text += ": " + phrase.FirstLine(e.Err.Error())
	}
	a.ui.Say("%s", text)
}

// defaultRequests is the artifact of each runtime's default variant.
func defaultRequests(runtimes []config.Runtime) []build.Request {
	var requests []build.Request
	for _, r := range runtimes {
		requests = append(requests, build.Request{Runtime: r, Artifact: r.DefaultVariant().Artifact, Arch: hostArch()})
	}
	return requests
}
