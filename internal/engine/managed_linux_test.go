package engine_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// What a managed runtime makes of the function's own variables.

// files are the code of a function; those that begin with #! are executable.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		path, mode := filepath.Join(dir, name), os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

var managed = map[string]string{
	"src/extra.py": "NAME = 'extra'\n",
	"index.py": `import os, sys, extra
def handler(event, context):
    return {"extra": extra.NAME, "wrapped": os.environ.get("WRAPPED"), "path": sys.path, "options": sys.orig_argv[1:], "dev": sys.flags.dev_mode}
`,
	"src/extra/index.js": "exports.NAME = 'extra';\n",
	"index.js": `const extra = require('extra');
exports.handler = async () => ({ extra: extra.NAME, wrapped: process.env.WRAPPED, path: process.env.NODE_PATH.split(':'), options: process.execArgv, dev: process.execArgv.includes('--trace-warnings') });
`,
	"python": "#!/bin/bash\nexport WRAPPED=yes\nargs=(\"$@\")\nexec \"${args[@]:0:$#-1}\" -X dev \"${args[@]: -1}\"\n",
	"node":   "#!/bin/bash\nexport WRAPPED=yes\nargs=(\"$@\")\nexec \"${args[@]:0:$#-1}\" --trace-warnings \"${args[@]: -1}\"\n",
	"plain":  "export WRAPPED=yes\n",
}

type managedAnswer struct {
	Extra, Wrapped string
	Path, Options  []string
	Dev            bool
}

func TestManagedRuntimesKeepTheirOwnPaths(t *testing.T) {
	dir := files(t, managed)
	for id, variable := range map[string]string{"python3.13": "PYTHONPATH", "nodejs24.x": "NODE_PATH"} {
		t.Run(id, func(t *testing.T) {
			w := real(t, engine.Options{})
			env := w.spawn(official(t, w, id, "index.handler", dir, variable, "/var/task/src"))
			if failed := env.Init().Err; failed != nil {
				t.Fatalf("%v\n%s", failed, w.log.String())
			}
			got := into[managedAnswer](t, w.invoke(env, map[string]any{}))
			root, own := slices.Index(got.Path, "/var/task"), slices.Index(got.Path, "/var/task/src")
			if got.Extra != "extra" || root < 0 || own < root {
				t.Errorf("got %+v, want the function's path behind the runtime's", got)
			}
		})
	}
}

func TestWrapperScripts(t *testing.T) {
	dir := files(t, managed)
	for id, c := range map[string]struct{ variable, wrapper string }{
		"python3.13": {"PYTHONPATH", "/var/task/python"}, "nodejs24.x": {"NODE_PATH", "/var/task/node"},
	} {
		t.Run(id, func(t *testing.T) {
			w := real(t, engine.Options{})
			env := w.spawn(official(t, w, id, "index.handler", dir, c.variable, "/var/task/src", "AWS_LAMBDA_EXEC_WRAPPER", c.wrapper))
			if failed := env.Init().Err; failed != nil {
				t.Fatalf("%v\n%s", failed, w.log.String())
			}
			got := into[managedAnswer](t, w.invoke(env, map[string]any{}))
			if got.Extra != "extra" || got.Wrapped != "yes" || !got.Dev {
				t.Errorf("got %+v, want the interpreter started by the script, with the option that it puts in", got)
			}
			for wrapper, want := range map[string][2]string{
				"/var/task/none":  {"exit status 127", "/var/task/none: does not exist\n"},
				"/var/task/plain": {"exit status 126", "/var/task/plain: is not an executable\n"},
			} {
				failed := w.spawn(official(t, w, id, "index.handler", dir, "AWS_LAMBDA_EXEC_WRAPPER", wrapper)).Init().Err
				if failed == nil || failed.Message != "Runtime exited with error: "+want[0] || !strings.Contains(w.log.String(), want[1]) {
					t.Errorf("got %v and log\n%s\nwant %s", failed, w.log.String(), want)
				}
			}
		})
	}
}

// AWS took handlers with callbacks out of Node.js 24, and left out of 22 what is experimental there.
func TestNodeVersionsDiffer(t *testing.T) {
	dir := files(t, map[string]string{
		"callback.js": "exports.handler = (event, context, callback) => callback(null, { called: 'back' });\n",
		"module.mjs":  "export const NAME = 'module';\n",
		"required.js": "exports.handler = async () => require('./module.mjs').NAME;\n",
	})
	w := real(t, engine.Options{})
	answer := func(id, handler string, env ...string) string {
		started := w.spawn(official(t, w, id, handler, dir, env...))
		if failed := started.Init().Err; failed != nil {
			return failed.Type
		}
		inv := w.invoke(started, map[string]any{})
		return inv.ErrorType + string(inv.Payload)
	}
	for _, c := range []struct {
		id, handler, want string
		env               []string
	}{
		{"nodejs22.x", "callback.handler", `{"called":"back"}`, nil},
		{"nodejs24.x", "callback.handler", "Runtime.CallbackHandlerDeprecated", nil},
		{"nodejs22.x", "required.handler", "ERR_REQUIRE_ESM", nil},
		{"nodejs22.x", "required.handler", `"module"`, []string{"NODE_OPTIONS", "--experimental-require-module"}},
		{"nodejs24.x", "required.handler", `"module"`, nil},
	} {
		if got := answer(c.id, c.handler, c.env...); !strings.Contains(got, c.want) {
			t.Errorf("%s %s %v: got %s, want %s", c.id, c.handler, c.env, got, c.want)
		}
	}
}

// On runtimes that are the operating system only the variable is one like others.
func TestNoWrapperScriptWithoutAnInterpreter(t *testing.T) {
	w := plain(t)
	env := w.spawn(w.function("handler", "AWS_LAMBDA_EXEC_WRAPPER", "/var/task/none"))
	if failed := env.Init().Err; failed != nil {
		t.Errorf("got %v, want the bootstrap started", failed)
	}
}

var compilerLevel = regexp.MustCompile(`TieredStopAtLevel +:?= (\d)`)

// A handler is not needed to see with which options Java has been started.
func TestJavaToolOptionsWin(t *testing.T) {
	dir := files(t, map[string]string{"wrap": "#!/bin/bash\necho wrapped\nexec \"$@\"\n"})
	for level, env := range map[string][]string{
		"1": {"JAVA_TOOL_OPTIONS", "-XX:+PrintFlagsFinal"},
		"4": {"JAVA_TOOL_OPTIONS", "-XX:+PrintFlagsFinal -XX:TieredStopAtLevel=4", "AWS_LAMBDA_EXEC_WRAPPER", "/var/task/wrap"},
	} {
		w := real(t, engine.Options{})
		w.spawn(official(t, w, "java25", "Nothing::handle", dir, env...))
		log := w.log.String()
		if got := compilerLevel.FindStringSubmatch(log); got == nil || got[1] != level {
			t.Errorf("%v: got %v, want level %s", env, got, level)
		}
		if wrapped := strings.Contains(log, "wrapped\n"); wrapped != (len(env) > 2) {
			t.Errorf("%v: got wrapped %v", env, wrapped)
		}
	}
}

// Debian's dash refuses this option.
func TestTheShellIsBash(t *testing.T) {
	dir := files(t, map[string]string{"bootstrap": `#!/bin/sh
set -o pipefail
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
id=$(curl -sS -o /dev/null -D - "$api/next" | tr -d '\r' | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
curl -sS -o /dev/null -X POST "$api/$id/response" -d "\"$0 $BASH_VERSION $(sh -c 'echo ${BASH_VERSION:-none}')\""
curl -sS -o /dev/null "$api/next"
`})
	w := real(t, engine.Options{})
	f := w.function("handler")
	f.CodeDir, f.Command = dir, []string{"./bootstrap"}
	env := w.spawn(f)
	if failed := env.Init().Err; failed != nil {
		t.Fatal(failed)
	}
	var answer string
	if err := json.Unmarshal(w.invoke(env, map[string]any{}).Payload, &answer); err != nil {
		t.Fatal(err)
	}
	if words := strings.Fields(answer); len(words) != 3 || words[1] != words[2] {
		t.Errorf("got %q, want bash under the name of sh", answer)
	}
}

func TestTempHasTheSizeThatWasAskedFor(t *testing.T) {
	dir := files(t, map[string]string{"index.py": `import os
def handler(event, context):
    s = os.statvfs("/tmp")
    try:
        with open("/tmp/large", "wb") as f:
            f.truncate(event["mb"] << 20)
            os.posix_fallocate(f.fileno(), 0, event["mb"] << 20)
    except OSError as e:
        return {"mb": s.f_blocks * s.f_frsize >> 20, "error": e.strerror}
`})
	for asked, want := range map[int]int{0: engine.DefaultTempMB, 600: 600} {
		w := real(t, engine.Options{})
		f := official(t, w, "python3.13", "index.handler", dir)
		f.TempMB = asked
		got := into[struct {
			MB    int
			Error string
		}](t, w.invoke(w.spawn(f), map[string]any{"mb": want + 1}))
		if got.MB != want || got.Error != "No space left on device" {
			t.Errorf("%d MB: got %+v, want %d and the kernel's words", asked, got, want)
		}
	}
	for _, mb := range []int{511, 10241} {
		w := plain(t)
		f := w.function("handler")
		f.TempMB = mb
		if _, err := w.engine.Spawn(context.Background(), f); !fault.IsUsage(err) || !strings.Contains(fault.Hint(err), "512 to 10240") {
			t.Errorf("%d MB: got %v, want it refused", mb, err)
		}
	}
}
