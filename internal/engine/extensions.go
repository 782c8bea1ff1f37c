package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
)

// How long an environment with extensions may take to end: with internal ones alone,
// with external ones, and what of that the runtime gets.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
const (
	internalShutdown = 500 * time.Millisecond
	externalShutdown = 2 * time.Second
	runtimeShutdown  = 300 * time.Millisecond
)

// Why an environment ends, as extensions are told.
const (
	spindown   = "spindown"
	afterLimit = "timeout"
	afterError = "failure"
)

const extensionsRoot = optRoot + "/extensions/"

// externals are the names of the programs that layers have in /opt/extensions.
func externals(layers []string) (names []string, err error) {
	for _, layer := range layers {
		entries, err := os.ReadDir(filepath.Join(layer, "extensions"))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look for extensions: %w", err)
		}
		for _, entry := range entries {
			if !entry.IsDir() {
				names = append(names, entry.Name())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// runtimesOwn are variables that extensions do not see.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
var runtimesOwn = []string{
	"AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_XRAY_CONTEXT_MISSING",
	"AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "_HANDLER",
}

// companions are the commands of external extensions. What the runtime's client needs
// is none of theirs.
func (f Function) companions(names []string, around surroundings, output *os.File) ([]sandbox.Companion, error) {
	f.ClientEnv, f.Extended = nil, nil
	all, err := f.variables(around)
	if err != nil {
		return nil, err
	}
	env := slices.DeleteFunc(all, func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(runtimesOwn, name)
	})
	var list []sandbox.Companion
	for _, name := range names {
		list = append(list, sandbox.Companion{Command: []string{extensionsRoot + name}, Env: env, Output: output})
	}
	return list, nil
}

// nameSandbox lets extensions listen for telemetry under the name that Lambda documents.
func (e *Engine) nameSandbox(mounts []sandbox.Mount) ([]sandbox.Mount, error) {
	const hosts = "/etc/hosts"
	if _, err := os.Stat(hosts); err != nil {
		return mounts, nil // there is nothing to cover
	}
	path := filepath.Join(e.box.RunDir(), "hosts")
	if err := os.WriteFile(path, []byte("127.0.0.1 localhost sandbox sandbox.localdomain\n"), 0o644); err != nil {
		return nil, fmt.Errorf("name the environment's host: %w", err)
	}
	return append(mounts, sandbox.Mount{Source: path, Target: hosts, ReadOnly: true}), nil
}

// external is an extension's process.
type external struct {
	name  string
	ended chan struct{}
}

// watch waits for the ends of external extensions: each is the end of the environment's
// work.
func (p *process) watch(names []string) {
	p.fallen = make(chan *cause, len(names))
	for i, name := range names {
		one := external{name, make(chan struct{})}
		p.externals = append(p.externals, one)
		go func() {
			exit := p.box.CompanionEnded(i)
			p.fallen <- extensionCause(name, exit, p.api.Fatal())
			close(one.ended)
			p.api.Interrupt()
		}()
	}
}

// launchCause is an extension that could not be executed.
func launchCause(name string, err error) *cause {
	message := err.Error()
	if number := syscall.Errno(0); errors.As(err, &number) {
		message = number.Error()
	}
	return &cause{kind: "Extension.LaunchError", status: "error", message: "fork/exec " + extensionsRoot + name + ": " + message}
}

func tooManyExtensions() *cause {
	return &cause{kind: "Extension.LaunchError", status: "error", message: fmt.Sprintf("Extension limit (%d) reached", runtimeapi.MaxExtensions)}
}

// extensionCause is an extension that has ended before the environment: by itself, or
// after it had said that it would.
func extensionCause(name string, exit sandbox.Exit, posted string) *cause {
	c := &cause{kind: "Extension.Crash", status: "error", extension: extensionsRoot + name}
	if posted != "" {
		c.kind = posted
	}
	switch {
	case exit.Signal != 0:
		c.message = "signal: " + exit.Signal.String()
	case exit.Code == 0:
		c.message = "exit code 0"
	default:
		c.message = fmt.Sprintf("exit status %d", exit.Code)
	}
	return c
}

// settled waits for extensions. Without an error either they are done or there is a
// cause why they are not; a timeout has none.
func (env *Environment) settled(ctx context.Context, p *process, done <-chan struct{}, timeout <-chan time.Time) (late bool, failed *cause, err error) {
	select {
	case <-done:
		return false, nil, nil
	default:
	}
	select {
	case <-done:
	case failed = <-p.fallen:
	case <-p.box.Done():
		failed = env.deathCause(p)
	case <-timeout:
		late = true
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-env.closing:
		err = ErrClosed
	}
	return late, failed, err
}

// awaitExtensions adds to an invocation what extensions take longer than the runtime.
func (env *Environment) awaitExtensions(ctx context.Context, c *call, p *process, end time.Time, most time.Duration) (time.Time, error) {
	round := p.api.Round()
	timer := time.NewTimer(max(most, 0))
	defer timer.Stop()
	late, failed, err := env.settled(ctx, p, round.Done, timer.C)
	switch {
	case err != nil:
		return end, err
	case late:
		failed = timeoutCause(env.function.Timeout)
	case failed == nil:
		if at := round.At(); at.After(end) {
			end = at
		}
		return end, nil
	}
	c.failure = failed
	return env.engine.options.Now(), nil
}

// shutDown gives the runtime and the extensions of an environment the time that Lambda
// gives them. Whoever is left is killed by whoever called.
func (p *process) shutDown(reason string, extensions []*runtimeapi.Extension) error {
	if err := p.rest.over(); err != nil && !p.dying() {
		return err
	}
	limit, share := internalShutdown, internalShutdown
	if len(p.externals) > 0 {
		limit = externalShutdown
		if !slices.ContainsFunc(extensions, func(e *runtimeapi.Extension) bool { return !e.External }) {
			share = runtimeShutdown
		}
	}
	deadline := time.Now().Add(limit)
	if p.released && !p.gone() {
		if err := p.box.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		select {
		case <-p.box.Done():
		case <-time.After(share):
			if err := p.box.Signal(syscall.SIGKILL); err != nil {
				return err
			}
		}
	}
	// What they have subscribed to reaches them before they are told to end.
	p.news.flush(min(share, time.Until(deadline)))
	p.api.Shutdown(reason, deadline)
	late := time.After(time.Until(deadline))
	for _, e := range extensions {
		i := slices.IndexFunc(p.externals, func(one external) bool { return one.name == e.Name })
		if i < 0 || !e.Shuts() {
			continue
		}
		select {
		case <-p.externals[i].ended:
		case <-late:
			return nil
		}
	}
	return nil
}

// logExtensions says of each extension what it has come to, as Lambda does at the end
// of an init.
func (env *Environment) logExtensions(p *process) {
	for _, e := range p.api.Extensions() {
		state, events := p.api.Describe(e)
		record := struct {
			Name   string   `json:"name"`
			State  string   `json:"state"`
			Events []string `json:"events"`
		}{e.Name, state, events}
		p.news.platform("platform.extension", record)
		if env.function.LogFormat == JSON {
			env.platformEvent("platform.extension", record)
			continue
		}
		fmt.Fprintf(env.log, "EXTENSION\tName: %s\tState: %s\tEvents: [%s]\n", e.Name, state, strings.Join(events, ", "))
	}
}
