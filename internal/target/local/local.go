// Package local measures on this machine: artifacts run in the local Lambda
// engine, each environment with a database port of its own, so that the share
// of the database is known. It refuses to measure two environments at a time.
package local

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb/authority"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Options of a Lab.
type Options struct {
	DistDir, CacheDir string
	Version           string            // APP_VERSION of the functions
	Progress          func(step string) // hears of slow steps; may be nil
	// Installing is told of what is installed to start functions, as
	// runtimeclient.Client has it; may be nil.
	Installing func(what string) runtimeclient.Work
	Logs       io.Writer // gets what functions print; may be nil
	Database   dynamodb.Options
	// TLS puts it in front of the database, as on AWS.
	TLS bool
	Tap dynamodb.TapOptions
}

// Lab is the machine, prepared: the cage, the engine, the database and its tap.
type Lab struct {
	options  Options
	host     *sandbox.Host
	engine   *engine.Engine
	database *dynamodb.Database
	served   served
	tap      *dynamodb.Tap
	stores   *runtimeclient.Stores // what functions trust besides; nil without TLS
	covers   map[string]string     // the machine's own bundles of roots, by what functions see there

	mu       sync.Mutex
	code     map[string]string // artifact SHA-256 → folder of the unpacked zip
	layers   map[string]layers // by the runtime's name
	brought  map[string]runtimeclient.Brought
	clients  map[string]runtimeclient.Prepared
	closeErr error
	closed   bool
}

// OpenLab prepares the machine. Close it, or nothing of it is removed before
// the guard notices that this process has ended.
func OpenLab(ctx context.Context, o Options) (*Lab, error) {
	host, err := sandbox.Open(ctx, sandbox.Options{})
	if err != nil {
		return nil, err
	}
	l := &Lab{options: o, host: host, code: map[string]string{}, layers: map[string]layers{}, brought: map[string]runtimeclient.Brought{}, clients: map[string]runtimeclient.Prepared{}}
	o.Database.CacheDir, o.Database.Progress = o.CacheDir, o.Progress
	l.database, err = dynamodb.Start(ctx, o.Database)
	if err != nil {
		return nil, errors.Join(err, host.Close())
	}
	if err := l.database.Warm(ctx); err != nil {
		return nil, errors.Join(err, l.database.Close(), host.Close())
	}
	if pid := l.database.PID(); pid > 0 {
		if err := host.Adopt(pid); err != nil {
			return nil, errors.Join(err, l.database.Close(), host.Close())
		}
	}
	if o.TLS {
		own, err := authority.Open(ctx, o.CacheDir, time.Now())
		if err != nil {
			return nil, errors.Join(err, l.database.Close(), host.Close())
		}
		o.Tap.Certificate = &own.Chain
		l.options.Tap = o.Tap
		l.stores = &runtimeclient.Stores{Root: own.Root(), Bundle: own.Bundle(), Store: own.Store()}
		l.covers = map[string]string{}
		for _, bundle := range authority.SystemBundles() {
			l.covers[bundle] = own.Bundle()
		}
	}
	o.Tap.Served = l.served.record
	l.tap, err = dynamodb.NewTap(l.database.Endpoint(), o.Tap)
	if err != nil {
		return nil, errors.Join(err, l.database.Close(), host.Close())
	}
	l.engine = engine.New(engine.OnHost(host), engine.Options{})
	return l, nil
}

// Close ends the database and the cage, with every environment that is still
// alive, and removes the run folder.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.closeErr
	}
	l.closed = true
	l.closeErr = errors.Join(l.tap.Close(), l.database.Close(), l.host.Close())
	return l.closeErr
}

// Rows looks into the items table past the tap.
func (l *Lab) Rows() contract.Table { return l.rows(config.ItemsTableName(config.Dev)) }

// RunDir is the folder of this run, named after it as its control groups are, and
// DatabasePID the process of the database: 0 if that is somebody else's.
func (l *Lab) RunDir() string   { return l.host.RunDir() }
func (l *Lab) DatabasePID() int { return l.database.PID() }

// Target is the Lab as something that can be measured.
func (l *Lab) Target() target.Target { return &local{lab: l} }

type local struct{ lab *Lab }

func (t *local) Describe(context.Context) (target.Description, error) {
	host := t.lab.host.Description()
	return target.Description{
		Source: results.Source{Kind: results.Local, Vantage: results.Invoke},
		Host: results.Host{
			CPU: host.CPU, Cores: host.Cores, MemoryBytes: int64(host.MemoryMB) << 20,
			OS: osName(), Kernel: host.Kernel, HZ: host.HZ,
			Cgroup: host.Cgroup, LimitsInForce: host.Limits(), Freezer: host.Freezer,
			Namespaces: host.Namespaces, Walls: host.Walls, WallsMissing: host.WallsMissing(), PeriodUs: host.PeriodMicros,
			VisibleCPUs: min(visibleCPUs, host.Cores),
			Database:    results.Database{Kind: string(t.lab.options.Database.Kind), Version: t.lab.database.Describe().Version, TLS: t.lab.stores != nil},
		},
		Warnings: host.Warnings,
	}, nil
}

func (t *local) Artifact(ctx context.Context, c target.Config) (results.Artifact, error) {
	p, err := t.lab.prepare(ctx, c)
	if err != nil {
		return results.Artifact{}, err
	}
	m := p.built.Meta
	return results.Artifact{
		ID: m.ID, Runtime: m.Runtime, Arch: m.Arch, SHA256: m.SHA256, CodeSHA256: m.CodeSHA256,
		Packed: m.PackedBytes, Unpacked: m.UnpackedBytes, LambdaRuntime: m.LambdaRuntime, Handler: m.Handler,
		Interpreter: p.interpreter, Versions: m.Versions, Layers: p.layers, Brought: p.brought,
	}, nil
}

func (t *local) Open(ctx context.Context, c target.Config) (target.Session, error) {
	if c.MemoryMB < config.DefaultMemoryMB && !t.lab.host.Description().Limits() {
		return nil, fault.New("run as root, or where systemd delegates control groups to you",
			"%s at %d MB: without limits only 1,769 MB and more can be measured", c.Runtime.Name, c.MemoryMB)
	}
	function, err := t.lab.Prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	return &session{lab: t.lab, function: function, front: frontOf(c.Runtime), environments: map[string]*environment{}}, nil
}

type session struct {
	lab          *Lab
	function     engine.Function
	front        front
	environments map[string]*environment
}

type environment struct {
	*engine.Environment
	port *dynamodb.Port
}

func (s *session) Cold(ctx context.Context, kind results.ColdKind, n int) ([]target.Environment, error) {
	if kind != results.Spawn && kind != results.Disk {
		return nil, fault.Usage("locally there are "+string(results.Spawn)+" and "+string(results.Disk), "cold starts of kind %q can't be made here", kind)
	}
	var made []target.Environment
	for range n {
		one, err := s.spawn(ctx, kind)
		if err != nil {
			return made, err
		}
		made = append(made, one)
	}
	return made, nil
}

func (s *session) spawn(ctx context.Context, kind results.ColdKind) (target.Environment, error) {
	function := s.function
	function.ColdCode = kind == results.Disk
	started, port, err := spawn(ctx, s.lab.engine.Start, s.lab.tap, function)
	var failure *engine.InitError
	if errors.As(err, &failure) {
		return target.Environment{
			ID: uuid.NewString(), Failure: strings.TrimPrefix(failure.Error(), "init: "), Output: string(failure.LogTail),
			Hint: cmp.Or(ofExtension(failure.Extension), s.unreachable([]byte(failure.Message), failure.LogTail)),
		}, nil
	}
	if err != nil {
		return target.Environment{}, err
	}
	s.environments[started.ID()] = &environment{Environment: started, port: port}
	init := started.Init()
	return target.Environment{ID: started.ID(), Init: target.Init{
		Wall: init.Wall, CPU: init.CPU, Memory: memory(init.Memory), Extensions: started.Extensions(),
	}}, nil
}

func (s *session) Do(ctx context.Context, id string, r target.Request) (target.Reply, error) {
	env, ok := s.environments[id]
	if !ok {
		return target.Reply{}, fmt.Errorf("environment %s is not of this session", id)
	}
	requestID := uuid.NewString()
	event, err := s.front.event(r, requestID, time.Now())
	if err != nil {
		return target.Reply{}, err
	}
	env.port.Take() // what the environment did between two calls is not this call's
	started := time.Now()
	call := engine.Request{Payload: event, RequestID: requestID}
	var stream bytes.Buffer
	if s.front.Stream {
		call.Stream = func(_ string, part []byte) { stream.Write(part) }
	}
	invocation, err := env.Invoke(ctx, call)
	client := time.Since(started)
	if err != nil {
		return target.Reply{}, err
	}
	used := env.port.Take()
	reply := target.Reply{
		Environment: env.ID(), RequestID: invocation.RequestID, Cold: invocation.Cold,
		Client: client, Response: invocation.Response, Duration: invocation.Duration, CPU: invocation.CPU,
		Database: used.Busy, Handshake: used.Handshake, Calls: used.Calls, Memory: memory(invocation.Memory),
		FirstByte: invocation.FirstByte, Reads: target.Reads(invocation.Reads),
		Log:  invocation.LogTail,
		Dead: invocation.Crashed, // also after an answer: the next call would init again
	}
	reply.Hint = cmp.Or(ofExtension(invocation.Extension), s.unreachable(invocation.Payload, invocation.LogTail))
	if invocation.FunctionError != "" {
		reply.Failure = string(invocation.Payload)
		if r.Event == nil && otherPayload(invocation.Payload) {
			reply.Hint = cmp.Or(reply.Hint, s.front.hint())
		}
		return reply, nil
	}
	if r.Event != nil {
		reply.Body = invocation.Payload
		return reply, nil
	}
	answer, err := s.front.answer(invocation, stream.Bytes(), r)
	if err != nil {
		reply.Failure, reply.Body, reply.Hint = err.Error(), invocation.Payload, cmp.Or(reply.Hint, s.front.hint())
		return reply, nil
	}
	reply.Status, reply.Header, reply.Body = answer.StatusCode, answer.Header, answer.Body
	return reply, nil
}

// ofExtension names the extension whose end was the environment's.
func ofExtension(path string) string {
	if path == "" {
		return ""
	}
	return "It was the extension " + path + " that ended."
}

// unreachable says nothing of a function that has this machine's network.
func (s *session) unreachable(texts ...[]byte) string {
	if s.function.HostNetwork {
		return ""
	}
	return unreachable(texts...)
}

func (s *session) Close(context.Context) ([]target.Report, error) {
	var errs []error
	for id, env := range s.environments {
		errs = append(errs, env.Close())
		delete(s.environments, id)
	}
	return nil, errors.Join(errs...)
}

// visibleCPUs is what Lambda shows an environment up to 3,008 MB.
const visibleCPUs = 2

// osName is the distribution's own name, see os-release(5).
func osName() string {
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "Linux"
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			return strings.Trim(name, `"`)
		}
	}
	return "Linux"
}

func memory(m sandbox.Memory) target.Memory {
	return target.Memory{Peak: m.PeakBytes, Anon: m.AnonBytes}
}
