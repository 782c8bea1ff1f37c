//go:build e2e

package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
)

// paging are the cases that need the table for themselves.
const paging = "items/list/..."

// The emulator decodes the path, which decides two cases only for some routers.
var decodedPath = []string{"paths/percent-behind-id", "paths/percent-line-feed"}

// contract asks all runtimes at once, since the emulator takes its time for each
// call. Only what pages through the table needs it for itself: all share one.
func (d *deployment) contract(t *testing.T) {
	suite := load(t)
	declared := func(t *testing.T, r config.Runtime) []contract.Declared {
		declared, err := contract.LoadDeclared(r.Dir, suite)
		if err != nil {
			t.Fatal(err)
		}
		return declared
	}
	for _, r := range d.runtimes {
		t.Run(r.Name+" alone", func(t *testing.T) { d.hold(t, suite, r, declared(t, r), []string{paging}, nil) })
	}
	for _, r := range d.runtimes {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			d.hold(t, suite, r, declared(t, r), nil, append([]string{paging}, decodedPath...))
		})
	}
}

func load(t *testing.T) contract.Suite {
	t.Helper()
	suite, err := contract.Load(api.Files)
	if err != nil {
		t.Fatal(err)
	}
	return suite
}

// hold holds what is deployed of a runtime to the cases that glob names and skip
// does not.
func (d *deployment) hold(t *testing.T, suite contract.Suite, r config.Runtime, declared []contract.Declared, glob, skip []string) {
	t.Helper()
	started := time.Now()
	emulators, err := contract.LoadKnownFailing(".")
	if err != nil {
		t.Fatal(err)
	}
	known, err := contract.LoadKnownFailing(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	client, err := contract.NewHTTPClient(d.url(t))
	if err != nil {
		t.Fatal(err)
	}
	client.Header = http.Header{"X-Api-Key": {d.key(t)}}
	report, err := contract.Run(d.ctx, suite, client, contract.Options{
		Runtime: r.Name, Levels: []contract.Level{contract.HTTP, contract.AWS}, Mount: r.Prefixes[0], Prefixes: r.Prefixes,
		KnownFailing: append(known, emulators...), Declared: declared, Glob: glob, Skip: skip,
	})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := report.Print(&text); err != nil {
		t.Fatal(err)
	}
	t.Logf("in %.1f s\n%s", time.Since(started).Seconds(), text.String())
	if report.Failed() || report.Count(contract.Passed) == 0 {
		t.Error("the contract does not hold")
	}
}

// besideHere are the tuned variants of the runtimes that the emulator itself runs.
func (d *deployment) besideHere() map[string]config.Variant {
	variants := map[string]config.Variant{}
	for _, r := range d.runtimes {
		tuned, ok := r.Beside()
		if ok && !slices.ContainsFunc(d.elsewhere, func(other config.Runtime) bool { return other.Name == r.Name }) {
			variants[r.Name] = tuned
		}
	}
	return variants
}

// tuned deploys the tuned variants, of which no difference is declared, and the stock
// ones again: of all runtimes that the emulator itself runs. The others go to the
// engine, which has their stock ones.
func (d *deployment) tuned(t *testing.T) {
	variants := d.besideHere()
	if len(variants) == 0 {
		t.Fatal("got no runtime with a tuned variant that the emulator runs")
	}
	var words []string
	for name, v := range variants {
		words = append(words, name+":"+v.Name)
	}
	d.silent(t, notValidated, chosen("variant="+strings.Join(words, ","))...)
	d.deployAll(t)
	suite := load(t)
	t.Run("the contract", func(t *testing.T) {
		for _, r := range d.runtimes {
			if v, ok := variants[r.Name]; ok {
				d.deployed(t, r, v)
				t.Run(r.Name, func(t *testing.T) {
					t.Parallel()
					d.hold(t, suite, r, nil, nil, append([]string{paging}, decodedPath...))
				})
			}
		}
	})
	d.silent(t, notValidated, chosen()...)
	d.deployAll(t)
	d.code(t)
}
