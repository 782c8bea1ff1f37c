package engine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
)

// Random numbers for identifiers are fetched from the kernel many at a time: a call
// needs two.
func init() { uuid.EnableRandPool() }

// Engine starts environments.
type Engine struct {
	box     Starter
	options Options
	logs    sync.Mutex // of everything that environments write to Function.Logs
	merging sync.Mutex // of layers
}

// New makes an engine. It owns nothing: the sandbox stays its caller's to close.
func New(s Starter, o Options) *Engine {
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Account == "" {
		o.Account = "123456789012"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = uuid.NewString
	}
	if o.FreezeAfter == 0 {
		o.FreezeAfter = DefaultFreezeAfter
	}
	return &Engine{box: s, options: o}
}

// Environment is one Lambda execution environment: one process tree, one request
// at a time. When its runtime crashes, the environment remains and its next
// invocation starts the runtime again, as Lambda's does.
type Environment struct {
	engine    *Engine
	function  Function
	id        string
	arn       string
	logStream string
	temp      string // a folder in place of /tmp, where there are no mounts
	private   bool   // its network is its own
	own       Own
	cell      sandbox.Cell
	log       *logbook
	closing   chan struct{}
	api       atomic.Pointer[runtimeapi.Server] // the latest, for Close to interrupt
	closeOnce sync.Once
	closeErr  error

	// busy is held by whoever uses what follows: an invocation, or Close.
	busy    sync.Mutex
	process *process // nil: it has to be started (again)
	spawned int
	calls   int
	scratch []byte // of log lines
	init    Init
}

// Start spawns an environment and waits for its init. A failed init is an
// *InitError, and nothing is left behind.
func (e *Engine) Start(ctx context.Context, f Function) (*Environment, error) {
	env, err := e.Spawn(ctx, f)
	if err != nil {
		return nil, err
	}
	if failed := env.Init().Err; failed != nil {
		return nil, errors.Join(failed, env.Close())
	}
	return env, nil
}

// Spawn is Start, but a failed init is not an error: Init().Err says so, and the
// first Invoke inits again inside the call, as Lambda does.
func (e *Engine) Spawn(ctx context.Context, f Function) (*Environment, error) {
	f, err := f.check()
	if err != nil {
		return nil, err
	}
	id := strings.ReplaceAll(e.options.NewID(), "-", "")
	env := &Environment{
		engine: e, function: f, id: id,
		arn:       fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", e.options.Region, e.options.Account, f.Name),
		logStream: e.options.Now().UTC().Format("2006/01/02") + "/[" + f.Version + "]" + id,
		private:   e.box.PrivateNetwork() && !f.HostNetwork,
		log:       &logbook{shared: &e.logs, out: f.Logs},
		closing:   make(chan struct{}),
	}
	if f.PerEnvironment != nil {
		if env.own, err = f.PerEnvironment(id, env.private); err != nil {
			return nil, fmt.Errorf("prepare an environment of %s: %w", f.Name, err)
		}
	}
	if !e.box.Namespaces() {
		env.temp = filepath.Join(e.box.RunDir(), "tmp-"+id)
		if err := os.Mkdir(env.temp, 0o777); err != nil {
			return nil, errors.Join(fmt.Errorf("make the temp folder of an environment: %w", err), env.Close())
		}
	}
	env.busy.Lock()
	env.logInitStart()
	init, failed, err := env.boot(ctx, phaseInit, f.InitTimeout)
	env.init = init
	if env.init.Err = failed.initError(); env.init.Err != nil {
		env.init.Err.LogTail = env.log.tail()
	}
	env.busy.Unlock()
	if err != nil {
		return nil, errors.Join(err, env.Close())
	}
	return env, nil
}

// ID is unique: 32 hexadecimal digits, the end of its log stream's name.
func (env *Environment) ID() string { return env.id }

// Extensions is how many have registered with the process that runs.
func (env *Environment) Extensions() int {
	if api := env.api.Load(); api != nil {
		return len(api.Extensions())
	}
	return 0
}

// Init is what the first init took.
func (env *Environment) Init() Init { return env.init }

// Close ends an invocation that is under way, the processes, and removes what
// the environment had. It may be called any number of times.
func (env *Environment) Close() error {
	env.closeOnce.Do(func() {
		close(env.closing)
		if api := env.api.Load(); api != nil {
			api.Interrupt()
		}
		env.busy.Lock()
		defer env.busy.Unlock()
		if env.process != nil {
			env.closeErr = env.process.end(spindown)
			env.process = nil
		}
		env.closeErr = errors.Join(env.closeErr, env.cell.Close())
		if env.own.Close != nil {
			env.own.Close()
		}
		if env.temp != "" {
			env.closeErr = errors.Join(env.closeErr, removeAll(env.temp))
		}
	})
	return env.closeErr
}

// removeAll removes a folder in which a function may have locked itself out.
func removeAll(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			os.Chmod(path, 0o700)
		}
		return nil
	})
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the temp folder of an environment: %w", err)
	}
	return nil
}

// traceID makes an X-Ray header of a trace that is not sampled.
func (e *Engine) traceID() string {
	id := strings.ReplaceAll(e.options.NewID(), "-", "")
	var seconds [4]byte
	at := uint32(e.options.Now().Unix())
	for i := range seconds {
		seconds[i] = byte(at >> (24 - 8*i))
	}
	if len(id) < 32 {
		id += strings.Repeat("0", 32-len(id))
	}
	return "Root=1-" + hex.EncodeToString(seconds[:]) + "-" + id[:24] + ";Parent=" + id[16:32] + ";Sampled=0"
}

// megabytes rounds up to what a report shows: MiB.
func megabytes(m sandbox.Memory) int { return int((m.PeakBytes + 1<<20 - 1) >> 20) }
