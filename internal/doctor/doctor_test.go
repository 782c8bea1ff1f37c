package doctor

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
)

// machine makes a HOME with programs that print a version.
func machine(t *testing.T, versions map[string]string) string {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(home, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, version := range versions {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\necho "+version+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("PATH", bin)
	return bin
}

func tool(name, version string) config.Tool {
	return config.Tool{Tool: name, Version: version, Probe: []string{name + " --version"}, Hint: "install " + name}
}

func TestLook(t *testing.T) {
	bin := machine(t, map[string]string{"zig": "0.16.0", "old": "1.0", "pkg": "9.0"})
	findings := Look(context.Background(), []Need{
		{Tool: tool("zig", ">=0.16"), For: "build zig"},
		{Tool: tool("old", ">=2"), For: "build a", Optional: true},
		{Tool: tool("zig", ">=0.16"), For: "build other"},
		{Tool: tool("zig", ">=0.16"), For: "build zig"},
		{Tool: tool("old", ">=2"), For: "build b"},
		{Tool: tool("rare", ""), For: "build c", Optional: true},
		{Tool: tool("ecma", "~24"), For: "run ecma24.x", Installer: []config.Tool{tool("pkg", "")}},
		{Tool: tool("brew", "~25"), For: "run brew25", Installer: []config.Tool{tool("none", "")}},
	})
	type row struct {
		tool    string
		state   State
		version string
	}
	var got []row
	for _, f := range findings {
		got = append(got, row{f.Tool, f.State, f.Version})
	}
	want := []row{{"zig", Present, "0.16.0"}, {"old", Missing, ""}, {"rare", Optional, ""}, {"ecma", Installable, ""}, {"brew", Missing, ""}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if f := findings[0]; f.Path != filepath.Join(bin, "zig") || !slices.Equal(f.For, []string{"build zig", "build other"}) || f.Wanted != ">=0.16" {
		t.Errorf("present: got %+v", f)
	}
	if f := findings[1]; len(f.Tried) != 1 || f.Tried[0].Answer != "is 1.0" || f.Hint != "install old" || len(f.For) != 2 {
		t.Errorf("missing: got %+v", f)
	}
	if (Report{findings}).OK() {
		t.Error("got OK with missing tools")
	}
	if !(Report{[]Finding{findings[0], findings[2], findings[3]}}).OK() {
		t.Error("got not OK, want optional and installable tools not to matter")
	}
}

func TestRuntimes(t *testing.T) {
	r := config.Runtime{
		Name: "zig", Dir: "/zig", Toolchain: []config.Tool{tool("zig", "")},
		Artifacts: map[string]config.Artifact{
			"api":    {Name: "api", LambdaRuntime: "provided.al2023"},
			"native": {Name: "native", LambdaRuntime: "cobol85", Optional: true, Toolchain: []config.Tool{tool("rare", "")}},
		},
		Variants: map[string]config.Variant{
			"api":    {Name: "api", Artifact: "api", Local: "yes", Default: true},
			"native": {Name: "native", Artifact: "native", Local: "yes"},
		},
	}
	got := Runtimes([]config.Runtime{r})
	if len(got) != 2 {
		t.Fatalf("got %+v, want two needs", got)
	}
	if n := got[0]; n.For != "build zig" || n.Dir != "/zig" || n.Optional {
		t.Errorf("got %+v", n)
	}
	if n := got[1]; n.For != "build zig native" || !n.Optional || n.Tool.Tool != "rare" {
		t.Errorf("got %+v", n)
	}
}

// Each client with an interpreter becomes a need, unless no variant runs here.
func TestRuntimesNameInterpreters(t *testing.T) {
	for _, id := range runtimeclient.IDs() {
		c, err := runtimeclient.Load(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, local := range []string{"yes", "no"} {
			r := config.Runtime{
				Name: "x", Artifacts: map[string]config.Artifact{"api": {Name: "api", LambdaRuntime: id}},
				Variants: map[string]config.Variant{"api": {Artifact: "api", Local: local, Default: true}},
			}
			want := 0
			if c.Interpreter != nil {
				want++ // to build
			}
			if local == "yes" {
				want += want + len(c.Tools) // to run
			}
			if got := len(Runtimes([]config.Runtime{r})); got != want {
				t.Errorf("%s, local %s: got %d needs, want %d", id, local, got, want)
			}
		}
	}
}

func TestDatabasesAreByChoice(t *testing.T) {
	machine(t, nil)
	report := Check(context.Background(), nil)
	if !report.OK() {
		t.Errorf("got %+v, want nothing missing: the built-in database needs nothing", report)
	}
	purposes := map[string]bool{}
	for _, f := range report.Findings {
		if f.State == Missing || f.Hint == "" { // Java may lie where no PATH points
			t.Errorf("got %+v", f)
		}
		for _, purpose := range f.For {
			purposes[purpose] = true
		}
	}
	want := map[string]bool{"--dynamodb dynalite": true, "--dynamodb dynoxide": true, "--dynamodb local": true}
	if !maps.Equal(purposes, want) {
		t.Errorf("got %v, want %v", purposes, want)
	}
}

func TestLookWhenStopped(t *testing.T) {
	machine(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f := Look(ctx, []Need{{Tool: tool("zig", ""), For: "x"}})[0]
	if f.State != Missing || len(f.Tried) != 1 {
		t.Errorf("got %+v", f)
	}
}

// What is not on the machine is fetched, if it can be; what can be neither is nobody's fault.
func TestLambdaRuntimes(t *testing.T) {
	machine(t, map[string]string{"python3.13": "Python 3.13.1", "npm": "11.0.0"})
	got := map[string]LambdaRuntime{}
	for _, r := range LambdaRuntimes(context.Background()) {
		got[r.ID] = r
	}
	for id, want := range map[string]State{"provided.al2023": Present, "provided.al2": Present, "nodejs22.x": Installable, "nodejs24.x": Installable, "python3.14": Optional} {
		if got[id].State != want {
			t.Errorf("%s: got %s, want %s: %+v", id, got[id].State, want, got[id])
		}
	}
	if len(got) != len(runtimeclient.IDs()) || got["provided.al2"].Ended == "" || got["provided.al2023"].Ended != "" {
		t.Errorf("got %v, want every runtime, and of provided.al2 that it has ended", got)
	}
}
