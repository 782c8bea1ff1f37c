// Command suite runs every test of the repository: the Go packages, and the
// test and lint commands of each runtime as its runtime.yaml names them. It
// prints one line per step, then all steps with their times and, last, "N passed,
// N failed". It knows no language and no test framework beyond the counts that
// they print.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
)

func main() {
	parts := flag.String("part", "", "only these parts, joined by commas: "+strings.Join(partNames, ", "))
	runtime := flag.String("runtime", "", "only the lint and test commands of this runtime")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Stdout, selection{parts: words(*parts), runtime: *runtime}))
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// step is one command whose output is kept unless it fails.
type step struct {
	name    string
	part    string
	runtime string // whose own command it is; "" for the repository's
	dir     string
	command []string
	env     []string
	goJSON  bool
}

type count struct{ passed, failed int }

func run(ctx context.Context, out io.Writer, only selection) int {
	total, err := runSteps(ctx, out, only)
	if err != nil {
		fmt.Fprintln(out, "error:", err)
		total.failed++
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", total.passed, total.failed)
	if total.failed > 0 {
		return 1
	}
	return 0
}

func runSteps(ctx context.Context, out io.Writer, only selection) (total count, err error) {
	root, err := os.Getwd()
	if err != nil {
		return total, err
	}
	runtimes, err := config.Discover(root)
	if err != nil {
		return total, err
	}
	if err := only.check(runtimes); err != nil {
		return total, err
	}
	cache, err := build.DefaultCacheDir()
	if err != nil {
		return total, err
	}
	installing := func(what string) runtimeclient.Work {
		fmt.Fprintln(out, "installing", what)
		return nil
	}
	environment := map[string][]string{}
	for _, r := range runtimes {
		if only.runtime != "" && r.Name != only.runtime {
			continue // its tools need not be here
		}
		env, err := build.Environment(ctx, build.Request{Runtime: r, Artifact: r.DefaultVariant().Artifact, Arch: config.DefaultArchitecture},
			build.Options{Root: root, CacheDir: cache, Installing: installing})
		if err != nil {
			return total, err
		}
		environment[r.Name] = append(os.Environ(), env...)
	}
	endpoint := ""
	if only.has(unit) {
		database, err := dynamodb.Start(ctx, dynamodb.Options{CacheDir: cache})
		if err != nil {
			return total, err
		}
		defer database.Close()
		endpoint = "TEST_DYNAMODB_ENDPOINT=" + database.Endpoint()
	}
	if len(only.parts) == 0 && only.runtime == "" {
		// Building k6 takes minutes, and its thresholds say more of the machine than of the scripts.
		fmt.Fprintln(out, "NOT RUN: the load tests' own runs with k6; make k6-test builds it and runs them")
	}
	var outcomes []outcome
	for _, s := range allSteps(root, runtimes, environment, endpoint) {
		if !only.takes(s) {
			continue
		}
		o := s.run(ctx, out)
		total.passed += o.got.passed
		total.failed += o.got.failed
		outcomes = append(outcomes, o)
	}
	writeTimes(out, outcomes)
	return total, nil
}

func (s step) run(ctx context.Context, out io.Writer) outcome {
	started := time.Now()
	fmt.Fprintf(out, "== %s\n", s.name)
	command := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	command.Dir, command.Env = s.dir, s.env
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var kept bytes.Buffer
	var got count
	var err error
	if s.goJSON {
		got, err = runGo(command, out)
	} else {
		command.Stdout, command.Stderr = &kept, &kept
		err = command.Run()
		got = counts(kept.String())
	}
	if err != nil {
		out.Write(kept.Bytes())
		got.failed = max(got.failed, 1)
		fmt.Fprintf(out, "FAILED %s: %v\n", s.name, err)
	} else if got.passed == 0 {
		got.passed = 1 // a linter counts nothing: it passed
	}
	took := time.Since(started)
	fmt.Fprintf(out, "   %d passed, %d failed in %s\n", got.passed, got.failed, took.Round(100*time.Millisecond))
	return outcome{step: s, got: got, took: took}
}

// runGo runs "go test -json", prints the output of what failed, and counts
// tests (with subtests) that passed and failed.
func runGo(command *exec.Cmd, out io.Writer) (count, error) {
	var got count
	pipe, err := command.StdoutPipe()
	if err != nil {
		return got, fmt.Errorf("connect to go test: %w", err)
	}
	command.Stderr = out
	if err := command.Start(); err != nil {
		return got, fmt.Errorf("start go test: %w", err)
	}
	output := map[string]*bytes.Buffer{}
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var event struct{ Action, Package, Test, Output string }
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			fmt.Fprintln(out, lines.Text())
			continue
		}
		key := event.Package + "." + event.Test
		switch event.Action {
		case "output", "build-output":
			if output[key] == nil {
				output[key] = new(bytes.Buffer)
			}
			output[key].WriteString(event.Output)
		case "build-fail":
			fmt.Fprintf(out, "%s", output["."])
		case "pass":
			if event.Test != "" {
				got.passed++
			} else {
				fmt.Fprintf(out, "   ok %s\n", event.Package)
			}
			delete(output, key)
		case "fail":
			got.failed++
			if output[key] != nil {
				out.Write(output[key].Bytes())
			}
			delete(output, key)
		}
	}
	if err := lines.Err(); err != nil {
		return got, fmt.Errorf("read go test: %w", err)
	}
	return got, command.Wait()
}

var (
	passed      = regexp.MustCompile(`(\d+) passed`)
	failed      = regexp.MustCompile(`(\d+) failed`)
	junitTotals = regexp.MustCompile(`(?m)^.*Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: \d+\s*$`)
	goOK        = regexp.MustCompile(`(?m)^--- PASS|^ok  \t`)
)

// counts reads how many tests ran out of what a test runner printed last.
func counts(output string) count {
	if all := junitTotals.FindAllStringSubmatch(output, -1); len(all) > 0 {
		last := all[len(all)-1]
		return count{passed: number(last[1]) - number(last[2]) - number(last[3]), failed: number(last[2]) + number(last[3])}
	}
	var got count
	for _, match := range passed.FindAllStringSubmatch(output, -1) {
		got.passed += number(match[1])
	}
	for _, match := range failed.FindAllStringSubmatch(output, -1) {
		got.failed += number(match[1])
	}
	if got.passed == 0 {
		got.passed = len(goOK.FindAllString(output, -1))
	}
	return got
}

func number(text string) int {
	n, _ := strconv.Atoi(text) // the pattern holds digits only
	return n
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return filepath.ToSlash(line)
}
