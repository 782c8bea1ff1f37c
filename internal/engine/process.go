package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/pagecache"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// How long the engine waits for what a dying runtime still has to do.
const (
	// drainLimit is for the last bytes of dead processes: nobody writes any more.
	drainLimit = time.Second
	// exitLimit is for a runtime that has posted an init error and is expected
	// to exit, so that the end of its log is not cut off.
	exitLimit = time.Second
	// deathLimit is between a failure of the sandbox and the news that the
	// process which it was about is dead.
	deathLimit = 200 * time.Millisecond
)

// process is one run of a function's runtime: the sandbox, its Runtime API and
// its log. An environment has one at a time.
type process struct {
	box Box
	api *runtimeapi.Server
	// address is where the API listens, as the function sees it.
	address string
	log     *pipe
	beside  *pipe // of external extensions; nil: there are none
	news    *telemetry
	cpu     time.Duration // used until the last boundary
	memory  sandbox.Memory
	rest    rest

	externals []external
	fallen    chan *cause // of externals that have ended; nil: there are none
	released  bool        // the runtime has been executed
}

// phase of an init, as reports have it.
type phase string

const (
	phaseInit   phase = "init"
	phaseInvoke phase = "invoke"
)

// spawn starts the runtime. A command that cannot be executed is a cause, not an
// error: it is the function's mistake.
func (env *Environment) spawn(ctx context.Context) (p *process, failed *cause, err error) {
	f, box := env.function, env.engine.box
	names, err := externals(f.Layers)
	if err != nil {
		return nil, nil, err
	}
	if len(names) > runtimeapi.MaxExtensions {
		return nil, tooManyExtensions(), nil
	}
	options := runtimeapi.Options{Now: env.engine.options.Now, Restore: f.SnapStart, Extensions: names,
		Function: runtimeapi.Identity{Name: f.Name, Version: f.Version, Handler: f.Handler, Account: env.engine.options.Account}}
	ports, address := env.own.Ports, apiAddress
	var started Box
	up := make(chan struct{})
	news := newTelemetry(env.engine.options.Now, func(ctx context.Context, port int) (net.Conn, error) {
		select {
		case <-up:
			return started.Dial(ctx, port)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	})
	if env.private || f.HostNetwork {
		// Elsewhere a function may not connect to what it likes, and nobody does for it.
		options.Subscribe = news.subscribe
	}
	var api *runtimeapi.Server
	if env.private {
		api = runtimeapi.New(options)
		ports = append(slices.Clip(ports), sandbox.Port{Number: apiPort, Serve: api.Serve})
	} else {
		if api, err = runtimeapi.Listen(options); err != nil {
			return nil, nil, err
		}
		address = api.Addr()
	}
	log, writer, err := newPipe(env.log, func(text []byte) { news.print(ofFunction, text) })
	if err != nil {
		api.Close()
		return nil, nil, err
	}
	defer writer.Close()
	var beside *pipe
	defer func() {
		if p == nil {
			log.close()
			if beside != nil {
				beside.close()
			}
			api.Close()
			news.close()
		}
	}()
	env.spawned++
	spec := sandbox.Spec{
		ID: fmt.Sprintf("%s-%d", env.id, env.spawned), Dir: taskRoot,
		MemoryMB: f.MemoryMB, CPUs: VisibleCPUs(f.MemoryMB),
		Stdout: writer, Stderr: writer,
		Ports: ports, HostNetwork: f.HostNetwork, Cell: &env.cell,
	}
	around := surroundings{
		api: address, region: env.engine.options.Region, logStream: env.logStream,
		root: taskRoot, additional: env.own.Env,
	}
	opt, err := env.engine.opt(f.Layers)
	if err != nil {
		return nil, nil, fmt.Errorf("show %s its layers: %w", f.Name, err)
	}
	if box.Namespaces() {
		spec.TempMB = f.TempMB
		spec.Mounts = append(opt, sandbox.Mount{Source: f.CodeDir, Target: taskRoot, ReadOnly: true})
		for _, dir := range f.Paths {
			spec.Mounts = append(spec.Mounts, sandbox.Mount{Source: dir, Target: dir, ReadOnly: true})
		}
		if covered, bash := shellCover(); covered != "" {
			spec.Mounts = append(spec.Mounts, sandbox.Mount{Source: bash, Target: covered, ReadOnly: true})
		}
		for _, covered := range slices.Sorted(maps.Keys(f.Covers)) {
			spec.Mounts = append(spec.Mounts, sandbox.Mount{Source: f.Covers[covered], Target: covered, ReadOnly: true})
		}
	} else {
		spec.Dir, around.root, around.temp = f.CodeDir, f.CodeDir, env.temp
		spec.Reads, spec.Writes = append([]string{f.CodeDir}, f.Paths...), []string{env.temp}
		spec.Connects = append(env.own.Connects, port(address))
	}
	if spec.Env, err = f.variables(around); err != nil {
		return nil, nil, err
	}
	if spec.Command, err = f.command(spec.Env); err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(f.CodeDir); err != nil { // gone from below us: not the function's doing
		return nil, nil, fmt.Errorf("read the function's code: %w", err)
	}
	if !f.entrypoint() {
		return nil, entrypointCause(), nil
	}
	if len(names) > 0 {
		if spec.Mounts, err = env.engine.nameSandbox(spec.Mounts); err != nil {
			return nil, nil, err
		}
		var output *os.File
		if beside, output, err = newPipe(env.log, func(text []byte) { news.print(ofExtension, text) }); err != nil {
			return nil, nil, err
		}
		defer output.Close()
		if spec.Companions, err = f.companions(names, around, output); err != nil {
			return nil, nil, err
		}
	}
	if f.ColdCode {
		if err := pagecache.Drop(slices.Concat(f.Paths, f.Layers, []string{f.CodeDir})...); err != nil {
			return nil, nil, err
		}
	}
	started, err = box.Start(ctx, spec)
	var companion *sandbox.CompanionError
	switch {
	case errors.As(err, &companion) && unexecutable(err):
		return nil, launchCause(names[companion.Number], err), nil
	case unexecutable(err):
		fmt.Fprintf(env.log, "%v\n", err)
		return nil, entrypointCause(), nil
	case err != nil:
		return nil, nil, fmt.Errorf("start the runtime of %s: %w", f.Name, err)
	}
	close(up)
	go func() {
		// An exchange with the dead is over, even when somebody else has the
		// connection open.
		<-started.Done()
		api.Interrupt()
	}()
	env.api.Store(api)
	p = &process{box: started, api: api, address: address, log: log, beside: beside, news: news, rest: rest{box: started}, released: len(names) == 0}
	p.watch(names)
	return p, nil, nil
}

// Where the Runtime API listens in a private network, as on Lambda.
const (
	apiPort    = 9001
	apiAddress = "127.0.0.1:9001"
)

// port of an address on this machine.
func port(address string) int {
	_, number, _ := strings.Cut(address, ":")
	n, _ := strconv.Atoi(number) // a listener's own
	return n
}

// entrypoint says whether the code has the program that the command starts with,
// where that is one of the code's own.
func (f Function) entrypoint() bool {
	for _, prefix := range []string{"./", "${LAMBDA_TASK_ROOT}/"} {
		if path, own := strings.CutPrefix(f.Command[0], prefix); own {
			info, err := os.Stat(filepath.Join(f.CodeDir, path))
			return err == nil && info.Mode().IsRegular()
		}
	}
	return true
}

// unexecutable says whether the sandbox stood and the command could not be
// executed in it: such an error has a hint and the kernel's number.
func unexecutable(err error) bool {
	return fault.Hint(err) != "" &&
		(errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOEXEC))
}

// end kills the process, waits for the last of what it posted and wrote, and
// takes its last figures. Afterwards only the figures are left of it. Where there are
// extensions everybody is told before, and why.
func (p *process) end(reason string) error {
	var err error
	if extensions := p.api.Extensions(); len(extensions) > 0 {
		err = p.shutDown(reason, extensions)
	}
	err = errors.Join(err, p.rest.end(), p.box.Kill())
	p.news.close()
	p.api.Drain(drainLimit)
	p.log.close()
	if p.beside != nil {
		p.beside.close()
	}
	// The last figures stay readable; what cannot be read keeps the ones before.
	if m, e := p.box.Memory(); e == nil {
		m.PeakBytes = max(m.PeakBytes, p.memory.PeakBytes)
		p.memory = m
	}
	return err
}

// usedCPU is the CPU time since the last boundary.
func (p *process) usedCPU() (time.Duration, error) {
	user, system, err := p.box.CPU()
	if err != nil {
		return 0, err
	}
	used := user + system - p.cpu
	p.cpu = user + system
	return used, nil
}

// pause takes the figures of a boundary and lets the process be stopped, unless
// an event arrives before.
func (p *process) pause(o Options) error {
	memory, err := p.box.Memory()
	if err != nil {
		return err
	}
	p.memory = memory
	p.log.drain()
	if p.beside != nil {
		p.beside.drain()
	}
	if !o.NoFreezer {
		p.rest.begin(o.FreezeAfter)
	}
	return nil
}

// dying says whether the process has ended or is about to: what the sandbox
// could not do with a process may be the first sign of its death.
func (p *process) dying() bool { return dying(p.box) }

func dying(box Box) bool {
	select {
	case <-box.Done():
		return true
	case <-time.After(deathLimit):
		return false
	}
}

// dead says whether the process, or an extension, has ended by itself.
func (p *process) dead() bool {
	return len(p.fallen) > 0 || p.gone()
}

// gone says whether the runtime has.
func (p *process) gone() bool {
	select {
	case <-p.box.Done():
		return true
	default:
		return false
	}
}
