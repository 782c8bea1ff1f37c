package app

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/gin-gonic/gin"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/problem"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/routes"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

const (
	coldKey      = "coldStart"
	requestIDKey = "requestId"

	maxBodyBytes = 65_536
)

// observe surrounds every request: it sets the headers that all answers have,
// and afterwards counts the request and writes its line to the log.
func (a *app) observe(c *gin.Context) {
	start := a.now()
	cold := a.metrics.Begin()
	id := a.requestID(c)
	c.Set(coldKey, cold)
	c.Set(requestIDKey, id)
	c.Header("X-Runtime", runtimeName)
	c.Header("X-Cold-Start", strconv.FormatBool(cold))
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")

	c.Next()

	took := a.now().Sub(start)
	route := routeOf(c)
	counter := route
	if c.FullPath() != "" {
		counter = c.Request.Method + " " + route
	}
	a.metrics.End(counter, took)
	a.requestLog.LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
		slog.String("requestId", id),
		slog.String("method", c.Request.Method),
		slog.String("route", route),
		slog.Int("status", c.Writer.Status()),
		slog.Float64("durationMs", milliseconds(took)),
		slog.Bool("coldStart", cold),
	)
}

// requestID is Lambda's id of the invocation, which its own log lines have too.
func (a *app) requestID(c *gin.Context) string {
	if lambda, ok := lambdacontext.FromContext(c.Request.Context()); ok {
		return lambda.AwsRequestID
	}
	return a.newID()
}

// routeOf names the route without the prefix, as the API's description does.
// What has no route is one, so that callers cannot make names up.
func routeOf(c *gin.Context) string {
	if c.FullPath() == "" {
		return "unmatched"
	}
	return strings.Replace(strings.TrimPrefix(c.FullPath(), routes.Prefixes[1]), ":id", "{id}", 1)
}

func isCold(c *gin.Context) bool { return c.GetBool(coldKey) }

// recoverPanic answers a panic with a 500, as any other unexpected error.
func (a *app) recoverPanic(c *gin.Context, cause any) {
	a.fail(c, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
}

// exactPath refuses escaped characters, since no path of this API needs any.
// EscapedPath would escape some that came as they are.
func (a *app) exactPath(c *gin.Context) {
	if strings.Contains(cmp.Or(c.Request.URL.RawPath, c.Request.URL.EscapedPath()), "%") {
		c.Writer.Header().Del("Allow") // Gin has set it if it is about to answer 405.
		a.fail(c, problem.UnknownPath)
		c.Abort()
	}
}

// handle adapts a handler that returns its error.
func (a *app) handle(handler func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := handler(c); err != nil {
			a.fail(c, err)
		}
	}
}

// fail answers with err's problem. What the caller may not see goes to the log.
func (a *app) fail(c *gin.Context, err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		a.log.ErrorContext(c.Request.Context(), p.Detail,
			slog.String("requestId", c.GetString(requestIDKey)),
			slog.String("error", err.Error()))
	}
	if p == problem.DatabaseDown {
		c.Header("Retry-After", "1")
	}
	c.Header("Content-Type", "application/problem+json")
	_ = a.json.Write(c, p.Status, p) // Strings and an integer: this cannot fail.
}

// problemOf translates any error into the problem that the caller sees.
func problemOf(err error) *problem.Problem {
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return p
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return problem.NoItem
	case errors.Is(err, store.ErrUnavailable):
		return problem.DatabaseDown
	default:
		return problem.Unexpected
	}
}

func (a *app) answer(c *gin.Context, status int, v any) error {
	c.Header("Content-Type", "application/json")
	return a.json.Write(c, status, v)
}

// readFields judges a request's media type, then its size, then its body.
func (a *app) readFields(c *gin.Context) (item.Fields, error) {
	mediaType, _, _ := strings.Cut(c.GetHeader("Content-Type"), ";")
	_, encoded := c.Request.Header["Content-Encoding"]
	if encoded || !strings.EqualFold(strings.Trim(mediaType, " \t"), "application/json") {
		return item.Fields{}, problem.MediaType
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBodyBytes)
	f, err := a.json.Read(c)
	_, isProblem := errors.AsType[*problem.Problem](err)
	_, isTooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case err == nil || isProblem:
		return f, err
	case isTooLarge:
		return f, problem.BodyTooLarge
	default:
		return f, problem.Body // Not base64, although the event says so, or cut short.
	}
}
