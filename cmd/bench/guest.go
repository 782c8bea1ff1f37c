package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// guestFlags describe functions that have no manifest: one that is a zip, or those of a
// template.
type guestFlags struct {
	zip, handler, lambdaRuntime string
	template                    string
	functions                   []string
	integration, requests       string
	waits                       bool // the command leaves it to others to call the functions
}

func (g *guestFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&g.zip, "zip", "", "a function without a runtime.yaml: its zip, or a folder with its files, such as one of .aws-sam/build")
	flags.StringVar(&g.handler, "handler", "", "with --zip: the function's handler, such as index.handler")
	flags.StringVar(&g.lambdaRuntime, "lambda-runtime", "", "with --zip: Lambda's id of the runtime, such as nodejs24.x; with --template: one in place of the template's")
	flags.StringVar(&g.template, "template", "", "the functions of this template of SAM, as sam build made them, or as they lie there if they need no build")
	flags.StringSliceVar(&g.functions, "function", nil, "with --template: only these (default: all)")
	flags.StringVar(&g.integration, "integration", "", "with --zip or --template: which events HTTP requests become: rest, http, url or event (default: rest, or the template's)")
}

// addRequests is for commands that call the functions themselves.
func (g *guestFlags) addRequests(cmd *cobra.Command) {
	cmd.Flags().StringVar(&g.requests, "requests", "", "with --zip or --template: a file of requests to measure with (default: GET on the first path, or what the template's events are)")
}

// guests are the functions that the flags name; there may be none.
func (a *app) guests(g guestFlags) ([]config.Runtime, error) {
	var runtimes []config.Runtime
	var err error
	switch {
	case g.zip != "" && g.template != "":
		return nil, fault.Usage("measure them one after the other", "--template: got it beside --zip, want one of the two")
	case g.zip == "" && (g.handler != "" || g.lambdaRuntime != "" && g.template == ""):
		return nil, fault.Usage("a folder with a runtime.yaml or a template has them in there", "--handler and --lambda-runtime: got no --zip, want one beside them")
	case g.template == "" && len(g.functions) > 0:
		return nil, fault.Usage("for example --template template.yaml", "--function: got no --template, want one beside it")
	case g.zip != "":
		var r config.Runtime
		r, err = config.FromZip(g.zip, g.lambdaRuntime, g.handler)
		runtimes = []config.Runtime{r}
	case g.template != "":
		runtimes, err = a.templateRuntimes(g)
	case g.integration != "" || g.requests != "":
		return nil, fault.Usage("a folder's runtime.yaml has them in there", "--integration and --requests: got neither --zip nor --template, want one beside them")
	}
	if err != nil {
		return nil, err
	}
	return runtimes, g.override(runtimes)
}

// override gives the functions what the flags say beside their source.
func (g guestFlags) override(runtimes []config.Runtime) error {
	kinds := []string{config.REST, config.HTTP, config.URL, config.Event}
	if g.integration != "" && !slices.Contains(kinds, g.integration) {
		return fault.Usage("use --integration "+strings.Join(kinds, ", "), "--integration %s: there is no such kind of events", g.integration)
	}
	var requests string
	if g.requests != "" {
		if info, err := os.Stat(g.requests); err != nil || !info.Mode().IsRegular() {
			return fault.Usage("name a file as docs/your-own-function.md describes it", "--requests: got %q, want a file that exists", g.requests)
		}
		if len(runtimes) > 1 {
			return fault.Usage("name one of them, for example --function "+runtimes[0].DisplayName, "--requests: got %d functions, want one", len(runtimes))
		}
		var err error
		if requests, err = filepath.Abs(g.requests); err != nil {
			return fmt.Errorf("find %s: %w", g.requests, err)
		}
	}
	for i := range runtimes {
		r := &runtimes[i]
		if kind := cmp.Or(g.integration, r.Integration); kind != r.Integration {
			if kind != config.REST && kind != config.HTTP {
				r.Routes = nil // only APIs have them
			}
			r.Integration, r.Stream = kind, r.Stream && kind == config.URL
		}
		if requests == "" {
			continue
		}
		own, err := filepath.Rel(r.Dir, requests)
		if err != nil {
			return fmt.Errorf("find %s: %w", g.requests, err)
		}
		v := r.Variants[config.Short]
		v.Requests = own
		r.Variants[config.Short] = v
	}
	return nil
}

// dist is where the zips of a run lie. Those of a template alone lie in the cache: the
// current folder is then somebody's application.
func (g guestFlags) dist(p project, chosen []string) string {
	if g.template == "" || len(chosen) > 0 {
		return p.dist
	}
	return filepath.Join(p.cache, "templates", fileKey(g.template))
}
