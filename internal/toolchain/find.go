package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/Masterminds/semver/v3"
)

// answerTime is how long a candidate may take. Wrappers that fetch a tool on
// first use need a while.
const answerTime = 60 * time.Second

// finder remembers what it found: probes cost up to half a second each.
type finder struct {
	answerTime time.Duration

	mu    sync.Mutex
	known map[string]*entry
}

type entry struct {
	mu    sync.Mutex
	done  bool
	found Found
	err   error
}

var process = &finder{answerTime: answerTime, known: map[string]*entry{}}

// Find runs the tool's candidates in order and returns the first whose version
// fits. What was found is remembered for the life of the process. The error is a
// *NotFoundError, or the context's.
func Find(ctx context.Context, t Tool) (Found, error) { return FindIn(ctx, "", t) }

// FindIn is Find with the candidates run in dir: version managers choose by the
// folder.
func FindIn(ctx context.Context, dir string, t Tool) (Found, error) {
	return process.find(ctx, dir, t)
}

func (f *finder) find(ctx context.Context, dir string, t Tool) (Found, error) {
	key := strings.Join(append([]string{
		os.Getenv("PATH"), os.Getenv("HOME"), dir, t.Tool, t.Version, t.Locate,
	}, t.Probe...), "\x00")
	f.mu.Lock()
	e := f.known[key]
	if e == nil {
		e = &entry{}
		f.known[key] = e
	}
	f.mu.Unlock()

	e.mu.Lock()
	defer e.mu.Unlock()
	if e.done {
		return e.found, e.err
	}
	found, err := f.look(ctx, dir, t)
	if ctx.Err() != nil {
		return Found{}, fmt.Errorf("look for %s: %w", t.Tool, context.Cause(ctx))
	}
	e.found, e.err, e.done = found, err, true
	return found, err
}

func (f *finder) look(ctx context.Context, dir string, t Tool) (Found, error) {
	fits := func(string) bool { return true }
	if t.Version != "" {
		constraint, err := semver.NewConstraint(t.Version)
		if err != nil {
			return Found{}, fmt.Errorf("look for %s: version constraint %q: %w", t.Tool, t.Version, err)
		}
		fits = func(version string) bool {
			v, err := semver.NewVersion(version)
			return err == nil && constraint.Check(v)
		}
	}
	var tried []Attempt
	for _, candidate := range t.Probe {
		all, err := commands(candidate, os.LookupEnv)
		if err != nil {
			tried = append(tried, Attempt{candidate, err.Error()})
			continue
		}
		for _, command := range all {
			p := probe{finder: f, dir: dir, tool: t, fits: fits}
			found, err := p.run(ctx, command)
			if ctx.Err() != nil {
				return Found{}, ctx.Err()
			}
			if err == nil {
				return found, nil
			}
			tried = append(tried, Attempt{strings.Join(command, " "), err.Error()})
		}
	}
	return Found{}, &NotFoundError{Tool: t, Tried: tried}
}

// probe is one tool being looked for in one folder.
type probe struct {
	*finder
	dir  string
	tool Tool
	fits func(version string) bool
}

// run runs one candidate and finds out which executable answered.
func (p probe) run(ctx context.Context, command []string) (Found, error) {
	program, err := exec.LookPath(command[0])
	if err != nil {
		if filepath.IsAbs(command[0]) {
			return Found{}, errors.New("no such program")
		}
		return Found{}, errors.New("not on the PATH")
	}
	if program, err = filepath.Abs(program); err != nil {
		return Found{}, err
	}
	version, err := p.version(ctx, append([]string{program}, command[1:]...))
	if err != nil {
		return Found{}, err
	}
	found := Found{Tool: p.tool.Tool, Path: sameName(program), Version: version}
	switch i := p.wrapped(command); {
	case p.tool.Locate != "":
		if found.Path, err = p.locate(ctx, program, command); err != nil {
			return Found{}, err
		}
	case i > 0:
		if found.Path, found.Version, err = p.unwrap(ctx, program, command, i); err != nil {
			return Found{}, err
		}
	}
	return found, nil
}

// version runs a command and checks the version that it prints.
func (p probe) version(ctx context.Context, command []string) (string, error) {
	output, err := p.output(ctx, command)
	if err != nil {
		return "", err
	}
	version := firstVersion(output)
	if version == "" {
		return "", fmt.Errorf("printed no version: %s", firstLine(output))
	}
	if !p.fits(version) {
		return "", fmt.Errorf("is %s", version)
	}
	return version, nil
}

// locate asks the program itself for the path of its executable.
func (p probe) locate(ctx context.Context, program string, command []string) (string, error) {
	words, err := Split(p.tool.Locate, os.LookupEnv)
	if err != nil {
		return "", fmt.Errorf("locate: %w", err)
	}
	asked := []string{program}
	if len(command) > 1 {
		asked = append(asked, command[1:len(command)-1]...)
	}
	output, err := p.output(ctx, append(asked, words...))
	if err != nil {
		return "", fmt.Errorf("locate: %w", err)
	}
	return executableIn(output)
}

// wrapped returns the index of the word that names the tool where the command's
// program is another one that runs it ("mise exec -- node --version"), else 0.
func (p probe) wrapped(command []string) int {
	if strings.HasPrefix(filepath.Base(command[0]), p.tool.Tool) {
		return 0
	}
	// The last word asks for the version.
	for i := len(command) - 2; i > 0; i-- {
		if strings.HasPrefix(filepath.Base(command[i]), p.tool.Tool) {
			return i
		}
	}
	return 0
}

// unwrap asks a shell inside the wrapper where the tool is, and then the tool
// itself for its version.
func (p probe) unwrap(ctx context.Context, program string, command []string, at int) (path, version string, err error) {
	asked := append([]string{program}, command[1:at]...)
	output, err := p.output(ctx, append(asked, "sh", "-c", `command -v "$0"`, command[at]))
	if err != nil {
		return "", "", fmt.Errorf("find %s behind %s: %w", command[at], command[0], err)
	}
	if path, err = executableIn(output); err != nil {
		return "", "", fmt.Errorf("find %s behind %s: %w", command[at], command[0], err)
	}
	version, err = p.version(ctx, append([]string{path}, command[at+1:]...))
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", path, err)
	}
	return path, version, nil
}

// output runs a command and returns all that it prints.
func (p probe) output(ctx context.Context, command []string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, p.answerTime)
	defer cancel()
	cmd := exec.CommandContext(limited, command[0], command[1:]...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	// A group of its own, so that what a wrapper started dies with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	text := colours.ReplaceAllString(string(out), "")
	switch {
	case err == nil:
		return text, nil
	case limited.Err() != nil:
		return "", fmt.Errorf("no answer within %s", p.answerTime)
	case firstLine(text) == "":
		return "", err
	}
	return "", fmt.Errorf("%w: %s", err, firstLine(text))
}

var (
	colours = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
	// A number with a point is a version sooner than one without: "openjdk 25
	// 2025-09-16" is a version and a date, "tool2 1.4" a name and a version.
	pointed = regexp.MustCompile(`[0-9]+\.[0-9]+(?:\.[0-9]+)?`)
	number  = regexp.MustCompile(`[0-9]+`)
)

func firstVersion(output string) string {
	if v := pointed.FindString(output); v != "" {
		return v
	}
	return number.FindString(output)
}

func firstLine(output string) string {
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line != "" {
			if len(line) > 160 {
				line = line[:160] + "…"
			}
			return line
		}
	}
	return ""
}

// executableIn returns the first line that is the absolute path of an executable.
func executableIn(output string) (string, error) {
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if !filepath.IsAbs(line) {
			continue
		}
		if info, err := os.Stat(line); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return line, nil
		}
	}
	return "", fmt.Errorf("printed no executable's path: %s", firstLine(output))
}

// sameName resolves symbolic links as long as the file keeps its name: a program
// that goes by several names decides by them what it is.
func sameName(path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || filepath.Base(real) != filepath.Base(path) {
		return path
	}
	return real
}
