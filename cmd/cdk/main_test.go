package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// The program is tested from outside, as the CDK's command line starts it: this
// test binary becomes the program when it is told to.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_CDK_APP") != "" {
		main()
	}
	code := m.Run()
	jsii.Close() // the package's temporary folder is made by the import alone
	os.Exit(code)
}

// start runs the program in the checkout and returns its exit code. Nothing may
// stay behind in the temporary folder.
func start(t *testing.T, context map[string]any, out string) (code int, stderr string) {
	t.Helper()
	encoded, err := json.Marshal(context)
	if err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "BE_THE_CDK_APP=1", "TMPDIR="+temporary, "CDK_CONTEXT_JSON="+string(encoded), "CDK_OUTDIR="+out, "CDK_VALIDATION=false")
	var text bytes.Buffer
	cmd.Stderr = &text
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	left, err := os.ReadDir(temporary)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("left behind: %s", entry.Name())
	}
	return cmd.ProcessState.ExitCode(), text.String()
}

// Each ends in one line and a hint, before Node.js, a build or a deployment starts.
func TestBadContext(t *testing.T) {
	runtimes, err := config.Discover(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	first := runtimes[0].Name
	for name, tt := range map[string]struct {
		context map[string]any
		want    string
	}{
		"environment": {map[string]any{"environment": "foo"}, "error: unknown environment \"foo\"\nhint: known environments: dev, staging, prod\n"},
		"memory":      {map[string]any{"memory": "64"}, "error: memory: got \"64\", want a whole number from 128 to 10240\nhint: -c memory=128\n"},
		"e-mail":      {map[string]any{"alertEmail": "ops"}, "error: alertEmail: got \"ops\", want an e-mail address\nhint: -c alertEmail=ops@example.com\n"},
		"runtime":     {map[string]any{"runtimes": "cobol"}, "error: runtimes: unknown runtime \"cobol\"\nhint: known runtimes: "},
		"variant":     {map[string]any{"variant": first + ":turbo"}, "error: variant: unknown variant \"turbo\" of runtime \"" + first + "\"\nhint: of " + first + " these answer the API: "},
		"layers":      {map[string]any{"layers": "maybe"}, "error: layers: got \"maybe\", want true or false\nhint: -c layers=true\n"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stderr := start(t, tt.context, filepath.Join(t.TempDir(), "cdk.out"))
			if code != 2 || !strings.HasPrefix(stderr, tt.want) || strings.Count(stderr, "\n") != 2 {
				t.Errorf("got exit code %d and\n%swant 2 and\n%s", code, stderr, tt.want)
			}
		})
	}
}

// Taking down what another machine deployed must not need five compilers: the
// command line says that no stack's code is wanted.
func TestDestroyBuildsNothing(t *testing.T) {
	if _, err := findNode(t.Context(), io.Discard); err != nil { // else it would be fetched, and said
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "cdk.out")
	code, stderr := start(t, map[string]any{bundling: []string{}, "environment": config.Prod}, out)
	if code != 0 || stderr != "" {
		t.Fatalf("got exit code %d, standard error %q", code, stderr)
	}
	for _, part := range []string{config.SharedPart, config.MonitoringPart} {
		if _, err := os.Stat(filepath.Join(out, config.StackName(part, config.Prod)+".template.json")); err != nil {
			t.Error(err)
		}
	}
}

// The command line names the stacks that it deploys exclusively: their code is
// built, and nobody else's.
func TestOnlyWhatIsDeployedNeedsCode(t *testing.T) {
	for patterns, want := range map[string]string{
		`["**"]`:                                "go,rust",
		`["MultiRuntimeBenchmarkGoStack"]`:      "go",
		`["MultiRuntimeBenchmark*Stack"]`:       "go,rust",
		`["*Rust*","MultiRuntimeBenchmarkXY*"]`: "rust",
		`["MultiRuntimeBenchmarkSharedStack"]`:  "",
		`["MultiRuntimeBenchmark{Go,X}Stack"]`:  "go,rust", // rather too much than an empty archive
		`[]`:                                    "",
	} {
		p, err := readPlan(filepath.Join("..", ".."), `{"`+bundling+`": `+patterns+`}`)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range []string{"go", "rust"} {
			if p.needsCode(config.DeployedRuntime{Runtime: config.Runtime{Name: name}}) {
				got = append(got, name)
			}
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%s: got the code of %v built, want %s", patterns, got, want)
		}
	}
}

// The load workers have a manifest of their own, which is read where they are asked for.
func TestLoadWorkersAreBuiltWhereTheyAreDeployed(t *testing.T) {
	for context, want := range map[string]bool{
		`{"load": "true", "` + bundling + `": []}`:                          true,
		`{"load": "true", "` + bundling + `": ["MultiRuntimeBenchmarkXY"]}`: true,
		`{"` + bundling + `": []}`:                                          false,
	} {
		p, err := readPlan(filepath.Join("..", ".."), context)
		if err != nil {
			t.Fatal(err)
		}
		request, err := p.loadRequest()
		if err != nil {
			t.Fatal(err)
		}
		zips, err := p.artifacts(t.Context(), t.TempDir(), t.TempDir(), io.Discard) // nothing is built
		if err != nil || (zips[request.ID()] != "") != want || p.deploys(config.LoadPart) {
			t.Errorf("%s: got %v, %v", context, zips, err)
		}
	}
}

// What a deployment takes away is said before it happens, and at no other time.
func TestRemovingARuntimeIsSaid(t *testing.T) {
	runtimes, err := config.Discover(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	last := runtimes[len(runtimes)-1].Name
	for context, want := range map[string]string{
		`{}`:                           "",
		`{"runtimes": "` + last + `"}`: "",
		`{"without": "` + last + `"}`: "without " + last + ": its routes, its alarms and its part of the dashboard are removed, where they are deployed; " +
			"its function stays until: cdk destroy " + config.StackName(last, config.Dev) + "\n",
		`{"without": "` + last + `", "` + bundling + `": []}`: "",
	} {
		p, err := readPlan(filepath.Join("..", ".."), context)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.words(); got != want {
			t.Errorf("%s: got %q, want %q", context, got, want)
		}
	}
}

// Who lacks a tool is told how to get it, and what can be deployed without.
func TestMissingToolNamesTheParts(t *testing.T) {
	var p plan
	for _, name := range []string{"ada", "brook", "cedar"} {
		p.Runtimes = append(p.Runtimes, config.DeployedRuntime{Runtime: config.Runtime{Name: name}, Now: name != "cedar"})
	}
	failed := build.Built{Request: build.Request{Runtime: p.Runtimes[1].Runtime}, Err: fault.New("install brook", "no brook")}
	err := p.orAPart(failed)
	if want := "install brook; or deploy a part, which leaves the rest as it is: -c runtimes=ada"; fault.Hint(err) != want || err.Error() != "no brook" {
		t.Errorf("got %v, hint %q, want the hint %q", err, fault.Hint(err), want)
	}
}

// A hosting on another architecture has a zip of its own; those that run what the main
// function runs share its zip.
func TestHostingsHaveTheirZips(t *testing.T) {
	p, err := readPlan(filepath.Join("..", ".."), `{"hosting": "go:arm64,go:provisioned", "runtimes": "go", "`+bundling+`": []}`)
	if err != nil {
		t.Fatal(err)
	}
	zips, err := p.artifacts(t.Context(), t.TempDir(), t.TempDir(), io.Discard) // nothing is built
	if err != nil || len(zips) != 2 || zips["go-x86_64"] == "" || zips["go-arm64"] == "" {
		t.Errorf("got %v, %v, want those of both architectures", zips, err)
	}
}
