// Package loadtest sends a load to an API over HTTP, and keeps what any load
// generator saw of it. A scenario file says what is sent; k6 reads the same file
// (test/k6), and both draw the same calls from it in the same order.
//
//	scenario, err := loadtest.ReadScenario("test/k6/scenarios/load.json")
//	order := loadtest.NewOrder(scenario.Seed, []string{"go", "python"}, scenario.Mix)
//	order.Call(0) // what leaves first
package loadtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Scenario is what a load test sends, and what it must hold.
type Scenario struct {
	Schema string `json:"$schema,omitempty"`
	Name   string `json:"name"`
	About  string `json:"about"` // a sentence
	// Seed of the order of the calls and of their bodies.
	Seed uint32 `json:"seed"`
	// StartRate is in calls a second, of all runtimes together. Each stage goes from
	// the rate before it to its target in a straight line; one of no seconds jumps.
	StartRate float64            `json:"startRate"`
	Stages    []Stage            `json:"stages"`
	Mix       []results.MixShare `json:"mix"`
	// Items are made for each runtime before the load and removed behind it: what is
	// read and updated.
	Items int `json:"items"`
	// MaxInFlight calls at a time; one that is due while so many are under way is dropped.
	MaxInFlight int       `json:"maxInFlight"`
	Objective   Objective `json:"objective"`
}

// Stage is a part of the schedule.
type Stage struct {
	Target  float64 `json:"target"` // calls a second at its end
	Seconds float64 `json:"seconds"`
}

// Objective is what each runtime must hold.
type Objective struct {
	ErrorShare float64 `json:"errorShare"` // must be below
	P99Ms      float64 `json:"p99Ms"`      // must be below
}

const hintScenario = "write it as test/k6/scenario.schema.json says; test/k6/scenarios has examples"

// ReadScenario reads and checks a scenario file.
func ReadScenario(path string) (Scenario, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Scenario{}, fault.Usage("name a scenario file, such as test/k6/scenarios/load.json", "read the scenario: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var s Scenario
	if err := decoder.Decode(&s); err != nil {
		return Scenario{}, fault.Usage(hintScenario, "read %s: %w", path, err)
	}
	if err := s.check(); err != nil {
		return Scenario{}, fault.Usage(hintScenario, "read %s: %w", path, err)
	}
	return s, nil
}

func (s Scenario) check() error {
	switch {
	case s.Name == "":
		return fmt.Errorf("name: got nothing, wanted a word")
	case s.StartRate < 0:
		return fmt.Errorf("startRate: got %v, wanted 0 or more calls a second", s.StartRate)
	case s.Items < 1:
		return fmt.Errorf("items: got %d, wanted one at least", s.Items)
	case s.MaxInFlight < 1:
		return fmt.Errorf("maxInFlight: got %d, wanted one at least", s.MaxInFlight)
	case s.Objective.ErrorShare <= 0 || s.Objective.ErrorShare > 1 || s.Objective.P99Ms <= 0:
		return fmt.Errorf("objective: got %+v, wanted a share above 0 and milliseconds above 0", s.Objective)
	case len(s.Mix) == 0:
		return fmt.Errorf("mix: got nothing, wanted operations with their weights")
	}
	for i, one := range s.Mix {
		if !slices.Contains(operations, config.Operation(one.Operation)) || one.Weight < 1 {
			return fmt.Errorf("mix[%d]: got %q with the weight %d, wanted one of %v with 1 or more", i, one.Operation, one.Weight, operations)
		}
	}
	for i, stage := range s.Stages {
		if stage.Target < 0 || stage.Seconds < 0 {
			return fmt.Errorf("stages[%d]: got %+v, wanted nothing below zero", i, stage)
		}
	}
	if s.Calls() < 1 {
		return fmt.Errorf("stages: got no call at all, wanted one at least")
	}
	return nil
}

var operations = []config.Operation{config.Create, config.Read, config.List, config.Update, config.Delete}

// Steady is the scenario at one rate instead of its stages.
func (s Scenario) Steady(rate float64, length time.Duration) Scenario {
	s.StartRate, s.Stages = rate, []Stage{{Target: rate, Seconds: length.Seconds()}}
	return s
}

// Calls is how many the schedule has.
func (s Scenario) Calls() int64 {
	area, rate := 0.0, s.StartRate
	for _, stage := range s.Stages {
		area += stage.area(rate, stage.Seconds)
		rate = stage.Target
	}
	return int64(area + 1e-6)
}

// Length of the schedule.
func (s Scenario) Length() time.Duration {
	seconds := 0.0
	for _, stage := range s.Stages {
		seconds += stage.Seconds
	}
	return time.Duration(seconds * float64(time.Second))
}

// area is how many calls leave in the first seconds of a stage that begins at a rate.
func (s Stage) area(rate, seconds float64) float64 {
	if s.Seconds == 0 {
		return 0
	}
	return rate*seconds + (s.Target-rate)*seconds*seconds/(2*s.Seconds)
}

// Peak is the highest rate of the schedule, in calls a second.
func (s Scenario) Peak() float64 {
	peak := s.StartRate
	for _, stage := range s.Stages {
		peak = max(peak, stage.Target)
	}
	return peak
}

// Requests is how many leave at most: for the calls, of which a create's item is removed
// behind it and a delete's is made before it, and for the items, of which each worker makes
// and removes one of each runtime at least.
func (s Scenario) Requests(runtimes, workers int) (calls, items int64) {
	common, weights, upkeep := 0, 0, 0
	for _, one := range s.Mix {
		common = divisor(one.Weight, common)
		weights += one.Weight
		if o := config.Operation(one.Operation); o == config.Create || o == config.Delete {
			upkeep += one.Weight
		}
	}
	calls = s.Calls()
	block := int64(weights / common * runtimes) // as Order makes them
	begun := (calls + block - 1) / block
	return calls + min(calls, begun*int64(upkeep/common*runtimes)), int64(runtimes * max(s.Items, workers) * (attempts + 1))
}

// Start is when call k, counted from 0, has to leave, from the beginning of the
// schedule on: where k calls' worth of its rate have passed. It depends on nothing
// that happened before, so that no slow answer delays another call's start.
func (s Scenario) Start(k int64) time.Duration {
	before, began, rate := 0.0, 0.0, s.StartRate
	for _, stage := range s.Stages {
		whole := stage.area(rate, stage.Seconds)
		if missing := float64(k) - before; missing < whole {
			return time.Duration((began + stage.until(rate, missing)) * float64(time.Second))
		}
		before, began, rate = before+whole, began+stage.Seconds, stage.Target
	}
	return s.Length()
}

// until is after how many seconds a stage has had so many calls: the root of its area,
// in the form that is exact where the rate hardly changes.
func (s Stage) until(rate, calls float64) float64 {
	slope := (s.Target - rate) / s.Seconds
	root := rate*rate + 2*slope*calls
	return 2 * calls / (rate + math.Sqrt(max(root, 0)))
}

// Constant reports whether the rate never changes.
func (s Scenario) Constant() bool {
	return !slices.ContainsFunc(s.Stages, func(stage Stage) bool { return stage.Target != s.StartRate })
}

// Text says the schedule in a line.
func (s Scenario) Text() string {
	if s.Constant() {
		return fmt.Sprintf("%v calls a second for %v", s.StartRate, s.Length())
	}
	parts := []string{fmt.Sprint(s.StartRate)}
	for _, stage := range s.Stages {
		parts = append(parts, fmt.Sprintf("%v over %vs", stage.Target, stage.Seconds))
	}
	return "calls a second: " + strings.Join(parts, ", ")
}
