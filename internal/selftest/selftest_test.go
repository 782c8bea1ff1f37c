package selftest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// small takes half a minute where nothing else runs. What it plants is found where much
// else runs, too.
var small = sizes{
	sameEnvironments: 8, sameCalls: 3,
	delayEnvironments: 24, delayCalls: 5,
	slowEnvironments: 8, slowCalls: 3, slowdown: 0.5,
}

// TestSelfTest is the whole test with few repetitions. It compares with records
// that were made in the same moment and with no clock of its own.
func TestSelfTest(t *testing.T) {
	var steps []int
	result, err := Run(t.Context(), Options{Repetitions: 2, Seed: 7, Version: "test", sizes: small, Progress: func(done, total int) {
		steps = append(steps, done)
		if total != 4 {
			t.Errorf("got a total of %d parts, want 4", total)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !result.Passed {
		text, _ := json.MarshalIndent(result, "", " ")
		t.Errorf("not passed: %s", text)
	}
	if !slices.Equal(steps, []int{1, 2, 3, 4}) {
		t.Errorf("got the steps %v", steps)
	}
	for _, d := range result.Delays {
		if d.Recorded < 90 || math.IsNaN(d.Center) {
			t.Errorf("got %+v, want a delay of about 100 or 200 ms", d)
		}
	}
}

func TestAllowedIsTenOfAHundred(t *testing.T) {
	for repetitions, want := range map[int]int{1: 1, 3: 1, 20: 3, 100: 10} {
		if got := Allowed(repetitions); got != want {
			t.Errorf("%d repetitions: got %d allowed, want %d", repetitions, got, want)
		}
	}
}

func TestSpreadIsSymmetric(t *testing.T) {
	factors := spread(36, 1)
	sum := 0.0
	for _, f := range factors {
		sum += f
	}
	if mean := sum / 36; math.Abs(mean-1) > 1e-9 {
		t.Errorf("got a mean of %v, want 1", mean)
	}
	if slices.IsSorted(factors) {
		t.Error("got them in ascending order, want them shuffled")
	}
	slices.Sort(factors)
	for i, f := range factors {
		if mirrored := 2 - factors[35-i]; math.Abs(f-mirrored) > 1e-9 {
			t.Errorf("got %v and %v, want them around 1", f, factors[35-i])
		}
	}
}

// TestToldApart holds the A/A judgement to the report's own: the same figures
// under two names are not told apart, others are.
func TestToldApart(t *testing.T) {
	document := resultstest.Document(resultstest.Options{Seed: 1, Runtimes: []string{"go", "python"}, Variants: []string{"stock"}})
	if model := view.Build(document); len(model.Rows) != 2 || !toldApart(model, "coldTotal") {
		t.Errorf("got two languages as one")
	}
	document.Configurations[1].Environments = document.Configurations[0].Environments
	if toldApart(view.Build(document), "coldTotal") {
		t.Error("got the same figures told apart")
	}
}

// TestWishingCarriesWishesAndKeepsRecords drives the decorated target over a
// session that answers as the function does.
func TestWishingCarriesWishesAndKeepsRecords(t *testing.T) {
	r := &records{}
	s := &wishingSession{Session: &echo{r}, records: r, wish: wish{function: 3 * time.Millisecond, database: 2 * time.Millisecond}}
	for range 3 {
		if _, err := s.Do(t.Context(), "e", target.Request{Header: http.Header{"Accept": {"*/*"}}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	function, database := r.of(func(k kept) time.Duration { return k.function }), r.of(func(k kept) time.Duration { return k.database })
	if len(r.all) != 1 || len(r.all[0]) != 2 || function.mean != 3.5 || database.mean != 2.25 {
		t.Errorf("got %v, means %v and %v ms, want the 2 warm calls of one environment, 3.5 and 2.25", r.all, function, database)
	}
	s.Session = &echo{nil}
	if _, err := s.Do(t.Context(), "e", target.Request{}); err == nil || !strings.Contains(err.Error(), "about its delay") {
		t.Errorf("got %v for an answer without a record", err)
	}
}

// echo takes half a millisecond more than it was asked to, and a quarter.
type echo struct{ records *records }

func (e *echo) Cold(context.Context, results.ColdKind, int) ([]target.Environment, error) {
	return nil, nil
}

func (e *echo) Close(context.Context) ([]target.Report, error) { return nil, nil }

func (e *echo) Do(_ context.Context, _ string, r target.Request) (target.Reply, error) {
	reply := target.Reply{Header: http.Header{}}
	if e.records != nil {
		var function, database int
		fmt.Sscan(r.Header.Get("X-Delay-Us"), &function)
		fmt.Sscan(r.Header.Get("X-Database-Us"), &database)
		e.records.addDatabase(time.Duration(database+250) * time.Microsecond)
		reply.Header.Set("X-Delayed-Us", fmt.Sprint(function+500))
	}
	return reply, nil
}

func TestRecordedMeanKnowsAStallFromADelay(t *testing.T) {
	r := &records{}
	ms := func(values ...int) (some []kept) {
		for _, v := range values {
			some = append(some, kept{function: time.Duration(v) * time.Millisecond})
		}
		return some
	}
	r.add(ms(10, 10, 400))
	r.add(ms(20, 20, 20))
	if got := r.of(func(k kept) time.Duration { return k.function }); got.mean != 15 || got.plain != 80 {
		t.Errorf("got %+v, want a mean of 15, plain 80", got)
	}
}

func TestStubRecordsTheDelaysThatItMakes(t *testing.T) {
	r := &records{}
	stub := newStub(r)
	defer stub.Close()
	answer, err := http.Post(stub.URL, "application/x-amz-json-1.0", strings.NewReader(`{"delayUs":2000}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := r.takeDatabase(); got < 2*time.Millisecond {
		t.Errorf("got a record of %v, want at least the 2 ms asked for", got)
	}
	if got := r.takeDatabase(); got != 0 {
		t.Errorf("got %v again", got)
	}
}
