package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	cpu     time.Duration // used until the last boundary
	memory  sandbox.Memory
	rest    rest
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
	options := runtimeapi.Options{Now: env.engine.options.Now, Restore: f.SnapStart}
	ports, address := env.own.Ports, apiAddress
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
	log, writer, err := newPipe(env.log)
	if err != nil {
		api.Close()
		return nil, nil, err
	}
	defer writer.Close()
	defer func() {
		if p == nil {
			log.close()
			api.Close()
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
	if f.ColdCode {
		if err := pagecache.Drop(slices.Concat(f.Paths, f.Layers, []string{f.CodeDir})...); err != nil {
			return nil, nil, err
		}
	}
	started, err := box.Start(ctx, spec)
	switch {
	case unexecutable(err):
		fmt.Fprintf(env.log, "%v\n", err)
		return nil, entrypointCause(), nil
	case err != nil:
		return nil, nil, fmt.Errorf("start the runtime of %s: %w", f.Name, err)
	}
	go func() {
		// An exchange with the dead is over, even when somebody else has the
		// connection open.
		<-started.Done()
		api.Interrupt()
	}()
	env.api.Store(api)
	return &process{box: started, api: api, address: address, log: log, rest: rest{box: started}}, nil, nil
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
// takes its last figures. Afterwards only the figures are left of it.
func (p *process) end() error {
	err := errors.Join(p.rest.end(), p.box.Kill())
	p.api.Drain(drainLimit)
	p.log.close()
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

// dead says whether the process has ended by itself.
func (p *process) dead() bool {
	select {
	case <-p.box.Done():
		return true
	default:
		return false
	}
}

// boot starts the runtime and waits until it asks for an event, at most for the
// given time. Without an error either the process is up or there is a cause why
// it is not.
func (env *Environment) boot(ctx context.Context, in phase, limit time.Duration) (Init, *cause, error) {
	began := env.engine.options.Now()
	p, failed, err := env.spawn(ctx)
	if err != nil {
		return Init{}, nil, err
	}
	if failed != nil {
		init := Init{Wall: env.engine.options.Now().Sub(began)}
		env.reportInit(init, in, failed)
		return init, failed, nil
	}
	if in == phaseInvoke {
		// The burst is for init alone: what is repeated inside a call has the
		// call's share.
		if err := p.box.LimitCPU(CPUQuota(env.function.MemoryMB)); err != nil && !p.dying() {
			return Init{}, nil, errors.Join(err, p.end())
		}
	}
	init, failed, err := env.awaitReady(ctx, p, limit)
	if err == nil && failed == nil {
		err = env.takeInit(p, in, &init)
		if err != nil && p.dying() {
			err, failed = nil, env.deathCause(p)
		}
	}
	if err != nil {
		return Init{}, nil, errors.Join(err, p.end())
	}
	if failed != nil {
		if err := p.end(); err != nil {
			return Init{}, nil, err
		}
		// It may have posted something with its last breath.
		select {
		case s := <-p.api.Signals():
			if s.Kind == runtimeapi.Failed {
				failed = postedCause(s.Failure.Type, s.Failure.Payload)
			}
		default:
		}
		init.CPU, _ = p.usedCPU() // Its last figure; none is as good as zero here.
		init.Memory = p.memory
		env.reportInit(init, in, failed)
		return init, failed, nil
	}
	if env.function.SnapStart {
		env.reportInit(init, in, nil)
	}
	env.process = p
	return init, nil, nil
}

// takeInit takes the figures of init and then, and never before, limits the CPU.
func (env *Environment) takeInit(p *process, in phase, init *Init) error {
	if in == phaseInit {
		var err error
		if init.CPU, err = p.usedCPU(); err != nil {
			return err
		}
		if env.function.ColdCode {
			if init.Reads, err = p.box.Reads(); err != nil {
				return err
			}
		}
		if err := p.box.LimitCPU(CPUQuota(env.function.MemoryMB)); err != nil {
			return err
		}
	}
	if in == phaseInvoke {
		// The call goes on at once.
		memory, err := p.box.Memory()
		init.Memory, p.memory = memory, memory
		return err
	}
	if err := p.pause(env.engine.options); err != nil {
		return err
	}
	init.Memory = p.memory
	return nil
}

// awaitReady waits for the end of init.
func (env *Environment) awaitReady(ctx context.Context, p *process, limit time.Duration) (init Init, failed *cause, err error) {
	now, started := env.engine.options.Now, p.box.Started()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var restored time.Time
	over := func(c *cause, at time.Time) (Init, *cause, error) {
		if restored.IsZero() {
			init.Wall = at.Sub(started)
		} else {
			init.Restore = at.Sub(restored)
		}
		return init, c, nil
	}
	for {
		select {
		case s := <-p.api.Signals():
			switch s.Kind {
			case runtimeapi.Ready:
				return over(nil, s.At)
			case runtimeapi.RestoreReady:
				// Here Lambda takes the snapshot; what follows is a restore
				// without one.
				init.Wall, restored = s.At.Sub(started), now()
				if err := p.api.Restored(); err != nil && !p.dying() {
					return init, nil, err
				}
				timer.Reset(DefaultInitTimeout)
			case runtimeapi.Failed:
				select {
				case <-p.box.Done():
				case <-time.After(exitLimit):
				}
				return over(postedCause(s.Failure.Type, s.Failure.Payload), s.At)
			}
		case <-p.box.Done():
			return over(env.deathCause(p), now())
		case <-timer.C:
			return over(timeoutCause(limit), now())
		case <-ctx.Done():
			return init, nil, context.Cause(ctx)
		case <-env.closing:
			return init, nil, ErrClosed
		}
	}
}

func (env *Environment) deathCause(p *process) *cause {
	<-p.box.Done()
	return exitCause(p.box.Exit())
}
