package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

// primeTimeout leaves the rest of Lambda's init phase of 10 s to a function
// whose database does not answer.
const primeTimeout = 5 * time.Second

// Parts are what the variants of the function differ in.
type Parts struct {
	Lambda func(*gin.Engine) // answers Lambda's events, and never returns
	Client func(ctx context.Context, attemptTimeout time.Duration, options ...func(*dynamodb.Options)) (*dynamodb.Client, error)
	JSON   JSON
}

// Main answers REST proxy events where AWS_LAMBDA_RUNTIME_API is set, and is a
// plain HTTP server on 127.0.0.1:$PORT where it is not. It ends the process.
func Main(parts Parts) {
	os.Exit(parts.run(context.Background(), os.Getenv, os.Stdout, os.Stderr))
}

// run returns the exit code: 0, 1 for a server that failed, 2 for a wrong
// environment variable. The plain server ends with ctx, or by SIGTERM.
func (p Parts) run(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) int {
	started := time.Now()
	s, err := readSettings(getenv)
	if err != nil {
		fmt.Fprintf(stderr, "error: %v\n", err)
		return 2
	}
	log := newLogger(stdout, logLevel(cmp.Or(getenv("AWS_LAMBDA_LOG_LEVEL"), getenv("LOG_LEVEL"))))
	items := store.New(s.table, func() (*dynamodb.Client, error) { return p.Client(ctx, s.attemptTimeout) })
	if s.primeOnInit {
		primeCtx, cancel := context.WithTimeout(ctx, primeTimeout)
		// The first request will try again, so a failure only costs its warmth.
		if err := items.Prime(primeCtx); err != nil {
			log.Warn(err.Error())
		}
		cancel()
	}
	if p.JSON.Setup != nil {
		p.JSON.Setup()
	}
	a := &app{
		store:         items,
		json:          p.JSON,
		log:           log,
		requestLog:    newLogger(stdout, slog.LevelInfo),
		now:           time.Now,
		newID:         uuid.NewString,
		itemTTL:       s.itemTTL,
		version:       s.version,
		memoryLimitMB: s.memoryLimitMB,
	}
	router := a.router()
	a.metrics = newMetrics(started, s.memoryLimitMB)
	if s.lambda {
		p.Lambda(router)
	}
	if err := serve(ctx, s.port, router, stderr); err != nil {
		fmt.Fprintf(stderr, "error: %v\n", err)
		return 1
	}
	return 0
}

// settings are the environment variables of the process.
type settings struct {
	lambda         bool
	port           string
	table          string
	attemptTimeout time.Duration // of one attempt to reach the database
	primeOnInit    bool
	itemTTL        time.Duration
	version        string
	memoryLimitMB  int64 // 0 outside Lambda
}

func readSettings(getenv func(string) string) (settings, error) {
	var errs []error
	positive := func(name string, fallback int64) int64 {
		value := getenv(name)
		if value == "" {
			return fallback
		}
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < 1 {
			errs = append(errs, fmt.Errorf("%s: got %q, want a positive integer", name, value))
		}
		return n
	}
	s := settings{
		lambda:         getenv("AWS_LAMBDA_RUNTIME_API") != "",
		port:           cmp.Or(getenv("PORT"), "8080"),
		table:          cmp.Or(getenv("TABLE_NAME"), "multi-runtime-benchmark-items-dev"),
		attemptTimeout: time.Duration(positive("DYNAMODB_ATTEMPT_TIMEOUT_MS", 8000)) * time.Millisecond,
		primeOnInit:    getenv("PRIME_ON_INIT") == "true",
		itemTTL:        time.Duration(positive("ITEM_TTL_DAYS", 7)) * 24 * time.Hour,
		version:        cmp.Or(getenv("APP_VERSION"), "dev"),
		memoryLimitMB:  positive("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 0),
	}
	return s, errors.Join(errs...)
}

// serve answers plain HTTP until ctx ends or a signal comes, and then finishes
// the requests that it has begun.
func serve(ctx context.Context, port string, handler http.Handler, stderr io.Writer) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return fmt.Errorf("serve on port %s: %w", port, err)
	}
	fmt.Fprintf(stderr, "listening on http://%s\n", listener.Addr())

	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	drained := make(chan error, 1)
	go func() {
		<-ctx.Done()
		drainCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		drained <- server.Shutdown(drainCtx)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	}
	return <-drained
}
