package engine

import (
	"context"
	"errors"
)

// Limits of synchronous invocations, bytes.
const (
	MaxRequestBytes  = 6 * 1024 * 1024   // 6,291,456
	MaxResponseBytes = 6*1024*1024 + 100 // 6,291,556
	MaxUnzippedBytes = 250 * 1024 * 1024 // 262,144,000
	DefaultMemoryMB  = 1769              // one vCPU
)

// What Invoke refuses without asking the function.
var (
	ErrThrottled       = errors.New("Rate Exceeded.")
	ErrRequestTooLarge = errors.New("request too large")
	ErrClosed          = errors.New("the environment is closed")
	ErrBusy            = errors.New("the environment is busy")
)

var errSkeleton = errors.New("the engine is being written")

// Engine starts environments.
type Engine struct{}

// New makes an engine.
func New(s Starter, o Options) *Engine { return &Engine{} }

// Start spawns an environment and waits for its init. A failed init is an
// *InitError and leaves nothing behind.
func (e *Engine) Start(ctx context.Context, f Function) (*Environment, error) {
	return nil, errSkeleton
}

// Spawn is Start, but a failed init is not an error: Init().Err says so, and
// the first Invoke inits again inside the call, as Lambda does.
func (e *Engine) Spawn(ctx context.Context, f Function) (*Environment, error) {
	return nil, errSkeleton
}

// Environment is one Lambda execution environment: one process tree, one
// request at a time.
type Environment struct{}

// ID is unique: 32 hexadecimal digits, the end of its log stream's name.
func (env *Environment) ID() string { return "" }

// Init is what init took.
func (env *Environment) Init() Init { return Init{} }

// Invoke sends one event and waits until the runtime asks for the next one. An
// error means that nothing was invoked (ErrRequestTooLarge, ErrBusy, ErrClosed)
// or that ctx ended, which kills the runtime; what the function did wrong is in
// the Invocation.
func (env *Environment) Invoke(ctx context.Context, r Request) (Invocation, error) {
	return Invocation{}, errSkeleton
}

// Close ends its processes and removes what it had. It may be called any number
// of times.
func (env *Environment) Close() error { return nil }

// Pool is a function's environments: one request each, scaled out on demand.
type Pool struct{}

// NewPool makes an empty pool.
func NewPool(e *Engine, f Function) *Pool { return &Pool{} }

// Invoke uses the most recently used idle environment, or a new one up to
// Function.Concurrency; beyond that it is ErrThrottled.
func (p *Pool) Invoke(ctx context.Context, r Request) (Invocation, error) {
	return Invocation{}, errSkeleton
}

// Close ends all environments, after the invocations that are under way.
func (p *Pool) Close() error { return nil }

// Unpack unzips a function's code into dir, which must not exist yet.
func Unpack(zip, dir string) error { return errSkeleton }
