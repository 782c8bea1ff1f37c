package runtimeclient

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/script"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// Every client that is embedded must load: this is the check of the data.
func TestEmbeddedClients(t *testing.T) {
	ids := IDs()
	if !slices.Contains(ids, "provided.al2023") {
		t.Fatalf("got %v, want provided.al2023 among them", ids)
	}
	folders, err := fs.ReadDir(families(), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders { // ids passes over what can't be read
		content, err := fs.ReadFile(families(), folder.Name()+"/"+manifestName)
		if err != nil {
			t.Error(err)
		}
		if runtimes, err := served(content); err != nil || len(runtimes) == 0 {
			t.Errorf("%s: got %v, %v; want Lambda runtimes", folder.Name(), runtimes, err)
		}
	}
	for _, id := range ids {
		c, err := Load(id)
		if err != nil {
			t.Error(err)
			continue
		}
		entries, err := c.data.(interface {
			ReadDir(string) ([]os.DirEntry, error)
		}).ReadDir(".")
		if err != nil {
			t.Error(err)
		}
		for _, e := range entries {
			if e.IsDir() && slices.Contains([]string{"node_modules", "site", "target", "__pycache__"}, e.Name()) {
				t.Errorf("%s: got the installed folder %s embedded, want data only", id, e.Name())
			}
		}
	}
}

func TestProvidedNeedsNothing(t *testing.T) {
	c, err := Load("provided.al2023")
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(t.TempDir(), "cache")
	p, err := c.Prepare(context.Background(), cache)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"${LAMBDA_TASK_ROOT}/bootstrap"}; !slices.Equal(p.Command, want) {
		t.Errorf("command: got %q, want %q", p.Command, want)
	}
	if p.Dir != "" || p.InterpreterPath != "" {
		t.Errorf("got %+v, want nothing installed", p)
	}
	if _, err := os.Stat(cache); !os.IsNotExist(err) {
		t.Errorf("got a cache folder (%v), want none", err)
	}
	if len(c.Requires) != 1 || c.Requires[0].File != "bootstrap" || !c.Requires[0].Executable {
		t.Errorf("requires: got %+v", c.Requires)
	}
}

func TestUnknownRuntime(t *testing.T) {
	for _, id := range []string{"cobol85", "../clients", ""} {
		_, err := Load(id)
		if !fault.IsUsage(err) || !strings.Contains(fault.Hint(err), "provided.al2023") {
			t.Errorf("%q: got %v, hint %q", id, err, fault.Hint(err))
		}
	}
}

// One folder serves several Lambda runtimes, each with its values and its installation.
func TestAFamilyOfRuntimes(t *testing.T) {
	data := clients(scriptClient, nil)
	if got := ids(data); !slices.Equal(got, []string{"ecma24.x", "ecma26.x"}) {
		t.Errorf("got %v, want both", got)
	}
	var keys []string
	for _, id := range ids(data) {
		c, err := load(data, id)
		if err != nil {
			t.Fatal(err)
		}
		major := strings.TrimSuffix(strings.TrimPrefix(id, "ecma"), ".x")
		if c.Runtime != id || c.Interpreter.Version != "~"+major || c.Interpreter.Hint != "install Ecma "+major || c.ExecutionEnvironment != "AWS_Lambda_"+id {
			t.Errorf("%s: got %+v of %+v", id, c.Interpreter, c)
		}
		keys = append(keys, c.key("client", c.values))
	}
	if keys[0] == keys[1] {
		t.Errorf("got one key %s for both", keys[0])
	}
}

// machine is a HOME with programs, some of which version managers left broken.
func machine(t *testing.T, programs map[string]string) (home string) {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range programs {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("PATH", home+"/bin:/usr/bin:/bin")
	return home
}

// A client as a script language's would look: packages by a package manager with
// a fallback where they can't be built, an interpreter that can be installed.
const scriptClient = `
schema: 1
runtimes: {ecma24.x: {MAJOR: "24"}, ecma26.x: {MAJOR: "26"}}
interpreter:
  tool: ecma
  version: "~${MAJOR}"
  probe: ["ecma --version", "~/.versions/v24.*/bin/ecma --version"]
  hint: install Ecma ${MAJOR}
  tools:
    - {tool: pkg, version: ">=9", probe: ["pkg --version"], hint: install pkg}
  install: '"$TOOL_PKG" get ecma "$CLIENT_DIR/node"'
  installed: ["${CLIENT_DIR}/node/ecma --version"]
tools:
  - {tool: pkg, version: ">=9", probe: ["pkg --version"], hint: install pkg}
install: |
  "$TOOL_PKG" ci --ecma "$TOOL_ECMA" || { echo "falls back"; mkdir ric; cp fallback.mjs ric/index.mjs; }
command: ["${TOOL_ECMA}", "--expose", "${CLIENT_DIR}/ric/index.mjs", "${_HANDLER}"]
env: {ECMA_PATH: "/opt/ecma:${LAMBDA_TASK_ROOT}:${CLIENT_DIR}/ric", LIMIT: "80%"}
executionEnvironment: AWS_Lambda_ecma${MAJOR}.x
`

func clients(manifest string, files map[string]string) fstest.MapFS {
	data := fstest.MapFS{"ecma/client.yaml": {Data: []byte(manifest)}}
	for name, content := range files {
		data["ecma/"+name] = &fstest.MapFile{Data: []byte(content)}
	}
	return data
}

// record is all that is told of installations.
type record []string

func (r *record) Line(text string) { *r = append(*r, text) }
func (r *record) End()             { r.Line("the end") }

func TestPrepareInstallsOnce(t *testing.T) {
	home := machine(t, map[string]string{
		"bin/ecma":                     "echo v20.1.0",
		".versions/v24.3.0/bin/ecma":   "echo v24.3.0",
		"bin/pkg":                      `[ "$1" = --version ] && { echo 11.0.0; exit; }; echo x >>"$HOME/runs"; echo "got $*"; mkdir ric; cp fallback.mjs ric/index.mjs; : >ric/addon`,
		".versions/v24.3.0/bin/unused": "",
	})
	data := clients(scriptClient, map[string]string{"fallback.mjs": "loop()", "lock.json": "{}", ".npmrc": "x=1"})
	c, err := load(data, "ecma24.x")
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(t.TempDir(), "my cache")
	var told record
	c.Installing = func(what string) Work {
		told.Line("installing " + what)
		return &told
	}

	p, err := c.Prepare(context.Background(), cache)
	if err != nil {
		t.Fatal(err)
	}
	ecma := home + "/.versions/v24.3.0/bin/ecma"
	if want := []string{ecma, "--expose", p.Dir + "/ric/index.mjs", "${_HANDLER}"}; !slices.Equal(p.Command, want) {
		t.Errorf("command: got %q, want %q", p.Command, want)
	}
	if want := map[string]string{"ECMA_PATH": "/opt/ecma:${LAMBDA_TASK_ROOT}:" + p.Dir + "/ric", "LIMIT": "80%"}; !maps.Equal(p.Env, want) {
		t.Errorf("env: got %q, want %q", p.Env, want)
	}
	if p.InterpreterVersion != "24.3.0" || p.InterpreterPath != ecma || p.ExecutionEnvironment != "AWS_Lambda_ecma24.x" {
		t.Errorf("got %+v", p)
	}
	for _, name := range []string{"ric/index.mjs", "ric/addon", ".npmrc", "lock.json"} {
		if _, err := os.Stat(filepath.Join(p.Dir, name)); err != nil {
			t.Errorf("after the install: %v", err)
		}
	}
	want := record{"installing the client of ecma24.x", "got ci --ecma " + ecma, "the end"}
	if !slices.Equal(told, want) {
		t.Errorf("told: got %q, want %q", told, want)
	}

	again, err := c.Prepare(context.Background(), cache)
	if err != nil || again.Dir != p.Dir {
		t.Errorf("again: got %s, %v; want %s", again.Dir, err, p.Dir)
	}
	if !slices.Equal(told, want) {
		t.Errorf("again: told of %q, want nothing more", told[len(want):])
	}
	data["ecma/lock.json"] = &fstest.MapFile{Data: []byte(`{"new":1}`)}
	changed, err := c.Prepare(context.Background(), cache)
	if err != nil || changed.Dir == p.Dir {
		t.Errorf("changed data: got %s, %v; want another folder", changed.Dir, err)
	}
	if runs, err := os.ReadFile(home + "/runs"); err != nil || string(runs) != "x\nx\n" {
		t.Errorf("got runs %q, %v; want two", runs, err)
	}
}

// A word of the command, or a command of its own, says where a wrapper script comes in.
func TestWrappedCommands(t *testing.T) {
	machine(t, map[string]string{"bin/ecma": "echo v24.1.0", "bin/pkg": `[ "$1" = --version ] && { echo 11.0.0; exit; }; mkdir ric; : >ric/index.mjs`})
	for more, want := range map[string]string{
		"": "",
		"wrapped: [\"${WRAPPER}\", \"${TOOL_ECMA}\", \"${CLIENT_DIR}/start\"]\n": "${WRAPPER} ECMA DIR/start",
	} {
		c, err := load(clients(scriptClient+more, nil), "ecma24.x")
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Prepare(context.Background(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		got := strings.NewReplacer(p.InterpreterPath, "ECMA", p.Dir, "DIR").Replace(strings.Join(p.Wrapped, " "))
		if got != want || slices.Contains(p.Command, wrapperWord) {
			t.Errorf("%q: got %q beside %q, want %q", more, got, p.Command, want)
		}
	}
	both := strings.Replace(scriptClient, `command: [`, `command: ["${WRAPPER}", "${TRUST}", `, 1) + "trust: {arguments: [\"--roots=${TRUST_BUNDLE}\"]}\n"
	c, err := load(clients(both, nil), "ecma24.x")
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Prepare(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p = p.Trusting(&Stores{Bundle: "/all.pem"})
	if p.Command[0] != "--roots=/all.pem" || !slices.Equal(p.Wrapped, append([]string{wrapperWord}, p.Command...)) {
		t.Errorf("got %q and %q, want the word in the wrapped command alone", p.Command, p.Wrapped)
	}
}

func TestPrepareFallsBackAndInstallsTheInterpreter(t *testing.T) {
	machine(t, map[string]string{
		"bin/pkg": `case "$1" in --version) echo 11.0.0;; get) mkdir -p "$3"; printf '#!/bin/sh\necho v24.9.1\n' >"$3/ecma"; chmod +x "$3/ecma";; *) exit 1;; esac`,
	})
	c, err := load(clients(scriptClient, map[string]string{"fallback.mjs": "loop()"}), "ecma24.x")
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(t.TempDir(), "it's a cache")
	p, err := c.Prepare(context.Background(), cache)
	if err != nil {
		t.Fatal(err)
	}
	if p.InterpreterVersion != "24.9.1" || !strings.HasPrefix(p.InterpreterPath, filepath.Join(cache, "clients", "ecma24.x-interpreter-")) {
		t.Errorf("got the interpreter %s %s, want the installed one", p.InterpreterPath, p.InterpreterVersion)
	}
	if content, err := os.ReadFile(filepath.Join(p.Dir, "ric", "index.mjs")); err != nil || string(content) != "loop()" {
		t.Errorf("got %q, %v; want the fallback", content, err)
	}
}

func TestPrepareWithoutInterpreterSaysWhatWasTried(t *testing.T) {
	machine(t, map[string]string{"bin/ecma": "echo v20.1.0"})
	c, err := load(clients(scriptClient, nil), "ecma24.x")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Prepare(context.Background(), t.TempDir())
	var missing *toolchain.NotFoundError
	if !errors.As(err, &missing) || missing.Tool.Tool != "ecma" || fault.Hint(err) != "install Ecma 24" {
		t.Errorf("got %v, hint %q", err, fault.Hint(err))
	}
	if !strings.Contains(err.Error(), "ecma --version: is 20.1.0") || !strings.Contains(err.Error(), "no pkg >=9 found") {
		t.Errorf("got %v, want both the interpreter's and its installer's answers", err)
	}
}

func TestAFailedInstallLeavesNothing(t *testing.T) {
	machine(t, map[string]string{"bin/ecma": "echo v24.1.0", "bin/pkg": "echo 9.1"})
	manifest := scriptClient[:strings.Index(scriptClient, "install: |")] + "install: \"echo half >half; echo no network >&2; exit 7\"\n" + scriptClient[strings.Index(scriptClient, "command:"):]
	c, err := load(clients(manifest, nil), "ecma24.x")
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	_, err = c.Prepare(context.Background(), cache)
	var failure *script.Failure
	if !errors.As(err, &failure) || !slices.Equal(failure.Tail, []string{"no network"}) {
		t.Fatalf("got %v, want the script's failure", err)
	}
	left, err := filepath.Glob(filepath.Join(cache, "clients", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range left {
		if !strings.HasSuffix(path, ".lock") {
			t.Errorf("got %s left behind", path)
		}
	}
}

func TestTwoAtOnceInstallOnce(t *testing.T) {
	home := machine(t, map[string]string{
		"bin/ecma": "echo v24.1.0",
		"bin/pkg":  `[ "$1" = --version ] && { echo 11.0.0; exit; }; echo x >>"$HOME/runs"; [ ! -e ric ]; mkdir ric`,
	})
	data := clients(scriptClient, nil)
	cache := t.TempDir()
	var group sync.WaitGroup
	dirs := make([]string, 4)
	for i := range dirs {
		group.Go(func() {
			c, err := load(data, "ecma24.x")
			if err != nil {
				t.Error(err)
				return
			}
			p, err := c.Prepare(context.Background(), cache)
			if err != nil {
				t.Error(err)
			}
			dirs[i] = p.Dir
		})
	}
	group.Wait()
	if len(slices.Compact(dirs)) != 1 {
		t.Errorf("got %v, want one folder", dirs)
	}
	if runs, err := os.ReadFile(home + "/runs"); err != nil || string(runs) != "x\n" {
		t.Errorf("got runs %q, %v; want one", runs, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := map[string]struct{ old, new, want string }{
		"unknown field":  {"command:", "commands:", "unknown field"},
		"schema":         {"schema: 1", "schema: 2", "schema: got 2, want 1"},
		"value":          {"{MAJOR: \"24\"}", "{MINOR: \"24\"}", `tool ecma: version constraint "~${MAJOR}"`},
		"reference":      {"${CLIENT_DIR}/ric\"", "${CLIENT_DIRECTORY}\"", "got ${CLIENT_DIRECTORY}, want one of CLIENT_DIR, LAMBDA_TASK_ROOT, _HANDLER, AWS_LAMBDA_FUNCTION_MEMORY_SIZE, TOOL_ECMA"},
		"constraint":     {"~${MAJOR}", "new", `tool ecma: version constraint "new"`},
		"hint":           {"hint: install pkg}\n  install", "hint: ''}\n  install", `tool "pkg"`},
		"installed only": {"  installed: [\"${CLIENT_DIR}/node/ecma --version\"]\n", "", "install and installed go together"},
		"no place":       {"command: [", "wrapped: [\"${TOOL_ECMA}\"]\ncommand: [", "wrapped: want the word ${WRAPPER}"},
		"not extended":   {"command: [", "extended: [PATH]\ncommand: [", "extended: got PATH, want variables of env"},
		"no command":     {`["${TOOL_ECMA}", "--expose", "${CLIENT_DIR}/ric/index.mjs", "${_HANDLER}"]`, "[]", "command: got none"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(scriptClient, tt.old) {
				t.Fatalf("the manifest has no %q", tt.old)
			}
			_, err := load(clients(strings.Replace(scriptClient, tt.old, tt.new, 1), nil), "ecma24.x")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want …%s…", err, tt.want)
			}
		})
	}
}
