// Package target says what can be measured: something that opens a
// configuration, makes cold environments of it and sends requests to them. It
// measures nothing itself and knows no plan; target/local is this machine, and
// a deployed environment is another.
//
//	session, err := t.Open(ctx, target.Config{Runtime: r, Variant: "api", MemoryMB: 1769, Arch: "x86_64"})
//	environments, err := session.Cold(ctx, results.Spawn, 1)
//	reply, err := session.Do(ctx, environments[0], request)
package target

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Config is what is scheduled: runtime × variant × memory × architecture.
type Config struct {
	Runtime  config.Runtime
	Variant  string
	MemoryMB int // MiB
	Arch     string
}

// Description says where the figures come from.
type Description struct {
	Source   results.Source
	Host     results.Host
	Warnings []string // whole sentences, for the report
}

// Target opens configurations.
type Target interface {
	Describe(ctx context.Context) (Description, error)
	// Artifact describes the very zip that c runs.
	Artifact(ctx context.Context, c Config) (results.Artifact, error)
	Open(ctx context.Context, c Config) (Session, error)
}

// Session is one configuration, ready to be measured.
type Session interface {
	// Cold makes n new environments. One whose init failed is returned with
	// Failure set: that is a result too.
	Cold(ctx context.Context, kind results.ColdKind, n int) ([]Environment, error)
	// Do sends one request to one environment. An error is a fault of the
	// tool; what the function did wrong is in Reply.Failure.
	Do(ctx context.Context, environment string, r Request) (Reply, error)
	// Close ends every environment, also when ctx has ended, and returns what arrived
	// late: until ctx ends it waits for that.
	Close(ctx context.Context) ([]Report, error)
}

// Burster is a Session that makes many environments at once.
type Burster interface {
	Session
	// Burst sends a request many times at one moment, behind Cold, which has made the
	// first of them meet no environment, or one.
	Burst(ctx context.Context, r Request) (Burst, error)
}

// Burst is what became of requests that left at one moment.
type Burst struct {
	// Cold are the replies with an init of their own, each of another environment, in
	// the order of sending.
	Cold    []Reply
	Counted results.Burst
	// Problems are what went wrong beside single calls.
	Problems []string
}

// Rest says what the calls were that were not cold.
func (b Burst) Rest() string {
	c := b.Counted
	return fmt.Sprintf("%d warm, %d throttled, %d without a report", c.Warm, c.Throttled, c.Refused)
}

// Environment is one Lambda execution environment: the unit of replication.
type Environment struct {
	ID      string
	Init    Init
	Failure string // why init failed, in Lambda's words
	Output  string // where it failed: the last lines that the function printed
	Hint    string // where it failed: what the target knows of the cause, a sentence
}

// Init is from the spawn (or INIT_START) until the first GET …/invocation/next.
type Init struct {
	Wall, CPU time.Duration
	Memory    Memory
	// Extensions is how many took part, internal ones too.
	Extensions int
}

// Reads is what an environment had read from the disk.
type Reads struct{ MajorFaults, Bytes int64 }

// Memory in bytes: of the environment's processes, not of the configured size.
type Memory struct {
	Peak int64 // sum of the processes' high-water marks
	Anon int64
}

// Request is what an API's client sends, or an event that the function gets as it
// is.
type Request struct {
	Event []byte // JSON, in place of all below

	Method, Path, Query string
	Header              http.Header
	Body                []byte
}

// Reply is one answer with all its clocks; see docs/methodology.md for which
// clock means what.
type Reply struct {
	Environment string // the environment that answered
	RequestID   string
	Cold        bool // carries an init of its own
	Status      int  // 0 where the request was an event
	Header      http.Header
	Body        []byte // of an event the whole answer

	Client   time.Duration // as the caller saw it
	Response time.Duration // event out until /response
	Duration time.Duration // event out until the next /next: what is billed
	// FirstByte is from the event out until the first byte of a streamed answer; 0: it
	// was not streamed.
	FirstByte time.Duration
	CPU       time.Duration // user + system, of the whole environment
	Database  time.Duration // the database's share
	// Handshake is what TLS handshakes with the database took, from the first byte
	// of each; 0 where the call made none.
	Handshake time.Duration
	Calls     int // to the database
	Memory    Memory
	Reads     Reads // of a cold one whose code was on the disk: with its init's

	// Pending tells that the call's REPORT comes with Close, by RequestID.
	Pending bool
	// Phases are where the client's time went, of a call that had to make a connection.
	Phases *results.Phases

	// Burst is what became of all calls that left with this one; nil: it left alone.
	Burst *results.Burst

	// Report is what the call's own REPORT said, where the function ran out of sight.
	// Client and Duration are then the only clocks, and the init is the report's.
	Report *Report

	Log     []byte // the end of the call's log, with Lambda's own lines
	Failure string // the function crashed, timed out, ran out of memory …: Lambda's words
	Hint    string // what the target knows of the cause if the answer is wrong, a sentence
	Dead    bool   // the environment answers no more
}

// Report is a call's REPORT line: that of its own log tail, or one that was joined by
// request id after the fact.
type Report struct {
	RequestID   string
	Environment string // that has written it, where that is known
	Missing     string // why there are no figures, "" where there are
	Init        time.Duration
	Restore     time.Duration // from a snapshot, in place of an init
	Duration    time.Duration
	Billed      time.Duration
	MaxMemory   int64 // bytes
}
