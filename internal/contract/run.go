package contract

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Options say how the implementation is reached and what may be asked.
type Options struct {
	// Runtime is what X-Runtime and the items' runtime must say. Needed.
	Runtime string
	// Levels are those that the client speaks for: Event; HTTP; HTTP and AWS
	// for a gateway. Needed.
	Levels []Level
	// Mount is put in front of the cases' paths: behind a gateway the runtime's
	// prefix. Prefixes are all that the runtime answers.
	Mount    string
	Prefixes []string
	// Glob chooses cases by name (see Match); empty means all. Skip leaves some
	// of these out, such as the slow "faults".
	Glob, Skip []string
	// Origin is what a web page of the cases is from; "" is https://example.com. A
	// server on loopback answers pages of its own only.
	Origin string
	// SourceIP is the caller's address as the implementation sees it; "" where
	// it is not known.
	SourceIP string
	// Architecture, MemoryMB and Version are what /health must say; "" and 0
	// where that is not known.
	Architecture string
	MemoryMB     int
	Version      string
	// TTLDays is the implementation's ITEM_TTL_DAYS; 0 is its default, 7.
	TTLDays int
	// Fresh makes a new execution environment answer the next request. Rows look
	// into the table, Faults spoil it. Each may be nil: the cases
	// that need it are skipped.
	Fresh  func(context.Context) error
	Rows   Rows
	Faults Faults
	// KnownFailing names cases that must fail, with reasons.
	KnownFailing []KnownFailure
	// Declared are the differences that the implementation must have.
	Declared []Declared
	// MayConform is true where it need not have them: a stock function with one
	// trick more.
	MayConform bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Run runs the cases that hold at the client's levels, one after the other. The
// error is the caller's or the context's; what an implementation does wrong is
// in the report. Items that a case made are deleted at its end.
func Run(ctx context.Context, s Suite, c Client, o Options) (Report, error) {
	if o.Runtime == "" || len(o.Levels) == 0 {
		return Report{}, fault.Usage("", "run the contract: the runtime's name and the client's levels are needed")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	report := Report{Runtime: o.Runtime}
	for _, kase := range s.Cases {
		if !o.chooses(kase) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return report, fmt.Errorf("run the contract of %s: %w", o.Runtime, err)
		}
		report.Results = append(report.Results, o.judge(runDeclared(ctx, s, c, o, kase)))
	}
	for _, known := range o.KnownFailing {
		if len(o.Glob) == 0 && !slices.ContainsFunc(s.Cases, func(c Case) bool { return Match(known.Case, c.Name) }) {
			report.Results = append(report.Results, Result{Case: known.Case, Status: Failed, Failure: "named as known to fail, but there is no such case"})
		}
	}
	if len(report.Results) == 0 {
		return report, fault.Usage("cases are named like items/create/minimal, and items/create means all of them",
			"no case of the contract fits %s at the levels %v", strings.Join(o.Glob, ", "), o.Levels)
	}
	return report, nil
}

func (o Options) chooses(c Case) bool {
	if !slices.ContainsFunc(c.Levels, func(l Level) bool { return slices.Contains(o.Levels, l) }) {
		return false
	}
	matches := func(glob string) bool { return Match(glob, c.Name) }
	return (len(o.Glob) == 0 || slices.ContainsFunc(o.Glob, matches)) && !slices.ContainsFunc(o.Skip, matches)
}

// run is one case under way.
type run struct {
	suite     Suite
	client    Client
	options   Options
	vars      variables
	made      []string // ids to delete at the end
	exchanges []Exchange
}

func runCase(ctx context.Context, s Suite, c Client, o Options, kase Case) Result {
	result := Result{Case: kase.Name, About: kase.About, Status: Passed}
	if reason := missing(o, kase); reason != "" {
		result.Status, result.Failure = Skipped, reason
		return result
	}
	prefixes := []string{""}
	if kase.prefixed() {
		prefixes = o.Prefixes
	}
	for _, prefix := range prefixes {
		r := &run{suite: s, client: c, options: o, vars: o.variables(prefix)}
		failure := r.all(ctx, kase)
		r.clean(ctx)
		result.Exchanges = append(result.Exchanges, r.exchanges...)
		if failure != "" {
			result.Status, result.Failure = Failed, failure
			break
		}
	}
	return result
}

// missing says what a case needs that the caller does not offer.
func missing(o Options, kase Case) string {
	if kase.Fresh && o.Fresh == nil {
		return "needs a new execution environment"
	}
	if kase.Faults != nil && o.Faults == nil {
		return "needs a database that can be made to fail"
	}
	if kase.prefixed() && len(o.Prefixes) == 0 {
		return "needs a runtime with a prefix"
	}
	for _, step := range kase.steps() {
		if o.Rows == nil && (step.Put != nil || (step.Row != nil && step.Request == nil)) {
			return "needs a look into the table"
		}
	}
	return ""
}

func (o Options) variables(prefix string) variables {
	days := o.TTLDays
	if days == 0 {
		days = 7
	}
	vars := variables{
		"runtime": {kind: text, literal: o.Runtime},
		"prefix":  {kind: text, literal: prefix},
		"ttlDays": {kind: number, literal: strconv.Itoa(days)},
		"root":    {kind: text},
		"origin":  {kind: text, literal: cmp.Or(o.Origin, "https://example.com")},
	}
	if o.Architecture != "" {
		vars["architecture"] = value{kind: text, literal: o.Architecture}
	}
	if o.MemoryMB != 0 {
		vars["memoryLimitMb"] = value{kind: number, literal: strconv.Itoa(o.MemoryMB)}
	}
	if o.Version != "" {
		vars["version"] = value{kind: text, literal: o.Version}
	}
	return vars
}

// all runs the case's steps and returns why it failed, or "".
func (r *run) all(ctx context.Context, kase Case) string {
	if kase.Fresh {
		if err := r.options.Fresh(ctx); err != nil {
			return "new environment: " + err.Error()
		}
	}
	if failure := r.given(ctx, kase.Given); failure != "" {
		return failure
	}
	if kase.Faults != nil {
		r.refill(ctx)
	}
	if r.options.Faults != nil {
		if err := r.options.Faults.Set(kase.Faults); err != nil {
			return "set the database's faults: " + err.Error()
		}
		defer r.options.Faults.Set(nil)
	}
	for i, step := range kase.steps() {
		if failure := r.step(ctx, step); failure != "" {
			if len(kase.steps()) > 1 {
				return fmt.Sprintf("step %d of %d: %s", i+1, len(kase.steps()), failure)
			}
			return failure
		}
	}
	if kase.Faults != nil {
		return r.recovered(ctx)
	}
	return ""
}

// recovered takes the faults away: the request after them works.
func (r *run) recovered(ctx context.Context) string {
	if err := r.options.Faults.Set(nil); err != nil {
		return "take the database's faults away: " + err.Error()
	}
	response, err := r.do(ctx, Request{Method: http.MethodGet, Path: r.options.Mount + "/items", Query: "limit=1", Header: http.Header{}})
	if err != nil {
		return "the request after the faults: " + err.Error()
	}
	if response.Status != http.StatusOK {
		return fmt.Sprintf("the request after the faults: got %d %s, want 200", response.Status, shorten(string(response.Body), 200))
	}
	return ""
}

// refillCalls pay for the dearest case of faults: the SDKs keep 500 tokens, a
// retry costs up to 14 of them, and a call that needs none brings one back.
const refillCalls = 30

// refill fills the budget for retries up again, which the SDKs in their standard
// mode share among all calls of a process: else the faults of some cases would
// leave none for the next.
func (r *run) refill(ctx context.Context) {
	for range refillCalls {
		r.client.Do(ctx, Request{Method: http.MethodGet, Path: r.options.Mount + "/items", Query: "limit=1", Header: http.Header{}})
	}
}

// given makes the items that a case begins with, through the API.
func (r *run) given(ctx context.Context, node any) string {
	items, err := fromYAML(node)
	if err != nil {
		return err.Error()
	}
	for _, item := range items.members {
		fields, err := r.vars.expandValue(item.value)
		if err != nil {
			return "given " + item.name + ": " + err.Error()
		}
		response, err := r.do(ctx, Request{
			Method: http.MethodPost, Path: r.options.Mount + "/items",
			Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(fields.encode()),
		})
		if err != nil {
			return "given " + item.name + ": " + err.Error()
		}
		made, err := parseJSON(response.Body)
		if response.Status != http.StatusCreated || err != nil {
			return fmt.Sprintf("given %s: POST /items answered %d %s", item.name, response.Status, response.Body)
		}
		r.vars[item.name] = made
	}
	return ""
}

// do sends a request and remembers both sides, and what was made.
func (r *run) do(ctx context.Context, request Request) (Response, error) {
	response, err := r.client.Do(ctx, request)
	if err != nil {
		return Response{}, fmt.Errorf("no answer: %w", err)
	}
	r.exchanges = append(r.exchanges, Exchange{Request: request, Response: response})
	if response.Status == http.StatusCreated {
		if body, err := parseJSON(response.Body); err == nil {
			if id, ok := body.get("id"); ok {
				r.made = append(r.made, id.literal)
			}
		}
	}
	return response, nil
}

// clean deletes what the case made. Whether that works is another case's
// matter.
func (r *run) clean(ctx context.Context) {
	for _, id := range r.made {
		if r.options.Rows != nil {
			r.options.Rows.Delete(ctx, id)
			continue
		}
		r.client.Do(ctx, Request{Method: http.MethodDelete, Path: r.options.Mount + "/items/" + id, Header: http.Header{}})
	}
}

func (r *run) step(ctx context.Context, s Step) string {
	if s.Put != nil {
		if failure := r.put(ctx, s.Put); failure != "" {
			return failure
		}
	}
	if s.Walk != nil {
		return r.walk(ctx, *s.Walk)
	}
	var body value
	if s.Request != nil {
		request, err := r.request(*s.Request)
		if err != nil {
			return "the case's request: " + err.Error()
		}
		m := &matcher{vars: r.vars, ip: r.options.SourceIP, started: r.options.Now()}
		if request.SourceIP != "" {
			m.ip = request.SourceIP
		}
		if r.options.Faults != nil {
			r.options.Faults.Attempts() // those of the steps before
		}
		response, err := r.do(ctx, request)
		if err != nil {
			return describe(request) + "\n  " + err.Error()
		}
		m.ended = r.options.Now()
		body = r.compare(m, request, response, *s.Expect)
		if r.options.Faults != nil && s.Attempts != nil {
			if got := r.options.Faults.Attempts(); !slices.Equal(got, s.Attempts) {
				m.fail("calls to the database", "got %v, want %v", got, s.Attempts)
			}
		}
		if len(m.faults) > 0 {
			return describe(request) + "\n  " + strings.Join(m.faults, "\n  ") +
				fmt.Sprintf("\n  the answer was %d %s", response.Status, shorten(string(response.Body), 400))
		}
	}
	if s.Row != nil && r.options.Rows != nil {
		return r.row(ctx, *s.Row, body)
	}
	return ""
}

func describe(r Request) string {
	target := r.Path
	if r.Query != "" {
		target += "?" + r.Query
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, target, shorten(string(r.Body), 200)))
}

// shorten shows a text in a line: what can't be seen is quoted, what is long is
// cut.
func shorten(s string, limit int) string {
	switch {
	case len(s) > limit:
		return fmt.Sprintf("%q… (%d bytes)", s[:limit], len(s))
	case strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }):
		return strconv.Quote(s)
	}
	return s
}

// sortedNames of headers, for a steady order of complaints.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
