// Package app answers the Items API with Gin.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/problem"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/routes"
)

const runtimeName = "go"

// Store is what the app needs of one. Its errors are store.ErrNotFound,
// store.ErrUnavailable, or unexpected.
type Store interface {
	Get(ctx context.Context, id string) (item.Item, error)
	List(ctx context.Context, limit int, after string) (items []item.Item, next string, err error)
	Put(ctx context.Context, item item.Item, expires time.Time) error
	Update(ctx context.Context, id string, f item.Fields, updatedAt string) (item.Item, error)
	Delete(ctx context.Context, id string) error
}

// app is everything that an answer depends on.
type app struct {
	store         Store
	json          JSON
	metrics       *metrics
	log           *slog.Logger
	requestLog    *slog.Logger // writes at any log level, since alarms read it
	now           func() time.Time
	newID         func() string
	itemTTL       time.Duration
	version       string
	memoryLimitMB int64
}

func (a *app) router() *gin.Engine {
	router := routes.NewRouter(a.observe, gin.CustomRecoveryWithWriter(nil, a.recoverPanic), a.exactPath)
	router.NoRoute(a.handle(func(*gin.Context) error { return problem.UnknownPath }))
	router.NoMethod(a.handle(func(*gin.Context) error { return problem.Method }))
	items := routes.Items{
		List:    a.handle(a.list),
		Create:  a.handle(a.create),
		Get:     a.handle(a.get),
		Replace: a.handle(a.replace),
		Delete:  a.handle(a.delete),
	}
	for _, prefix := range routes.Prefixes {
		group := router.Group(prefix)
		items.Add(group)
		group.GET("/health", a.handle(a.health))
		group.GET("/metrics", a.handle(a.showMetrics))
	}
	return router
}

func (a *app) create(c *gin.Context) error {
	f, err := a.readFields(c)
	if err != nil {
		return err
	}
	now := a.now()
	created := item.Item{
		ID:          a.newID(),
		Name:        f.Name,
		Description: f.Description,
		Price:       f.Price,
		Runtime:     runtimeName,
		SourceIP:    sourceIP(c.Request),
		CreatedAt:   item.Timestamp(now),
		UpdatedAt:   item.Timestamp(now),
	}
	if err := a.store.Put(c.Request.Context(), created, now.Add(a.itemTTL)); err != nil {
		return err
	}
	c.Header("Location", "items/"+created.ID)
	return a.answer(c, http.StatusCreated, created)
}

func (a *app) list(c *gin.Context) error {
	limit, err := item.ParseLimit(c.QueryArray("limit"))
	if err != nil {
		return err
	}
	after, err := item.ParseNextToken(c.QueryArray("nextToken"))
	if err != nil {
		return err
	}
	items, next, err := a.store.List(c.Request.Context(), limit, after)
	if err != nil {
		return err
	}
	page := item.Page{Items: items}
	if next != "" {
		if page.NextToken, err = item.NextToken(next); err != nil {
			return fmt.Errorf("make a token of the last key: %w", err)
		}
	}
	return a.answer(c, http.StatusOK, page)
}

func (a *app) get(c *gin.Context) error {
	id := c.Param("id")
	if !item.IsID(id) {
		return problem.NoItem
	}
	found, err := a.store.Get(c.Request.Context(), id)
	if err != nil {
		return err
	}
	return a.answer(c, http.StatusOK, found)
}

func (a *app) replace(c *gin.Context) error {
	id := c.Param("id")
	if !item.IsID(id) {
		return problem.NoItem
	}
	f, err := a.readFields(c)
	if err != nil {
		return err
	}
	replaced, err := a.store.Update(c.Request.Context(), id, f, item.Timestamp(a.now()))
	if err != nil {
		return err
	}
	return a.answer(c, http.StatusOK, replaced)
}

func (a *app) delete(c *gin.Context) error {
	id := c.Param("id")
	if !item.IsID(id) {
		return problem.NoItem
	}
	if err := a.store.Delete(c.Request.Context(), id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// healthAnswer is the answer of GET /health.
type healthAnswer struct {
	Status         string `json:"status"`
	Runtime        string `json:"runtime"`
	RuntimeVersion string `json:"runtimeVersion"`
	Framework      string `json:"framework"`
	Architecture   string `json:"architecture"`
	MemoryLimitMB  int64  `json:"memoryLimitMb"`
	ColdStart      bool   `json:"coldStart"`
	Version        string `json:"version"`
}

func (a *app) health(c *gin.Context) error {
	return a.answer(c, http.StatusOK, healthAnswer{
		Status:         "ok",
		Runtime:        runtimeName,
		RuntimeVersion: strings.TrimPrefix(runtime.Version(), "go"),
		Framework:      "Gin " + strings.TrimPrefix(gin.Version, "v"),
		Architecture:   architecture(runtime.GOARCH),
		MemoryLimitMB:  a.memoryLimitMB,
		ColdStart:      isCold(c),
		Version:        a.version,
	})
}

// architecture returns Lambda's name of a processor architecture.
func architecture(goarch string) string {
	if goarch == "amd64" {
		return "x86_64"
	}
	return goarch
}

func (a *app) showMetrics(c *gin.Context) error {
	return a.answer(c, http.StatusOK, a.metrics.Answer(isCold(c)))
}

// sourceIP is the peer's address; AWS's adapter gives it without a port. Headers
// that tell another one are the caller's own claim.
func sourceIP(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}
