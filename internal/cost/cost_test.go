package cost_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func region(t *testing.T, id string) cost.Region {
	t.Helper()
	r, err := cost.Latest().Region(id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// environment has an init, a first call, and warm calls of one operation.
func environment(t *testing.T, id string, init, first float64, operation string, warm ...float64) results.Environment {
	t.Helper()
	h := results.NewHistogram()
	for _, ms := range warm {
		if err := h.Record(time.Duration(ms * float64(time.Millisecond))); err != nil {
			t.Fatal(err)
		}
	}
	return results.Environment{
		ID: id, Kind: results.Spawn, Init: results.Init{WallMs: init},
		FirstCall:  results.FirstCall{Operation: operation, Times: results.Times{DurationMs: &first}},
		Operations: map[string]results.Operation{operation: {N: h.N(), HDR: results.HDR{DurationMs: h}}},
	}
}

// The bill of a small case, by hand: 1,024 MB, one cold start in a hundred.
func TestBillByHand(t *testing.T) {
	f := cost.Function{Memory: 1024, Arch: config.X8664, LambdaRuntime: "provided.al2023", Kind: results.KindAPI,
		Environments: []results.Environment{
			environment(t, "a", 100.2, 7.5, "create", 1.2, 2.0, 2.5, 2.9), // billed 2 + 2 + 3 + 3: 2.5; 107.7 together: 108
			environment(t, "b", 50, 9, "create", 5.5, 5.5),                // 6; 59
		}}
	mix := []results.MixShare{{Operation: "create", Weight: 1}}
	u, err := cost.Measure(f, mix)
	if err != nil {
		t.Fatal(err)
	}
	mean := u.Mean()
	near(t, "init", mean.Init, (100+50)/2.)
	near(t, "first call", mean.First, (8+9)/2.)
	near(t, "warm call", mean.Warm, (2.5+6)/2)

	b := region(t, "us-east-1").Bill(u, 0.01)
	for _, want := range []struct {
		id            string
		quantity, usd float64
	}{
		{cost.LineInit, 10_000 * 0.075, 10_000 * 0.075 * 0.0000166667},
		{cost.LineDuration, 990_000*0.00425 + 10_000*0.0085, (990_000*0.00425 + 10_000*0.0085) * 0.0000166667},
		{cost.LineRequests, 1e6, 0.20},
		{cost.LineAPI, 1e6, 3.50},
		{cost.LineWrites, 1e6, 0.625},
		{cost.LineReads, 0, 0},
	} {
		line, ok := b.Line(want.id)
		if !ok {
			t.Fatalf("got no line %s", want.id)
		}
		near(t, want.id+", quantity", line.Quantity, want.quantity)
		near(t, want.id+", USD", line.USD, want.usd)
	}
	sum := 0.0
	for _, line := range b.Lines {
		sum += line.USD
	}
	near(t, "total", b.Total, sum)
	near(t, "compute", b.Compute, (10_000*0.075+990_000*0.00425+10_000*0.0085)*0.0000166667)
	near(t, "the environments' mean", (b.Samples.Values[0]+b.Samples.Values[1])/2, b.Compute)
	if len(b.Unpriced) > 0 || b.Interval.Valid() {
		t.Errorf("got %v and %+v, want everything priced and n too small for an interval", b.Unpriced, b.Interval)
	}
}

// A request of the default mix: 0.4 writes (POST, PUT, DELETE), 0.5 strongly
// consistent reads, 0.1 lists of 20 items in 8 KB, read at half price.
func TestUnitsOfTheDefaultMix(t *testing.T) {
	var mix []results.MixShare
	for _, share := range config.Defaults().Mix {
		mix = append(mix, results.MixShare{Operation: string(share.Operation), Weight: share.Percent})
	}
	f := cost.Function{Memory: 128, Arch: config.ARM64, Kind: results.KindAPI,
		Environments: []results.Environment{environment(t, "a", 1, 1, "read", 1)}}
	u, err := cost.Measure(f, mix)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "writes", u.Writes, 0.4)
	near(t, "reads", u.Reads, 0.5+0.1)
}

func TestFloorsAndGuests(t *testing.T) {
	f := cost.Function{Memory: 128, Arch: config.ARM64, Kind: results.KindBare,
		Environments: []results.Environment{environment(t, "a", 1, 1, "invoke", 1)}}
	floor, err := cost.Measure(f, resultstest.Mix)
	if err != nil {
		t.Fatal(err)
	}
	if b := region(t, "eu-west-1").Bill(floor, 0.001); len(b.Unpriced) > 0 {
		t.Errorf("got %v, want all of a floor priced: it has no database", b.Unpriced)
	} else if _, ok := b.Line(cost.LineWrites); ok {
		t.Error("got database writes of a floor")
	}
	f.Kind = results.KindGuest
	guest, err := cost.Measure(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b := region(t, "eu-west-1").Bill(guest, 0.001); len(b.Unpriced) != 1 || math.IsNaN(b.Total) {
		t.Errorf("got %v and a total of %v, want one sentence on the database and a number", b.Unpriced, b.Total)
	}
	f.Environments[0].FirstCall.DurationMs = nil
	if _, err := cost.Measure(f, nil); err == nil {
		t.Error("got a usage without billed durations, want an error")
	}
}

// AWS charges for snapshots of other runtimes than Java.
func TestSnapshots(t *testing.T) {
	for _, kind := range []results.ColdKind{results.Restored, results.RestoredAged} {
		t.Run(string(kind), func(t *testing.T) { testSnapshots(t, kind) })
	}
}

func testSnapshots(t *testing.T, kind results.ColdKind) {
	e := environment(t, "a", 300, 20, "read", 2)
	e.Kind = kind
	f := cost.Function{Memory: 1024, Arch: config.X8664, LambdaRuntime: "java25", Environments: []results.Environment{e}}
	java, err := cost.Measure(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := region(t, "us-east-1").Bill(java, 0.01).Line(cost.LineCache); ok {
		t.Error("got a snapshot's price for Java, want none")
	}
	f.LambdaRuntime = "python3.13"
	python, err := cost.Measure(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := region(t, "us-east-1").Bill(python, 0.01)
	cache, _ := b.Line(cost.LineCache)
	near(t, "cache", cache.USD, 30*24*3600*0.0000015046)
	restore, _ := b.Line(cost.LineRestore)
	near(t, "restore", restore.USD, 10_000*0.0001397998)
	near(t, "an environment's own", b.Samples.Values[0], b.Compute)

	b = region(t, "eu-central-1").Bill(python, 0.01)
	if len(b.Unpriced) != 2 || !strings.HasPrefix(b.Unpriced[0], "No price for region eu-central-1: snapshot kept") || math.IsNaN(b.Total) {
		t.Errorf("got %q and a total of %v, want two lines without a price and the sum of the others", b.Unpriced, b.Total)
	}
	if math.IsNaN(b.Samples.Values[0]) {
		t.Error("got no number for an environment, want the sum of what has a price")
	}
}

func TestListsAreWhole(t *testing.T) {
	list := cost.Latest()
	if len(list.Known()) < 3 {
		t.Errorf("got the regions %v, want three at least", list.Known())
	}
	for _, id := range list.Known() {
		r := region(t, id)
		for name, price := range r.Prices {
			for _, day := range []string{price.Read, list.Date} {
				if _, err := time.Parse(time.DateOnly, day); err != nil {
					t.Errorf("%s, %s: %v", id, name, err)
				}
			}
			if price.USD <= 0 || price.Read > list.Date || price.Source == "" || price.Usage == "" {
				t.Errorf("%s, %s: got %+v, want a price read by %s, with its source", id, name, price, list.Date)
			}
		}
		for _, arch := range []string{config.X8664, config.ARM64} {
			u := cost.Usage{Memory: 128, Arch: arch, Environments: []cost.Billed{{Init: 1, First: 1, Warm: 1}}, Writes: 1, Reads: 1, LogBytes: 1}
			if b := r.Bill(u, 0.001); len(b.Unpriced) > 0 {
				t.Errorf("%s, %s: got %v, want every line priced", id, arch, b.Unpriced)
			}
		}
	}
}

func TestUnknownNamesAreSaid(t *testing.T) {
	_, err := cost.Latest().Region("mars-north-1")
	if err == nil || !strings.HasPrefix(err.Error(), "no price for region mars-north-1") || !strings.Contains(fault.Hint(err), "eu-central-1, eu-west-1, us-east-1") {
		t.Errorf("got %v (%s), want that there is no price and the regions that have one", err, fault.Hint(err))
	}
	if _, err := cost.For(nil); err == nil {
		t.Error("got a list for a document that names none")
	}
	if _, err := cost.For(&results.Prices{Date: "1999-01-01"}); err == nil {
		t.Error("got a list of 1999")
	}
	got, err := cost.For(cost.Latest().Record())
	if err != nil || got.Date != cost.Latest().Date {
		t.Errorf("got the list of %s, %v, want the latest", got.Date, err)
	}
}

// Documents of tests name the latest list.
func TestDrawnDocumentsArePriced(t *testing.T) {
	doc := resultstest.Document(resultstest.Options{Seed: 1})
	list, err := cost.For(doc.Prices)
	if err != nil || list.Date != cost.Latest().Date {
		t.Fatalf("got the list of %s, %v, want the latest", list.Date, err)
	}
	for i := range doc.Configurations {
		c := &doc.Configurations[i]
		if c.Status != results.Measured {
			continue
		}
		u, err := cost.Measure(cost.FunctionOf(&doc, c), doc.Plan.Mix)
		if err != nil {
			t.Fatalf("%s: %v", c.Key(), err)
		}
		last := -1.0
		for _, cold := range cost.ColdShares {
			b := region(t, cost.RegionOf(doc)).Bill(u, cold)
			if b.Total <= last || len(b.Unpriced) > 0 || !(b.Interval.Lo <= b.Compute && b.Compute <= b.Interval.Hi) {
				t.Errorf("%s at %v: got %v of %v and %+v, want more than at fewer cold starts, and an interval around compute", c.Key(), cold, b.Total, b.Unpriced, b.Interval)
			}
			last = b.Total
		}
	}
}

// More memory, slower calls and more cold starts never make a bill smaller.
func TestBillsGrow(t *testing.T) {
	r := region(t, "eu-central-1")
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Float64Range(1, 5000)
		u := cost.Usage{Memory: rapid.IntRange(128, 10240).Draw(t, "memory"), Arch: config.ARM64, Writes: 0.4, Reads: 0.6, LogBytes: 500}
		warm := ms.Draw(t, "warm")
		u.Environments = []cost.Billed{{Init: ms.Draw(t, "init"), First: warm + ms.Draw(t, "first"), Warm: warm}}
		cold := rapid.Float64Range(0, 0.9).Draw(t, "cold")
		base := r.Bill(u, cold).Total
		for name, change := range map[string]func(*cost.Usage, *float64){
			"memory": func(u *cost.Usage, _ *float64) { u.Memory++ },
			"warm": func(u *cost.Usage, _ *float64) {
				u.Environments = []cost.Billed{{Init: u.Environments[0].Init, First: u.Environments[0].First, Warm: warm + 1}}
			},
			"cold": func(_ *cost.Usage, cold *float64) { *cold += 0.1 },
		} {
			more, share := u, cold
			change(&more, &share)
			if got := r.Bill(more, share).Total; got < base-1e-12 {
				t.Fatalf("more %s: got %v, want %v at least", name, got, base)
			}
		}
	})
}

func ExampleRegion_Bill() {
	list := cost.Latest()
	ireland, err := list.Region("eu-west-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	usage := cost.Usage{Memory: 1024, Arch: config.X8664, Environments: []cost.Billed{{Init: 150, First: 20, Warm: 4}}}
	bill := ireland.Bill(usage, cost.TypicalColdShare)
	for _, line := range bill.Lines {
		fmt.Printf("%-16s %10.0f %-8s %.4f USD\n", line.Name, line.Quantity, line.Unit, line.USD)
	}
	// Output:
	// init, x86_64            150 GB-s     0.0025 USD
	// duration, x86_64       4016 GB-s     0.0669 USD
	// Lambda requests     1000000 requests 0.2000 USD
	// API Gateway, REST    1000000 requests 3.5000 USD
	// log ingestion             0 GB       0.0000 USD
}
