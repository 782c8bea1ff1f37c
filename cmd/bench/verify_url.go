package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/frontdoor"
)

// elsewhere is what answers in place of the local engine: a URL, or an environment
// in AWS.
type elsewhere struct {
	url      string
	headers  []string
	gateway  bool
	deployed deployedFlags
}

func (e *elsewhere) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&e.url, "base-url", "", "ask this URL instead of the local engine")
	flags.BoolVar(&e.gateway, "gateway", false, "with --base-url: there is an API Gateway, or bench serve, so prefixes and its own answers are checked as well")
	flags.StringArrayVar(&e.headers, "header", nil, "with --base-url: send this header, such as 'x-api-key: …'")
	e.deployed.add(cmd, "")
	flags.Lookup("environment").Usage += "; with --base-url, such as a domain of its own, only its API key is looked up"
}

// asked tells whether it is asked at all, and refuses what goes with nothing.
func (e elsewhere) asked() (bool, error) {
	if e.deployed.environment == "" && (e.deployed.suffix != "" || e.deployed.region != "") {
		return false, fault.Usage("say --environment dev as well", "--suffix and --region are about a deployed environment: which?")
	}
	return e.url != "" || e.deployed.environment != "", nil
}

// find asks AWS where an environment is, and leaves what it does not have. What was
// asked for by name must be there.
func (e *elsewhere) find(ctx context.Context, ui *ui, p *project) error {
	found, err := e.deployed.find(ctx, p.runtimes)
	if err != nil {
		return err
	}
	e.gateway = true
	if e.url == "" {
		e.url = found.URL
	}
	if found.Key != "" {
		e.headers = append(e.headers, "x-api-key: "+found.Key)
	}
	return keepDeployed(ui, p, found)
}

func (e elsewhere) client() (*contract.HTTPClient, error) {
	client, err := contract.NewHTTPClient(e.url)
	if err != nil {
		return nil, err
	}
	client.Header = http.Header{}
	for _, line := range e.headers {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, fault.Usage("write it as 'name: value'", "--header %q: not a header", line)
		}
		client.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return client, nil
}

func (a *app) verifyURL(ctx context.Context, chosen []string, at elsewhere, options verifyOptions) ([]contract.Report, error) {
	p, err := a.open(chosen)
	if err != nil {
		return nil, err
	}
	if at.deployed.environment != "" {
		if err := at.find(ctx, a.ui, &p); err != nil {
			return nil, err
		}
	}
	client, err := at.client()
	if err != nil {
		return nil, err
	}
	if !at.gateway && len(p.runtimes) > 1 {
		return nil, fault.Usage("name it with --runtime, or say --gateway if they all answer there", "--base-url %s: which runtime answers there?", at.url)
	}
	suite, err := contract.Load(api.Files)
	if err != nil {
		return nil, err
	}
	var reports []contract.Report
	for _, r := range p.runtimes {
		known, err := contract.LoadKnownFailing(r.Dir)
		if err != nil {
			return reports, err
		}
		declared, err := contract.LoadDeclared(r.Dir, suite)
		if err != nil {
			return reports, err
		}
		o := contract.Options{
			Runtime: r.Name, Levels: []contract.Level{contract.HTTP}, Prefixes: r.Prefixes, Origin: frontdoor.Origin(at.url),
			Glob: options.cases, KnownFailing: known, Declared: declared,
		}
		if at.gateway {
			o.Levels, o.Mount = append(o.Levels, contract.AWS), r.Prefixes[0]
		}
		report, err := contract.Run(ctx, suite, client, o)
		if err != nil {
			return reports, err
		}
		reports = append(reports, report)
		if err := report.Print(a.ui.stderr); err != nil {
			return reports, fmt.Errorf("print the contract report: %w", err)
		}
	}
	return reports, nil
}
