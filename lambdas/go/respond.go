package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/event"
)

const (
	coldKey      = "coldStart"
	requestIDKey = "requestId"
)

// observe surrounds every request: it sets the headers that all answers have,
// and afterwards counts the request and writes its line to the log.
func (a *app) observe(c *gin.Context) {
	start := a.now()
	user, system := a.metrics.meter.CPU()
	cpuBefore := user + system
	cold := a.metrics.Begin()
	id := event.RequestID(c.Request.Context())
	if id == "" {
		id = a.newID()
	}
	c.Set(coldKey, cold)
	c.Set(requestIDKey, id)
	c.Header("X-Runtime", runtimeName)
	c.Header("X-Cold-Start", strconv.FormatBool(cold))
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")

	c.Next()

	end := a.now()
	took := end.Sub(start)
	route := routeOf(c)
	counter := route
	if c.FullPath() != "" {
		counter = c.Request.Method + " " + route
	}
	a.metrics.End(counter, took)
	user, system = a.metrics.meter.CPU()
	line := slog.NewRecord(end, slog.LevelInfo, "request", 0)
	line.AddAttrs(
		slog.String("requestId", id),
		slog.String("method", c.Request.Method),
		slog.String("route", route),
		slog.Int("status", c.Writer.Status()),
		slog.Float64("durationMs", milliseconds(took)),
		slog.Float64("cpuMs", milliseconds(user+system-cpuBefore)),
		slog.Int64("rssBytes", a.metrics.meter.RSS()),
		slog.Bool("coldStart", cold),
	)
	// Handed to the handler itself: alarms read this line at any log level.
	_ = a.log.Handler().Handle(c.Request.Context(), line)
}

// routeOf names the route without the prefix, as the API's description does.
// What has no route is one, so that callers cannot make names up.
func routeOf(c *gin.Context) string {
	if c.FullPath() == "" {
		return "unmatched"
	}
	return strings.Replace(strings.TrimPrefix(c.FullPath(), pathPrefix), ":id", "{id}", 1)
}

// recoverPanic answers a panic with a 500, as any other unexpected error.
func (a *app) recoverPanic(c *gin.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			a.fail(c, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
		}
	}()
	c.Next()
}

// exactPath refuses escaped characters, since no path of this API needs any.
// EscapedPath would escape some that came as they are.
func (a *app) exactPath(c *gin.Context) {
	if strings.Contains(cmp.Or(c.Request.URL.RawPath, c.Request.URL.EscapedPath()), "%") {
		c.Writer.Header().Del("Allow") // Gin has set it if it is about to answer 405.
		a.fail(c, errUnknownPath)
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
	if p == errDatabaseDown {
		c.Header("Retry-After", "1")
	}
	body, _ := event.EncodeJSON(p) // Strings and an integer: this cannot fail.
	c.Data(p.Status, "application/problem+json", body)
}

func writeJSON(c *gin.Context, status int, v any) error {
	body, err := event.EncodeJSON(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	c.Data(status, "application/json", body)
	return nil
}

func isCold(c *gin.Context) bool { return c.GetBool(coldKey) }
