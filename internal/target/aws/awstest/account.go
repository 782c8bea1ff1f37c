// Package awstest is an account over HTTP, for tests of what measures there: the parts
// of Lambda's control plane that are used, STS, and deployedtest's CloudFormation.
// Invoke is our own engine's API, in front of whatever runs the functions.
package awstest

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway/invokeapi"
)

// ID is the account's number, Region where its stacks are.
const (
	ID     = "123456789012"
	Region = "us-east-1"
)

// Refusal is an error of AWS.
type Refusal = deployedtest.Refusal

// Account is one in one region.
type Account struct {
	// AWS has the stacks.
	deployedtest.AWS
	// Concurrency and Unreserved are the account's limits; 0 is 1,000.
	Concurrency, Unreserved int
	// Fault answers the nth request (from 1) for an action, such as
	// lambda:UpdateFunctionConfiguration, unless it is nil or returns nil.
	Fault func(action string, n int) *Refusal
	// Lose tells whether the answer to a request gets lost, behind what was asked for.
	Lose func(action string, n int) bool
	// Alarms of CloudWatch.
	Alarms []Alarm
	// APIKey is what the API asks for; "" for none.
	APIKey string
	// Unsigned tells that the HTTP API takes nobody's signature.
	Unsigned bool
	// Late is how many queries do not see what was logged.
	Late int
	// Unlogged tells whether the nth call through the API (from 1) leaves no REPORT.
	Unlogged func(n int) bool
	// Stream names the log stream of the nth call; nil leaves what it is.
	Stream func(n int, is string) string

	mu        sync.Mutex
	functions map[string]*Function
	asked     map[string]int
	invoke    *invokeapi.Handler
	streams   int
	logged    int
	events    []event
	queries   []query
}

// Serve starts it, see deployedtest.Start.
func (a *Account) Serve(t *testing.T) (url string) {
	t.Helper()
	a.asked = map[string]int{}
	a.invoke = invokeapi.New(invokeapi.Options{Invoker: a})
	t.Cleanup(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, f := range a.functions {
			f.stop()
			for _, v := range append(f.versions, f.live) {
				v.stop()
			}
		}
	})
	url = deployedtest.Start(t, a)
	t.Setenv("AWS_REGION", Region)
	return url
}

// Deploy adds a function, as a stack that tells its name.
func (a *Account) Deploy(stack string, f Function) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.functions == nil {
		a.functions = map[string]*Function{}
	}
	if a.Stacks == nil {
		a.Stacks = map[string]map[string]string{}
	}
	live := f
	f.live = &live
	a.functions[f.Name] = &f
	a.Stacks[stack] = map[string]string{"FunctionName": f.Name}
}

// Configured is a function's memory and variables now.
func (a *Account) Configured(name string) (memoryMB int, variables map[string]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.functions[name]
	return f.MemoryMB, maps.Clone(f.Variables)
}

// Versions are the descriptions of a function's published versions, by number.
func (a *Account) Versions(name string) map[int]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	got := map[int]string{}
	for _, v := range a.functions[name].versions {
		got[v.version] = v.Description
	}
	return got
}

// Publish makes a version, as a deployment does.
func (a *Account) Publish(name, description string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.functions[name].add(description)
}

// Change is somebody else's.
func (a *Account) Change(name string, change func(*Function)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.functions[name]
	change(f)
	f.revision++
	f.stop()
}

// Remove takes a function away.
func (a *Account) Remove(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.functions[name].stop()
	delete(a.functions, name)
}

// SetFault sets Fault, where another process is about to ask: nothing else tells the race
// detector that this came before.
func (a *Account) SetFault(fault func(action string, n int) *Refusal) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.Fault = fault
}

// Asked counts the requests by action.
func (a *Account) Asked() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.asked)
}

// Names are the functions', sorted.
func (a *Account) Names() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.functions))
}
