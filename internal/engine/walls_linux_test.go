package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// BenchmarkWalls is what all walls together cost: the same function in its cell and, by a
// launcher without walls, as a plain process in the same control groups, in turns. Each
// round is one environment of either kind, and a hundred warm calls of both, call by call.
// A spawn is from the call until the first next, with the building of the cage; init starts
// with the execution; an end has the next cell's namespaces made. Run it alone on an idle
// machine, where it takes half a minute:
//
//	make bench-walls
func BenchmarkWalls(b *testing.B) {
	const calls = 100
	kinds := []*world{
		real(b, engine.Options{}),
		inSandbox(b, engine.Options{}, sandbox.Options{NoNamespaces: true, Launcher: build(b, "./sandbox/launcher", "launcher-nowalls", "nowalls")}),
	}
	if missing := describe(kinds[0]).WallsMissing(); len(missing) > 0 {
		b.Fatalf("%v do not stand on this machine: their cost can't be measured", missing)
	}
	figures := []string{"spawn", "init", "warm call", "end"}
	measured := map[string][2]stats.Series{}
	note := func(figure string, kind, round int, d time.Duration) {
		both := measured[figure]
		both[kind].Values = append(both[kind].Values, us(d))
		both[kind].Blocks = append(both[kind].Blocks, round)
		measured[figure] = both
	}
	for round := range b.N {
		var environments [2]*engine.Environment
		for i := range kinds {
			kind := (round + i) % 2 // whoever comes first may have it colder
			w := kinds[kind]
			begun := time.Now()
			env, err := w.engine.Start(context.Background(), w.function("handler", "EMPTY", "1"))
			if err != nil {
				b.Fatal(err)
			}
			note("spawn", kind, round, time.Since(begun))
			note("init", kind, round, env.Init().Wall)
			environments[kind] = env
		}
		var warm [2][]time.Duration
		for n := range calls {
			for i := range kinds {
				kind := (n + i) % 2
				begun := time.Now()
				inv, err := environments[kind].Invoke(context.Background(), engine.Request{Payload: []byte("{}")})
				if err != nil || inv.FunctionError != "" {
					b.Fatalf("got %v, %s", err, inv.Payload)
				}
				if n >= calls/10 {
					warm[kind] = append(warm[kind], time.Since(begun))
				}
			}
		}
		for i := range kinds {
			kind := (round + i) % 2
			note("warm call", kind, round, percentile(warm[kind], 0.5))
			begun := time.Now()
			if err := environments[kind].Close(); err != nil {
				b.Fatal(err)
			}
			note("end", kind, round, time.Since(begun))
		}
	}
	if b.N == 1 { // go test tries it out
		return
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "median of %d rounds, µs\twith walls\twithout\tthe walls cost\t\n", b.N)
	for _, figure := range figures {
		both := measured[figure]
		cost := stats.Difference(both[0], both[1], stats.Level)
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%+.0f [%+.0f, %+.0f]\t\n", figure,
			stats.Median(both[0].Values).Center, stats.Median(both[1].Values).Center, cost.Center, cost.Lo, cost.Hi)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	b.Log("\n" + table.String())
	b.ReportMetric(0, "ns/op")
}

func describe(w *world) sandbox.Description {
	return w.box.(interface{ Description() sandbox.Description }).Description()
}
