package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/script"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// project is a repository with one or more runtimes that are built by shell
// scripts, and a tool that prints the content of the file "toolversion".
type project struct {
	t    *testing.T
	root string
	o    Options
	log  *recorder
}

type recorder struct {
	mu      sync.Mutex
	started []string
	lines   []string
	done    map[string]Status
}

func (r *recorder) Started(id string, expected time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started = append(r.started, fmt.Sprintf("%s %s", id, expected))
}

func (r *recorder) Line(id, line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, id+": "+line)
}

func (r *recorder) Done(b Built) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[b.Request.ID()] = b.Status
}

const goodBuild = `mkdir "$BENCH_OUTPUT/lib"; cp src/main "$BENCH_OUTPUT/bootstrap"; chmod 700 "$BENCH_OUTPUT/bootstrap"; echo "$BENCH_ARCH $BENCH_GOARCH $BENCH_VERSION" > "$BENCH_OUTPUT/lib/info"; echo made`

func newProject(t *testing.T) *project {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &project{t: t, root: filepath.Join(base, "repository"), log: &recorder{done: map[string]Status{}}}
	t.Setenv("HOME", filepath.Join(base, "home"))
	t.Setenv("PATH", filepath.Join(base, "home", "bin")+":/usr/bin:/bin")
	p.o = Options{Root: p.root, DistDir: filepath.Join(p.root, "dist"), CacheDir: filepath.Join(base, "cache"), Progress: p.log, Now: func() time.Time { return time.Unix(0, 0) }}
	p.write("VERSION", "1.2.3\n")
	p.write("lambdas/zig/src/main", "program")
	p.write("lambdas/zig/lock", "a=1")
	p.tool("zig", "0.16.0")
	return p
}

func (p *project) write(name, content string) {
	p.t.Helper()
	p.writeFile(filepath.Join(p.root, name), content, 0o644)
}

func (p *project) writeFile(path, content string, mode fs.FileMode) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		p.t.Fatal(err)
	}
}

// tool puts a program on the PATH. Each version has a name of its own, since
// what was found is remembered for the process.
func (p *project) tool(name, version string) {
	p.t.Helper()
	p.writeFile(filepath.Join(os.Getenv("HOME"), "bin", name+"-"+version), "#!/bin/sh\necho "+name+" "+version+"\n", 0o755)
}

// runtime writes a manifest and loads it. The command is sh.
func (p *project) runtime(command string, edits ...string) config.Runtime {
	p.t.Helper()
	manifest := strings.NewReplacer(edits...).Replace(`schema: 1
name: zig
displayName: Zig
language: Zig
prefixes: [/zig]
order: 1
color: "#123456"
sources: [src/**]
lockFiles: [lock]
toolchain:
  - {tool: zig, version: ">=0.16", probe: [zig-0.16.0], hint: install Zig}
artifacts:
  api:
    build:
      command: |
        COMMAND
      env: {LEVEL: "2"}
    output: build/{arch}
    architectures: [x86_64, arm64]
    lambdaRuntime: provided.al2023
    handler: bootstrap
    glibcMax: "2.34"
    expectedSeconds: 30
  bare:
    build: {command: 'echo bare >"$BENCH_OUTPUT/bootstrap"; chmod +x "$BENCH_OUTPUT/bootstrap"'}
    output: out/bare
    architectures: [x86_64]
    lambdaRuntime: provided.al2023
    handler: bootstrap
    expectedSeconds: 40
variants:
  api: {artifact: api, kind: api, class: stock, contract: items, local: yes, default: true}
  bare: {artifact: bare, kind: bare, local: yes}
`)
	p.write("lambdas/zig/runtime.yaml", strings.Replace(manifest, "COMMAND", command, 1))
	r, err := config.LoadRuntime(filepath.Join(p.root, "lambdas", "zig"))
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func (p *project) build(r config.Runtime) (Built, error) {
	p.t.Helper()
	built, err := Build(context.Background(), []Request{{r, r.DefaultVariant().Artifact, config.X8664}}, p.o)
	if len(built) != 1 {
		p.t.Fatalf("got %d results, want 1 (%v)", len(built), err)
	}
	return built[0], err
}

func (p *project) mustBuild(r config.Runtime) Built {
	p.t.Helper()
	b, err := p.build(r)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// dist lists what is in dist/.
func (p *project) dist() []string {
	p.t.Helper()
	entries, err := os.ReadDir(p.o.DistDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestBuild(t *testing.T) {
	p := newProject(t)
	r := p.runtime(goodBuild)
	built, err := Build(context.Background(), []Request{{r, "api", config.X8664}, {r, "bare", config.X8664}, {r, "api", config.ARM64}}, p.o)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"zig-arm64.json", "zig-arm64.zip", "zig-bare-x86_64.json", "zig-bare-x86_64.zip", "zig-x86_64.json", "zig-x86_64.zip"}; !slices.Equal(p.dist(), want) {
		t.Errorf("dist: got %v, want %v", p.dist(), want)
	}
	if want := []string{"zig-bare-x86_64 40s", "zig-x86_64 30s", "zig-arm64 30s"}; !slices.Equal(p.log.started, want) {
		t.Errorf("started: got %v, want the slowest first: %v", p.log.started, want)
	}
	if want := []string{"zig-x86_64: made", "zig-arm64: made"}; !slices.Equal(p.log.lines, want) {
		t.Errorf("lines: got %v, want %v", p.log.lines, want)
	}
	m := built[0].Meta
	if m.ID != "zig-x86_64" || m.Runtime != "zig" || m.Artifact != "api" || m.Arch != "x86_64" || m.LambdaRuntime != "provided.al2023" || m.Handler != "bootstrap" {
		t.Errorf("meta: got %+v", m)
	}
	if m.Files != 2 || m.UnpackedBytes != int64(len("program")+len("x86_64 amd64 1.2.3\n")) {
		t.Errorf("got %d files of %d bytes", m.Files, m.UnpackedBytes)
	}
	if len(m.Versions) != 1 || m.Versions["zig"] != "0.16.0" {
		t.Errorf("versions: got %v", m.Versions)
	}
	content, err := os.ReadFile(built[0].Path)
	if err != nil || int64(len(content)) != m.PackedBytes {
		t.Errorf("got a zip of %d bytes, %v; want %d", len(content), err, m.PackedBytes)
	}
	entries := readZip(t, content)
	if got := entries["lib/info"]; got.mode != 0o644 || got.content != "x86_64 amd64 1.2.3\n" {
		t.Errorf("lib/info: got %+v", got)
	}
	if got := entries["bootstrap"]; got.mode != 0o755 || got.content != "program" {
		t.Errorf("bootstrap: got %+v", got)
	}

	opened, err := Open(p.o.DistDir, r, "api", config.X8664)
	if err != nil || opened.Meta.SHA256 != m.SHA256 || opened.Path != built[0].Path {
		t.Errorf("Open: got %+v, %v", opened, err)
	}
}

func TestBuildIsSkippedUntilSomethingChanges(t *testing.T) {
	p := newProject(t)
	r := p.runtime(goodBuild)
	first := p.mustBuild(r)
	if first.Status != Fresh {
		t.Fatalf("got %s, want built", first.Status)
	}
	same := func(what string) {
		t.Helper()
		if b := p.mustBuild(r); b.Status != Unchanged || b.Meta.SHA256 != first.Meta.SHA256 {
			t.Errorf("%s: got %s, want unchanged", what, b.Status)
		}
	}
	changed := func(what string) {
		t.Helper()
		b := p.mustBuild(r)
		if b.Status != Fresh {
			t.Errorf("%s: got %s, want built", what, b.Status)
		}
		first = b
		same("again after " + what)
	}
	same("nothing")
	if err := os.Chtimes(filepath.Join(p.root, "lambdas/zig/src/main"), time.Unix(1, 0), time.Unix(2, 0)); err != nil {
		t.Fatal(err)
	}
	same("a file's time")
	p.write("lambdas/zig/README.md", "words")
	same("a file that is no source")
	r = p.runtime(goodBuild, `"#123456"`, `"#654321"`, "language: Zig", "language: Zag", "{artifact: bare, kind: bare", `{artifact: bare, env: {A: "1"}, kind: bare`)
	same("how it is drawn and run")

	p.write("lambdas/zig/src/deep/new", "x")
	changed("a new source")
	p.write("lambdas/zig/src/deep/new", "y")
	changed("a source")
	if err := os.Rename(filepath.Join(p.root, "lambdas/zig/src/deep/new"), filepath.Join(p.root, "lambdas/zig/src/deep/old")); err != nil {
		t.Fatal(err)
	}
	changed("a source's name")
	p.write("lambdas/zig/lock", "a=2")
	changed("a lock file")
	p.write("VERSION", "1.2.4")
	changed("the version")
	r = p.runtime(goodBuild, `LEVEL: "2"`, `LEVEL: "3"`)
	changed("the manifest's build")
	p.tool("zig", "0.17.0")
	r = p.runtime(goodBuild, `LEVEL: "2"`, `LEVEL: "3"`, "zig-0.16.0", "zig-0.17.0")
	changed("a tool")

	if err := os.Remove(first.Path); err != nil {
		t.Fatal(err)
	}
	changed("the zip's removal")
	if err := os.WriteFile(first.Path, []byte("PK"), 0o644); err != nil {
		t.Fatal(err)
	}
	changed("a damaged zip")
	p.o.Force = true
	if b := p.mustBuild(r); b.Status != Fresh {
		t.Errorf("force: got %s, want built", b.Status)
	}
}

func TestBuildIsTheSameFromTwoFolders(t *testing.T) {
	var sums []string
	for range 2 {
		p := newProject(t) // in another folder, with another HOME and cache
		b := p.mustBuild(p.runtime(goodBuild))
		sums = append(sums, b.Meta.SHA256+b.Meta.BuiltFrom)
	}
	if sums[0] != sums[1] {
		t.Errorf("got %v, want the same twice", sums)
	}
}

func TestAMissingToolchainIsSkipped(t *testing.T) {
	p := newProject(t)
	good := p.runtime(goodBuild)
	bad := p.runtime(goodBuild, "zig-0.16.0", "zig-9", "handler: bootstrap\n    glibcMax", "handler: bootstrap\n    optional: true\n    glibcMax")
	built, err := Build(context.Background(), []Request{{bad, "api", config.X8664}, {good, "bare", config.X8664}}, p.o)
	if err != nil {
		t.Fatalf("got %v, want no failure", err)
	}
	var missing *Missing
	if built[0].Status != Skipped || !errors.As(built[0].Err, &missing) || missing.Tool != "zig" || !missing.Optional {
		t.Errorf("got %s, %v; want skipped for zig", built[0].Status, built[0].Err)
	}
	if fault.Hint(built[0].Err) != "install Zig" || !strings.Contains(built[0].Err.Error(), "build zig-x86_64: no zig >=0.16 found") {
		t.Errorf("got %v, hint %q", built[0].Err, fault.Hint(built[0].Err))
	}
	if built[1].Status != Fresh {
		t.Errorf("the other: got %s, %v; want built", built[1].Status, built[1].Err)
	}
	if p.log.done["zig-x86_64"] != Skipped || p.log.done["zig-bare-x86_64"] != Fresh {
		t.Errorf("progress: got %v", p.log.done)
	}
}

// A tool that one artifact needs must not cost the others.
func TestAnArtifactsOwnToolchain(t *testing.T) {
	p := newProject(t)
	r := p.runtime(goodBuild, "handler: bootstrap\n    glibcMax", "handler: bootstrap\n    toolchain:\n      - {tool: rare, probe: [rare --version], hint: none to be had}\n    glibcMax")
	built, err := Build(context.Background(), []Request{{r, "api", config.X8664}, {r, "bare", config.X8664}}, p.o)
	if err != nil {
		t.Fatal(err)
	}
	if built[0].Status != Skipped || fault.Hint(built[0].Err) != "none to be had" || built[1].Status != Fresh {
		t.Errorf("got %s, %s; want skipped and built", built[0].Status, built[1].Status)
	}
}

// What is made by running it can't be made for another machine.
func TestAHostOnlyArtifactIsSkippedForAnotherArchitecture(t *testing.T) {
	p := newProject(t)
	r := p.runtime(goodBuild, "handler: bootstrap\n    glibcMax", "handler: bootstrap\n    hostOnly: true\n    glibcMax")
	built, err := Build(context.Background(), []Request{{r, "api", config.X8664}, {r, "api", config.ARM64}}, p.o)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range built {
		var missing *Missing
		switch host := goArch[b.Request.Arch] == runtime.GOARCH; {
		case host && b.Status != Fresh:
			t.Errorf("%s: got %s, %v; want built", b.Request.Arch, b.Status, b.Err)
		case !host && (b.Status != Skipped || !errors.As(b.Err, &missing) || fault.Hint(b.Err) != "build it on such a machine"):
			t.Errorf("%s: got %s, %v; want skipped, with a hint", b.Request.Arch, b.Status, b.Err)
		}
	}
}

func TestAFailingBuildShowsItsOutput(t *testing.T) {
	p := newProject(t)
	r := p.runtime("echo compiling; echo 'src/main:3: no such thing' >&2; exit 1")
	built, err := Build(context.Background(), []Request{{r, "api", config.X8664}, {r, "bare", config.X8664}}, p.o)
	var failure *script.Failure
	if !errors.As(err, &failure) || built[0].Status != Failed || built[1].Status != Fresh {
		t.Fatalf("got %v, %s, %s; want the first to fail and the other to be built", err, built[0].Status, built[1].Status)
	}
	for _, want := range []string{"build zig-x86_64: exit status 1: sh -eu -c", "| src/main:3: no such thing"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want …%s…", err, want)
		}
	}
	log := filepath.Join(p.o.CacheDir, "logs", "build-zig-x86_64.log")
	if fault.Hint(err) != "the whole output is in "+log {
		t.Errorf("hint: got %q", fault.Hint(err))
	}
	if content, err := os.ReadFile(log); err != nil || string(content) != "compiling\nsrc/main:3: no such thing\n" {
		t.Errorf("log: got %q, %v", content, err)
	}
	if want := []string{"zig-bare-x86_64.json", "zig-bare-x86_64.zip"}; !slices.Equal(p.dist(), want) {
		t.Errorf("dist: got %v, want only the other's", p.dist())
	}
}

func TestBuildRefuses(t *testing.T) {
	tests := map[string]struct{ command, want, hint string }{
		"nothing":          {"true", "got nothing in it", "$BENCH_OUTPUT"},
		"no bootstrap":     {`echo x >"$BENCH_OUTPUT/main"`, "the output has no bootstrap", "bootstrap"},
		"not executable":   {`echo x >"$BENCH_OUTPUT/bootstrap"`, "bootstrap: got a file that is not executable", "bootstrap"},
		"link out":         {`ln -s ../../src/main "$BENCH_OUTPUT/bootstrap"`, "bootstrap: got a link to ../../src/main, which leaves the folder", "copy"},
		"absolute link":    {`ln -s /bin/sh "$BENCH_OUTPUT/bootstrap"`, "which names a place on this machine", "relative"},
		"dangling link":    {`ln -s nowhere "$BENCH_OUTPUT/bootstrap"`, "which does not exist", "copy"},
		"link over a link": {`cd "$BENCH_OUTPUT"; mkdir a; ln -s ../.. a/b; ln -s a/b/src x`, "leaves the folder", "copy"},
		"pipe":             {`mkfifo "$BENCH_OUTPUT/pipe"`, "pipe: got a p", "remove it"},
		"backslash":        {`echo x >"$BENCH_OUTPUT/a\\b"`, `file name "a\\b"`, "rename"},
		"bad versions":     {`echo 'only words' >"$BENCH_VERSIONS"`, `got the line "only words", want name=version`, "name=version"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProject(t)
			b, err := p.build(p.runtime(tt.command))
			if err == nil || b.Status != Failed || !strings.Contains(err.Error(), tt.want) || !strings.Contains(fault.Hint(err), tt.hint) {
				t.Errorf("got %v, hint %q; want …%s…", err, fault.Hint(err), tt.want)
			}
			if len(p.dist()) != 0 {
				t.Errorf("dist: got %v, want nothing", p.dist())
			}
		})
	}
}

func TestBuildRefusesBadRequests(t *testing.T) {
	p := newProject(t)
	r := p.runtime(goodBuild)
	for _, request := range []Request{{r, "none", config.X8664}, {r, "bare", config.ARM64}} {
		if _, err := Build(context.Background(), []Request{request}, p.o); !fault.IsUsage(err) || fault.Hint(err) == "" {
			t.Errorf("%s: got %v", request.Artifact, err)
		}
	}
	for _, edit := range [][]string{{"[src/**]", "[src/**, lib/**]"}, {"[src/**]", "[src]"}, {"[lock]", "[no.lock]"}} {
		if _, err := p.build(p.runtime(goodBuild, edit...)); !fault.IsUsage(err) || fault.Hint(err) == "" {
			t.Errorf("%v: got %v", edit, err)
		}
	}
}

func TestSourcesAreNeverEmptied(t *testing.T) {
	p := newProject(t)
	p.write("lambdas/zig/build/keep.zig", "precious")
	r := p.runtime(goodBuild, "[src/**]", "[src/**, build/keep.zig]", "build/{arch}", "build", "[x86_64, arm64]", "[x86_64]")
	_, err := p.build(r)
	if !fault.IsUsage(err) || !strings.Contains(err.Error(), "which holds the source build/keep.zig") {
		t.Errorf("got %v", err)
	}
	if content, err := os.ReadFile(filepath.Join(p.root, "lambdas/zig/build/keep.zig")); err != nil || string(content) != "precious" {
		t.Errorf("got %q, %v; want the source untouched", content, err)
	}
}

func TestVersionsThatTheBuildTells(t *testing.T) {
	for _, told := range []string{`printf '# libraries\nfast-api = 1.2\nzig=own\n\nx==3\n' >"$BENCH_VERSIONS"`, `echo '{"fast-api":"1.2","zig":"own","x":"3"}' >"$BENCH_VERSIONS"`} {
		p := newProject(t)
		b := p.mustBuild(p.runtime(goodBuild + "; " + told))
		if v := b.Meta.Versions; len(v) != 3 || v["fast-api"] != "1.2" || v["zig"] != "own" || v["x"] != "3" {
			t.Errorf("%s: got %v", told, v)
		}
	}
}

func TestEnvironment(t *testing.T) {
	p := newProject(t)
	t.Setenv("MAKEFLAGS", "-j --jobserver-fds=3,4")
	r := p.runtime(goodBuild)
	env, err := Environment(context.Background(), Request{r, "api", config.ARM64}, p.o)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"BENCH_ARCH=arm64", "BENCH_GOARCH=arm64", "BENCH_VERSION=1.2.3", "BENCH_CACHE=" + p.o.CacheDir,
		"BENCH_OUTPUT=" + filepath.Join(r.Dir, "build", "arm64"), "SOURCE_DATE_EPOCH=315532800",
		"TOOL_ZIG=" + filepath.Join(os.Getenv("HOME"), "bin", "zig-0.16.0"), "HOME=" + os.Getenv("HOME"), "PATH=" + os.Getenv("PATH"),
	} {
		if !slices.Contains(env, want) {
			t.Errorf("got no %s", want)
		}
	}
	for _, entry := range env {
		if strings.HasPrefix(entry, "MAKEFLAGS=") || strings.HasPrefix(entry, "LEVEL=") {
			t.Errorf("got %s, want it left out", entry)
		}
	}
	var missing *Missing
	if _, err := Environment(context.Background(), Request{p.runtime(goodBuild, "zig-0.16.0", "zig-9"), "api", config.X8664}, p.o); !errors.As(err, &missing) {
		t.Errorf("got %v, want a *Missing", err)
	}
}

func TestOpenOfNothing(t *testing.T) {
	p := newProject(t)
	r := p.runtime(goodBuild)
	_, err := Open(p.o.DistDir, r, "api", config.X8664)
	if !errors.Is(err, fs.ErrNotExist) || fault.Hint(err) != "build it: bench build zig" {
		t.Errorf("got %v, hint %q", err, fault.Hint(err))
	}
	b := p.mustBuild(r)
	if err := os.WriteFile(b.Path, []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(p.o.DistDir, r, "api", config.X8664); err == nil || !strings.Contains(err.Error(), "want "+b.Meta.SHA256) {
		t.Errorf("changed zip: got %v", err)
	}
	if err := os.WriteFile(strings.TrimSuffix(b.Path, "zip")+"json", []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(p.o.DistDir, r, "api", config.X8664); err == nil || fault.Hint(err) == "" {
		t.Errorf("broken json: got %v", err)
	}
}
