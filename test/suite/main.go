// Command suite runs every test of the repository: the Go packages, and the
// test and lint commands of each runtime as its runtime.yaml names them. It
// prints one line per step and, last, "N passed, N failed". It knows no
// language and no test framework beyond the counts that they print.
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
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
)

func main() {
	lint := flag.Bool("lint", false, "run the linters only")
	class := flag.Bool("class", false, "only prove that the stock functions are stock")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Stdout, *lint, *class))
}

// step is one command whose output is kept unless it fails.
type step struct {
	name    string
	dir     string
	command []string
	env     []string
	goJSON  bool
}

type count struct{ passed, failed int }

func run(ctx context.Context, out io.Writer, lintOnly, classOnly bool) int {
	root, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(out, "error:", err)
		return 1
	}
	runtimes, err := config.Discover(root)
	if err != nil {
		fmt.Fprintln(out, "error:", err)
		return 1
	}
	cache, err := build.DefaultCacheDir()
	if err != nil {
		fmt.Fprintln(out, "error:", err)
		return 1
	}
	steps := lintSteps(root)
	environment := map[string][]string{}
	for _, r := range runtimes {
		env, err := build.Environment(ctx, build.Request{Runtime: r, Artifact: r.DefaultVariant().Artifact, Arch: config.DefaultArchitecture},
			build.Options{Root: root, CacheDir: cache})
		if err != nil {
			fmt.Fprintln(out, "error:", err)
			fmt.Fprintln(out, "0 passed, 1 failed")
			return 1
		}
		environment[r.Name] = append(os.Environ(), env...)
		steps = append(steps, commandSteps(r, "lint", r.Lint, environment[r.Name])...)
	}
	if classOnly {
		steps = append([]step{{name: "build", dir: root, env: os.Environ(), command: []string{"bin/bench", "build"}}}, classSteps(root, runtimes, environment)...)
	} else if !lintOnly {
		database, err := dynamodb.Start(ctx, dynamodb.Options{CacheDir: cache})
		if err != nil {
			fmt.Fprintln(out, "error:", err)
			fmt.Fprintln(out, "0 passed, 1 failed")
			return 1
		}
		defer database.Close()
		endpoint := "TEST_DYNAMODB_ENDPOINT=" + database.Endpoint()
		steps = append(steps, testSteps(runtimes, environment, endpoint)...)
		// End to end: the real artifacts in the real engine.
		steps = append(steps,
			step{name: "contract of every runtime", dir: root, env: os.Environ(), command: append([]string{"bin/bench", "verify"}, variantFlags(runtimes)...)},
			step{name: "a primed variant", dir: root, env: os.Environ(), command: []string{"bin/bench", "verify", "--variant", runtimes[0].Name + ":primed", "--case", "cold-start/...", "--case", "items/body/..."}},
			step{name: "the same requests to every tuned runtime", dir: root, env: os.Environ(), command: append([]string{"bin/bench", "verify", "--differential", "400"}, besideFlags(runtimes)...)},
			step{name: "the same requests to every runtime", dir: root, env: os.Environ(), command: []string{"bin/bench", "verify", "--differential", "400"}},
			step{name: "a small run of everything", dir: root, env: os.Environ(), command: []string{"sh", "-eu", "-c",
				`out=test/browser/out/run; rm -rf "$out"; bin/bench local --quick --layers all --environments 6 --out "$out"; bin/bench report "$out/results.json" --format json >/dev/null; bin/bench clean --check`}},
			step{name: "a load of " + runtimes[0].Name, dir: root, env: os.Environ(), command: []string{"sh", "-eu", "-c",
				`out=$(mktemp -d); trap 'rm -rf "$out"' EXIT; bin/bench local --runtime ` + runtimes[0].Name + ` --layers none --environments 1 --out "$out/run"; grep -q '"rate":' "$out/run/results.json"; bin/bench clean --check`}},
			step{name: "a short soak", dir: root, env: os.Environ(), command: []string{"go", "run", "./test/soak",
				"--seed", "1", "--calls", "1500", "--runtime", runtimes[0].Name + "," + runtimes[1].Name, "--faults", "0.03", "--timeout", "5s"}},
			step{name: "a few interruptions", dir: root, env: os.Environ(), command: []string{"go", "run", "./test/interrupt", "--seed", "1", "--moments", "5", "--gate=false"}},
			step{name: "a load of " + runtimes[0].Name + " over HTTP", dir: root, env: append(os.Environ(), "RUNTIMES="+runtimes[0].Name), command: []string{"sh", "-eu", "-c",
				`out=$(mktemp -d); trap 'rm -rf "$out"' EXIT; OUT=$out/run test/with-serve.sh sh -c 'bin/bench load test/k6/scenarios/smoke.json --base-url "$BASE_URL" --runtime "$RUNTIMES" --duration 3s --out "$OUT"' || test -f "$out/run/report.html"; bin/bench clean --check`}}, // what it held says more of this machine
			step{name: "reports in a browser", dir: root, env: os.Environ(), command: []string{"test/browser/run.sh"}},
		)
		// Building k6 takes minutes, and its thresholds say more of the machine than of the scripts.
		fmt.Fprintln(out, "NOT RUN: the load tests' own runs with k6; make k6-test builds it and runs them")
		steps = append(steps, classSteps(root, runtimes, environment)...)
		steps = append(steps, step{name: "a real deploy, to an emulator", dir: root, goJSON: true, env: os.Environ(),
			command: []string{"make", "--silent", "e2e", "TEST_FLAGS=-json"}})
		steps = append(steps, step{name: "go test ./...", dir: root, goJSON: true, env: append(os.Environ(), endpoint),
			command: []string{"go", "test", "-json", "-timeout", "25m", "-p", "1", "./..."}})
	}
	var total count
	for _, s := range steps {
		got := s.run(ctx, out)
		total.passed += got.passed
		total.failed += got.failed
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", total.passed, total.failed)
	if total.failed > 0 {
		return 1
	}
	return 0
}

func lintSteps(root string) []step {
	env := os.Environ()
	darwin := append(os.Environ(), "GOOS=darwin", "CGO_ENABLED=0")
	return []step{
		{name: "gofmt", dir: root, env: env, command: []string{"sh", "-c", `out=$(git ls-files '*.go' | xargs gofmt -l); echo "$out"; test -z "$out"`}},
		{name: "go vet", dir: root, env: env, command: []string{"go", "vet", "./..."}},
		{name: "go vet of the real deploy", dir: root, env: env, command: []string{"go", "vet", "-tags", "e2e", "./test/e2e"}},
		{name: "go vet for macOS", dir: root, env: darwin, command: []string{"go", "vet", "./cmd/bench/..."}},
		{name: "staticcheck", dir: root, env: env, command: []string{"go", "tool", "staticcheck", "./..."}},
		{name: "the API's description", dir: filepath.Join(root, "internal", "apidocs", "assets"), env: append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true"),
			command: []string{"sh", "-eu", "-c", "[ -d node_modules ] || npm ci --loglevel=error; npm run --silent lint"}},
		{name: "the load tests' scripts", dir: filepath.Join(root, "test", "k6"), env: env,
			command: []string{"sh", "-eu", "-c", "[ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error; npm run --silent lint"}},
		{name: "go.mod is tidy", dir: root, env: env, command: []string{"go", "mod", "tidy", "-diff"}},
	}
}

func commandSteps(r config.Runtime, kind string, commands, env []string) []step {
	var steps []step
	for _, command := range commands {
		steps = append(steps, step{name: fmt.Sprintf("%s %s: %s", kind, r.Name, firstLine(command)), dir: r.Dir, env: env, command: []string{"sh", "-eu", "-c", command}})
	}
	return steps
}

// testSteps run each runtime's own tests beside a database for tests.
func testSteps(runtimes []config.Runtime, environment map[string][]string, endpoint string) []step {
	var steps []step
	for _, r := range runtimes {
		steps = append(steps, commandSteps(r, "test", r.Test, slices.Concat(environment[r.Name], []string{endpoint}))...)
	}
	return steps
}

// classSteps prove that default variants are stock, by their zips in dist/.
func classSteps(root string, runtimes []config.Runtime, environment map[string][]string) []step {
	var steps []step
	for _, r := range runtimes {
		zip := filepath.Join(root, "dist", r.ArtifactID(r.DefaultVariant().Artifact, config.DefaultArchitecture)+".zip")
		steps = append(steps, commandSteps(r, "class", r.ClassCheck, slices.Concat(environment[r.Name], []string{"BENCH_ZIP=" + zip}))...)
	}
	return steps
}

// variantFlags name the default variants and those that stand beside them.
func variantFlags(runtimes []config.Runtime) []string {
	var flags []string
	for _, r := range runtimes {
		flags = append(flags, "--variant", r.Name+":"+r.DefaultVariant().Name)
	}
	return append(flags, besideFlags(runtimes)...)
}

func besideFlags(runtimes []config.Runtime) []string {
	var flags []string
	for _, r := range runtimes {
		if v, ok := r.Beside(); ok {
			flags = append(flags, "--variant", r.Name+":"+v.Name)
		}
	}
	return flags
}

func (s step) run(ctx context.Context, out io.Writer) count {
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
	fmt.Fprintf(out, "   %d passed, %d failed in %s\n", got.passed, got.failed, time.Since(started).Round(100*time.Millisecond))
	return got
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
