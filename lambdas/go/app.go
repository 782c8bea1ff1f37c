package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

const (
	runtimeName = "go"
	pathPrefix  = "/go"
)

// itemReader and itemWriter are what the app needs of a store. Their errors are
// store.ErrNotFound, store.ErrUnavailable, or unexpected.
type itemReader interface {
	Get(ctx context.Context, id string) (store.Item, error)
	List(ctx context.Context, limit int, after string) (items []store.Item, next string, err error)
}

type itemWriter interface {
	Put(ctx context.Context, item store.Item, expires time.Time) error
	Update(ctx context.Context, id string, f store.Fields, updatedAt string) (store.Item, error)
	Delete(ctx context.Context, id string) error
}

type itemStore interface {
	itemReader
	itemWriter
}

// app answers the Items API. Everything that it depends on is a field.
type app struct {
	store         itemStore
	metrics       *metrics
	log           *slog.Logger
	now           func() time.Time
	newID         func() string
	itemTTL       time.Duration
	version       string
	memoryLimitMB int64
}

// Handler returns the routes, bare and under the prefix that API Gateway passes.
func (a *app) Handler() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.RedirectTrailingSlash = false
	router.HandleMethodNotAllowed = true
	router.Use(a.observe, a.recoverPanic, a.exactPath)
	router.NoRoute(a.handle(func(*gin.Context) error { return errUnknownPath }))
	router.NoMethod(a.handle(func(*gin.Context) error { return errMethod }))
	for _, prefix := range []string{"", pathPrefix} {
		// Gin lists the methods in Allow in the order in which it first met them.
		group := router.Group(prefix)
		group.GET("/items", a.handle(a.listItems))
		group.POST("/items", a.handle(a.createItem))
		group.GET("/items/:id", a.handle(a.getItem))
		group.PUT("/items/:id", a.handle(a.replaceItem))
		group.DELETE("/items/:id", a.handle(a.deleteItem))
		group.GET("/health", a.handle(a.health))
		group.GET("/metrics", a.handle(a.showMetrics))
	}
	return router
}

func (a *app) createItem(c *gin.Context) error {
	f, err := readFields(c.Request)
	if err != nil {
		return err
	}
	now := a.now()
	item := store.Item{
		ID:          a.newID(),
		Name:        f.Name,
		Description: f.Description,
		Price:       f.Price,
		Runtime:     runtimeName,
		SourceIP:    sourceIP(c.Request),
		CreatedAt:   store.Timestamp(now),
		UpdatedAt:   store.Timestamp(now),
	}
	if err := a.store.Put(c.Request.Context(), item, now.Add(a.itemTTL)); err != nil {
		return err
	}
	c.Header("Location", "items/"+item.ID)
	return writeJSON(c, http.StatusCreated, item)
}

func (a *app) listItems(c *gin.Context) error {
	limit, err := parseLimit(queryValues(c.Request.URL.RawQuery, "limit"))
	if err != nil {
		return err
	}
	after, err := parseNextToken(queryValues(c.Request.URL.RawQuery, "nextToken"))
	if err != nil {
		return err
	}
	items, next, err := a.store.List(c.Request.Context(), limit, after)
	if err != nil {
		return err
	}
	body := page{Items: items}
	if next != "" {
		if body.NextToken, err = nextToken(next); err != nil {
			return fmt.Errorf("make a token of the last key: %w", err)
		}
	}
	return writeJSON(c, http.StatusOK, body)
}

func (a *app) getItem(c *gin.Context) error {
	id := c.Param("id")
	if !isID(id) {
		return errNoItem
	}
	item, err := a.store.Get(c.Request.Context(), id)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, item)
}

func (a *app) replaceItem(c *gin.Context) error {
	id := c.Param("id")
	if !isID(id) {
		return errNoItem
	}
	f, err := readFields(c.Request)
	if err != nil {
		return err
	}
	item, err := a.store.Update(c.Request.Context(), id, f, store.Timestamp(a.now()))
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, item)
}

func (a *app) deleteItem(c *gin.Context) error {
	id := c.Param("id")
	if !isID(id) {
		return errNoItem
	}
	if err := a.store.Delete(c.Request.Context(), id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// healthBody is the answer of GET /health.
type healthBody struct {
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
	return writeJSON(c, http.StatusOK, healthBody{
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
	return writeJSON(c, http.StatusOK, a.metrics.Body(isCold(c)))
}

// readFields judges a request's media type, then its size, then its body.
func readFields(r *http.Request) (store.Fields, error) {
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	_, encoded := r.Header["Content-Encoding"]
	if encoded || !strings.EqualFold(strings.Trim(mediaType, " \t"), "application/json") {
		return store.Fields{}, errMediaType
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	if len(body) > maxBodyBytes {
		return store.Fields{}, errBodyTooLarge
	}
	if err != nil {
		return store.Fields{}, errBody // Not base64, although the event says so, or cut short.
	}
	return parseFields(body)
}

// queryValues returns all values of one query name. Unlike net/url it keeps
// what cannot be unescaped as it is, so that a broken limit is not taken for
// none.
func queryValues(rawQuery, name string) []string {
	unescape := func(s string) string {
		if unescaped, err := url.QueryUnescape(s); err == nil {
			return unescaped
		}
		return s
	}
	var values []string
	for pair := range strings.SplitSeq(rawQuery, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if unescape(key) == name {
			values = append(values, unescape(value))
		}
	}
	return values
}

// sourceIP is the peer's address. Headers that tell another one are the
// caller's own claim.
func sourceIP(r *http.Request) string {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return host
}
