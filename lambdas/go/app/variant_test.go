package app

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/gin-gonic/gin"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/adapter"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/client"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
	tunedclient "github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/tuned/client"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/tuned/event"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/tuned/strict"
)

// variant is a variant of the function, and how it answers an event.
type variant struct {
	name   string
	parts  Parts
	lambda func(*gin.Engine) lambda.Handler
}

var (
	stock = variant{
		"stock", Parts{Lambda: adapter.Start, Client: client.New, JSON: GinJSON},
		func(router *gin.Engine) lambda.Handler { return lambda.NewHandler(adapter.Handler(router)) },
	}
	tuned = variant{
		"tuned", Parts{Lambda: event.Start, Client: tunedclient.New, JSON: JSON{Read: strict.Read, Write: strict.Write}},
		func(router *gin.Engine) lambda.Handler { return event.Handler{HTTP: router} },
	}
)

// TestMain lets the test binary be the function itself, in a process of its own.
func TestMain(m *testing.M) {
	switch os.Getenv("TEST_BE_THE_FUNCTION") {
	case stock.name:
		Main(stock.parts)
	case tuned.name:
		Main(tuned.parts)
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		os.Setenv(name, value)
	}
	GinJSON.Setup()
	os.Exit(m.Run())
}

// eachVariant runs a test for all variants, since they are one API.
func eachVariant(t *testing.T, test func(*testing.T, variant)) {
	for _, v := range []variant{stock, tuned} {
		t.Run(v.name, func(t *testing.T) { test(t, v) })
	}
}

// read passes a body through the variant's JSON.
func (v variant) read(body string) (item.Fields, error) {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodPost, "/items", strings.NewReader(body))
	return v.parts.JSON.Read(c)
}

// newTestApp returns an app whose clock stands still and whose ids are testID.
func newTestApp(v variant, s Store) (*gin.Engine, *bytes.Buffer) {
	now := func() time.Time { return time.Date(2026, 11, 22, 4, 5, 6, 789e6, time.UTC) }
	var log bytes.Buffer
	a := &app{
		store:         s,
		json:          v.parts.JSON,
		metrics:       newMetrics(time.Now().Add(-time.Second), 1769),
		log:           newLogger(&log, slog.LevelError),
		requestLog:    newLogger(&log, slog.LevelInfo),
		now:           now,
		newID:         func() string { return testID },
		itemTTL:       7 * 24 * time.Hour,
		version:       "1.2.3",
		memoryLimitMB: 1769,
	}
	return a.router(), &log
}

// invoke answers an event.
func (v variant) invoke(ctx context.Context, router *gin.Engine, payload string) (string, error) {
	answer, err := v.lambda(router).Invoke(ctx, []byte(payload))
	return strings.TrimSpace(string(answer)), err
}

// fakeStore answers with its functions; a nil one must not be called.
type fakeStore struct {
	get    func(id string) (item.Item, error)
	list   func(limit int, after string) ([]item.Item, string, error)
	put    func(i item.Item, expires time.Time) error
	update func(id string, f item.Fields, updatedAt string) (item.Item, error)
	delete func(id string) error
}

func (s fakeStore) Get(_ context.Context, id string) (item.Item, error) { return s.get(id) }
func (s fakeStore) List(_ context.Context, limit int, after string) ([]item.Item, string, error) {
	return s.list(limit, after)
}
func (s fakeStore) Put(_ context.Context, i item.Item, expires time.Time) error {
	return s.put(i, expires)
}
func (s fakeStore) Update(_ context.Context, id string, f item.Fields, updatedAt string) (item.Item, error) {
	return s.update(id, f, updatedAt)
}
func (s fakeStore) Delete(_ context.Context, id string) error { return s.delete(id) }

func itemFields(name, description string, price float64) item.Fields {
	return item.Fields{Name: name, Description: description, Price: price}
}
