// Command interrupt does to `bench local` what happens to programs on people's
// machines, at random moments: signals, a parent or a terminal that goes away, a disk
// that fills up, a folder that is removed, a lid that is closed. After each it looks
// for what is left of the run, and at the result document: absent, the one from
// before, or a whole one.
//
//	go run ./test/interrupt --moments 200
//
// The artifacts are those in dist. The wall clock is not moved: it is everybody's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/test/internal/finding"
)

func main() {
	moments := flag.Int("moments", 200, "how many runs are disturbed")
	seed := flag.Uint64("seed", rand.Uint64(), "of everything random")
	only := flag.String("kinds", "", "only these, with commas between them: "+strings.Join(kindNames(), ", "))
	gate := flag.Bool("gate", true, "disturb runs that hold a function to its contract, too")
	asJSON := flag.Bool("json", false, "print the result as JSON; progress goes to standard error")
	flag.Parse()
	finding.Main(*asJSON, func(ctx context.Context) (finding.Result, error) {
		return disturb(ctx, *moments, *seed, *only, *gate, os.Stderr)
	})
}

// disturb takes each kind in turn, so that all have as many moments.
func disturb(ctx context.Context, moments int, seed uint64, only string, gate bool, progress io.Writer) (*table, error) {
	fmt.Fprintf(progress, "seed %d\n", seed)
	chosen := kinds
	if only != "" {
		chosen = nil
		for _, name := range strings.Split(only, ",") {
			i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
			if i < 0 {
				return nil, fmt.Errorf("unknown kind %q: want one of %v", name, kindNames())
			}
			chosen = append(chosen, kinds[i])
		}
	}
	dir, err := os.MkdirTemp("", "interrupt-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	plans, err := plansOf(gate)
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		if err := p.learn(ctx, filepath.Join(dir, "undisturbed-"+p.name)); err != nil {
			return nil, fmt.Errorf("an undisturbed run (%s): %w", p.name, err)
		}
		fmt.Fprintf(progress, "undisturbed run (%s): %s\n", p.name, p.describe())
	}
	t := newTable(seed, chosen)
	random := rand.New(rand.NewPCG(seed, 0))
	chosen = slices.Clone(chosen)
	random.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	for n := range moments {
		k, p := chosen[n%len(chosen)], plans[0] // nearly always
		if gate && random.IntN(5) == 0 {
			p = plans[1]
		}
		m := p.moment(random)
		m.old = random.IntN(2) == 0
		end, err := m.run(ctx, k, filepath.Join(dir, fmt.Sprint(n)))
		if ctx.Err() != nil {
			return nil, errors.New("interrupted")
		}
		if err != nil {
			return nil, fmt.Errorf("moment %d, %s: %w", n, k.name, err)
		}
		t.add(k, end)
		fmt.Fprintf(progress, "%s  %d of %d: %s, %s: %s\n", time.Now().Format("15:04:05"), n+1, moments, k.name, m, end)
	}
	return t, nil
}

// plansOf are small runs of the first runtime. That of a layer below the API has no
// gate, so that most of its moments are in the measurement.
func plansOf(gate bool) ([]*plan, error) {
	runtimes, err := config.Discover(".")
	if err != nil {
		return nil, err
	}
	r := runtimes[0]
	names := r.VariantNames()
	i := slices.IndexFunc(names, func(name string) bool { return r.Variants[name].Kind == config.SDK })
	if i < 0 {
		return nil, fmt.Errorf("%s has no layer that asks the database", r.Name)
	}
	plans := []*plan{{name: "measure", arguments: []string{"--runtime", r.Name, "--variant", r.Name + ":" + names[i], "--environments", "3"}}}
	if gate {
		plans = append(plans, &plan{name: "gate", arguments: []string{"--runtime", r.Name, "--environments", "1"}})
	}
	return plans, nil
}
