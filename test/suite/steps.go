package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// The parts of the suite, in the order in which they run. Each can be run by itself,
// which is how ci.yml spreads them over machines; together they are everything.
const (
	lint     = "lint"     // linters and formatters, of the repository and of each runtime
	unit     = "unit"     // each runtime's own tests
	contract = "contract" // the artifacts in the engine, held to the API's contract and to each other
	smoke    = "smoke"    // small runs of the benchmark, and their reports in a browser
	class    = "class"    // that stock functions are stock
	e2e      = "e2e"      // a real deployment, to an emulator
	cdk      = "cdk"      // the Go tests of what is deployed
	goTests  = "go"       // all other Go tests
)

var partNames = []string{lint, unit, contract, smoke, class, e2e, cdk, goTests}

// selection is what of the suite runs: nothing named is everything.
type selection struct {
	parts   []string
	runtime string
}

func (o selection) has(part string) bool { return len(o.parts) == 0 || slices.Contains(o.parts, part) }

// takes: with a runtime named, only that one's own commands.
func (o selection) takes(s step) bool {
	return o.has(s.part) && (o.runtime == "" || s.runtime == o.runtime)
}

func (o selection) check(runtimes []config.Runtime) error {
	for _, part := range o.parts {
		if !slices.Contains(partNames, part) {
			return fmt.Errorf("--part %s: not a part of the suite, which are %s", part, strings.Join(partNames, ", "))
		}
	}
	var names []string
	for _, r := range runtimes {
		names = append(names, r.Name)
	}
	if o.runtime != "" && !slices.Contains(names, o.runtime) {
		return fmt.Errorf("--runtime %s: not a runtime of lambdas/, which are %s", o.runtime, strings.Join(names, ", "))
	}
	return nil
}

// allSteps are the suite, in order.
func allSteps(root string, runtimes []config.Runtime, environment map[string][]string, endpoint string) []step {
	steps := lintSteps(root)
	for _, r := range runtimes {
		steps = append(steps, commandSteps(r, lint, r.Lint, environment[r.Name])...)
	}
	steps = append(steps, testSteps(runtimes, environment, endpoint)...)
	steps = append(steps, endToEndSteps(root, runtimes)...)
	steps = append(steps, classSteps(root, runtimes, environment)...)
	return append(steps,
		step{part: e2e, name: "a real deploy, to an emulator", dir: root, goJSON: true, env: os.Environ(),
			command: []string{"make", "--silent", "e2e", "TEST_FLAGS=-json"}},
		goTest(root, cdk, "the CDK app", cdkPackages), goTest(root, goTests, "all other packages", otherPackages))
}

// The repository's Go packages, as a shell lists them. What is below lambdas is a runtime's own, whose
// commands test and lint it.
const (
	cdkPackages   = "./stacks/... ./constructs/... ./dashboards/... ./cmd/cdk/..."
	otherPackages = `$(go list ./... | grep -vE "/(lambdas|stacks|constructs|dashboards|cmd/cdk)(/|$)")`
	ownPackages   = `$(go list ./... | grep -v /lambdas/)`
)

// goTest runs the tests of packages.
func goTest(root, part, what, packages string) step {
	return step{part: part, name: "go test of " + what, dir: root, goJSON: true, env: os.Environ(),
		command: []string{"sh", "-eu", "-c", "exec go test -json -timeout 25m -p 1 " + packages}}
}

// endToEndSteps put the real artifacts into the real engine.
func endToEndSteps(root string, runtimes []config.Runtime) []step {
	return []step{
		{part: contract, name: "contract of every runtime", dir: root, env: os.Environ(), command: append([]string{"bin/bench", "verify"}, variantFlags(runtimes)...)},
		{part: contract, name: "a primed variant", dir: root, env: os.Environ(), command: []string{"bin/bench", "verify", "--variant", runtimes[0].Name + ":primed", "--case", "cold-start/..."}}, // all else it has in common with the stock one
		{part: contract, name: "the same requests to every tuned runtime", dir: root, env: os.Environ(), command: append([]string{"bin/bench", "verify", "--differential", "400"}, besideFlags(runtimes)...)},
		{part: contract, name: "the same requests to every runtime", dir: root, env: os.Environ(), command: []string{"bin/bench", "verify", "--differential", "400"}},
		{part: smoke, name: "a small run of everything", dir: root, env: os.Environ(), command: []string{"sh", "-eu", "-c",
			`out=test/browser/out/run; rm -rf "$out"; bin/bench local --quick --layers all --environments 6 --out "$out"; bin/bench report "$out/results.json" --format json >/dev/null; bin/bench clean --check`}},
		{part: smoke, name: "a load of " + runtimes[0].Name, dir: root, env: os.Environ(), command: []string{"sh", "-eu", "-c",
			`out=$(mktemp -d); trap 'rm -rf "$out"' EXIT; bin/bench local --runtime ` + runtimes[0].Name + ` --layers none --environments 1 --out "$out/run"; grep -q '"rate":' "$out/run/results.json"; bin/bench clean --check`}},
		{part: smoke, name: "a short soak", dir: root, env: os.Environ(), command: []string{"go", "run", "./test/soak",
			"--seed", "1", "--calls", "1500", "--runtime", runtimes[0].Name + "," + runtimes[1].Name, "--faults", "0.03", "--timeout", "5s"}},
		{part: smoke, name: "a few interruptions", dir: root, env: os.Environ(), command: []string{"go", "run", "./test/interrupt", "--seed", "1", "--moments", "5", "--gate=false"}},
		{part: smoke, name: "a load of " + runtimes[0].Name + " over HTTP", dir: root, env: append(os.Environ(), "RUNTIMES="+runtimes[0].Name), command: []string{"sh", "-eu", "-c",
			`out=$(mktemp -d); trap 'rm -rf "$out"' EXIT; OUT=$out/run test/with-serve.sh sh -c 'bin/bench load test/k6/scenarios/smoke.json --base-url "$BASE_URL" --runtime "$RUNTIMES" --duration 3s --out "$OUT"' || test -f "$out/run/report.html"; bin/bench clean --check`}}, // what it held says more of this machine
		{part: smoke, name: "reports in a browser", dir: root, env: os.Environ(), command: []string{"test/browser/run.sh"}},
	}
}

func lintSteps(root string) []step {
	env := os.Environ()
	darwin := append(os.Environ(), "GOOS=darwin", "CGO_ENABLED=0")
	return []step{
		{part: lint, name: "gofmt", dir: root, env: env, command: []string{"sh", "-c", `out=$(git ls-files '*.go' ':!lambdas' | xargs gofmt -l); echo "$out"; test -z "$out"`}},
		{part: lint, name: "go vet", dir: root, env: env, command: []string{"sh", "-eu", "-c", "exec go vet " + ownPackages}},
		{part: lint, name: "go vet of the real deploy", dir: root, env: env, command: []string{"go", "vet", "-tags", "e2e", "./test/e2e"}},
		{part: lint, name: "go vet for macOS", dir: root, env: darwin, command: []string{"go", "vet", "./cmd/bench/..."}},
		{part: lint, name: "staticcheck", dir: root, env: env, command: []string{"sh", "-eu", "-c", "exec go tool staticcheck " + ownPackages}},
		{part: lint, name: "the API's description", dir: filepath.Join(root, "internal", "apidocs", "assets"), env: append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true"),
			command: []string{"sh", "-eu", "-c", "[ -d node_modules ] || npm ci --loglevel=error; npm run --silent lint"}},
		{part: lint, name: "the load tests' scripts", dir: filepath.Join(root, "test", "k6"), env: env,
			command: []string{"sh", "-eu", "-c", "[ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error; npm run --silent lint"}},
		{part: lint, name: "go.mod is tidy", dir: root, env: env, command: []string{"go", "mod", "tidy", "-diff"}},
	}
}

func commandSteps(r config.Runtime, part string, commands, env []string) []step {
	var steps []step
	for _, command := range commands {
		steps = append(steps, step{part: part, runtime: r.Name, name: fmt.Sprintf("%s %s: %s", part, r.Name, firstLine(command)), dir: r.Dir, env: env, command: []string{"sh", "-eu", "-c", command}})
	}
	return steps
}

// testSteps run each runtime's own tests beside a database for tests.
func testSteps(runtimes []config.Runtime, environment map[string][]string, endpoint string) []step {
	var steps []step
	for _, r := range runtimes {
		steps = append(steps, commandSteps(r, unit, r.Test, slices.Concat(environment[r.Name], []string{endpoint}))...)
	}
	return steps
}

// classSteps prove that default variants are stock, by their zips in dist/.
func classSteps(root string, runtimes []config.Runtime, environment map[string][]string) []step {
	var steps []step
	for _, r := range runtimes {
		zip := filepath.Join(root, "dist", r.ArtifactID(r.DefaultVariant().Artifact, config.DefaultArchitecture)+".zip")
		steps = append(steps, commandSteps(r, class, r.ClassCheck, slices.Concat(environment[r.Name], []string{"BENCH_ZIP=" + zip}))...)
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
