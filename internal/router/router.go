// Package router puts the functions of this machine behind addresses: by name for the
// gateway and the Invoke API, by path for people. It opens no port.
package router

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/apidocs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// Functions are those that the gateway and the Invoke API call, by name.
type Functions map[string]*engine.Pool

// Close ends all environments.
func (f Functions) Close() {
	for _, pool := range f {
		_ = pool.Close() // the cage removes what is left
	}
}

// find takes a function's name, that of its runtime, and "function", as AWS's own
// emulator calls the only one that it has.
func (f Functions) find(name string) (*engine.Pool, bool) {
	if pool, ok := f[name]; ok {
		return pool, true
	}
	if pool, ok := f[config.FunctionName(name, config.Dev)]; ok {
		return pool, true
	}
	if name == "function" && len(f) == 1 {
		for _, pool := range f {
			return pool, true
		}
	}
	return nil, false
}

// Invoke runs a function once, see gateway.Invoker.
func (f Functions) Invoke(ctx context.Context, function string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
	pool, ok := f.find(function)
	if !ok {
		return gateway.Result{}, fmt.Errorf("%w: %s", gateway.ErrNotFound, function)
	}
	request := engine.Request{
		Payload: payload, RequestID: o.RequestID, TraceID: o.TraceID, ClientContext: o.ClientContext, Stream: runtimeapi.Sink(o.Stream),
	}
	if o.Answered != nil {
		request.Answered = func(answer engine.Invocation) { o.Answered(result(answer)) }
	}
	answer, err := pool.Invoke(ctx, request)
	switch {
	case errors.Is(err, engine.ErrThrottled):
		return gateway.Result{}, fmt.Errorf("%w: %w", gateway.ErrThrottled, err)
	case errors.Is(err, engine.ErrRequestTooLarge):
		return gateway.Result{}, fmt.Errorf("%w: %w", gateway.ErrTooLarge, err)
	case err != nil:
		return gateway.Result{}, err
	}
	return result(answer), nil
}

func result(answer engine.Invocation) gateway.Result {
	return gateway.Result{Payload: answer.Payload, FunctionError: answer.FunctionError, LogTail: answer.LogTail, Cold: answer.Cold}
}

// Has knows the one version that exists locally.
func (f Functions) Has(function, qualifier string) bool {
	_, ok := f.find(function)
	return ok && (qualifier == "" || qualifier == "$LATEST")
}

// Shared is a resource that two functions would have, "" where there is none.
func Shared(routes, more []gateway.Route) string {
	for _, route := range more {
		if slices.ContainsFunc(routes, func(r gateway.Route) bool { return r.Resource == route.Resource }) {
			return cmp.Or(route.Resource, "/")
		}
	}
	return ""
}

// Addresses are lines with the URLs that lead to a function, and its name.
func Addresses(base string, r config.Runtime, routes []gateway.Route, function string) []string {
	var lines []string
	say := func(url string) { lines = append(lines, url+"  "+function) }
	switch {
	case r.DefaultVariant().Kind == config.API:
		for _, prefix := range r.Prefixes {
			say(base + prefix + "/items")
		}
	case len(routes) == 0: // events reach it by the Invoke API alone
		say(base + "/2015-03-31/functions/" + function + "/invocations")
	}
	if len(lines) == 0 {
		for _, route := range routes {
			say(base + cmp.Or(route.Resource, "/"))
		}
	}
	return lines
}

// Split sends the Invoke API's calls to it, those for the page with the API's
// description to that, if there is one, and everything else, with its raw path,
// to the gateway: net/http's own router would clean "//" and redirect.
func Split(front, invoke, docs http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case strings.HasPrefix(path, "/2015-03-31/"), strings.HasPrefix(path, "/2021-11-15/"):
			invoke.ServeHTTP(w, r)
		case docs != nil && (path == apidocs.Path || strings.HasPrefix(path, apidocs.Path+"/")):
			docs.ServeHTTP(w, r)
		default:
			front.ServeHTTP(w, r)
		}
	})
}
