package engine_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// tiny are functions that say what runs them, by the beginning of the Lambda runtime's
// id; Java's is compiled into the folder first.
var tiny = map[string]map[string]string{
	"python": {"index.py": `import os, platform, extra
def handler(event, context):
    return {"version": platform.python_version(), "env": os.environ["AWS_EXECUTION_ENV"], "echo": event["echo"], "extra": extra.NAME}
`},
	"nodejs": {"index.mjs": `import * as extra from 'extra';
export const handler = async (event) => ({ version: process.versions.node, env: process.env.AWS_EXECUTION_ENV, echo: event.echo, extra: extra.NAME });
`},
	"java": {"src/Main.java": `import java.util.Map;
public class Main {
    public Map<String, Object> handle(Map<String, Object> event) {
        return Map.of("version", System.getProperty("java.version"), "env", System.getenv("AWS_EXECUTION_ENV"), "echo", event.get("echo"), "extra", Extra.NAME);
    }
}
`, "layer/Extra.java": "public class Extra { public static final String NAME = String.valueOf(\"extra\"); }\n"},
	"provided": {"bootstrap": `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
id=$(curl -sS -o /tmp/event -D - "$api/next" | tr -d '\r' | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
curl -sS -o /dev/null -X POST "$api/$id/response" -d "{\"version\":\"\",\"env\":\"$AWS_EXECUTION_ENV\",\"echo\":$(sed 's/.*://; s/}//' /tmp/event),\"extra\":\"$(cat /opt/extra)\"}"
curl -sS -o /dev/null "$api/next"
`},
}

// Their layer, where the runtime looks for it.
var tinyLayer = map[string]string{
	"python/extra.py": "NAME = 'extra'\n", "nodejs/node_modules/extra/index.js": "exports.NAME = 'extra';\n", "extra": "extra",
}

// Every Lambda runtime that has a client runs a function with a layer; one whose
// interpreter is neither on the machine nor to be fetched says so.
func TestEveryRuntimeRunsATinyFunction(t *testing.T) {
	layer := files(t, tinyLayer)
	java := compiled(t, layer)
	ran := map[string]int{}
	for _, id := range runtimeclient.IDs() {
		family := strings.TrimRight(strings.TrimSuffix(id, ".x"), "0123456789.")
		family = strings.TrimSuffix(family, ".al")
		t.Run(id, func(t *testing.T) {
			client, err := runtimeclient.Load(id)
			if err != nil {
				t.Fatal(err)
			}
			found, err := client.FindInterpreter(context.Background(), cacheDir(t))
			var missing *toolchain.NotFoundError
			if errors.As(err, &missing) {
				if !strings.Contains(err.Error(), client.Interpreter.Version) {
					t.Errorf("got %v, want what is missing", err)
				}
				t.Logf("not to be had here: %v", err)
				return
			} else if err != nil {
				t.Fatal(err)
			}
			code, handler := java, "Main::handle"
			if family != "java" {
				code, handler = files(t, tiny[family]), "index.handler"
			}
			w := real(t, engine.Options{})
			f := official(t, w, id, handler, code)
			f.Layers = []string{layer}
			env := w.spawn(f)
			if failed := env.Init().Err; failed != nil {
				t.Fatalf("%v\n%s", failed, w.log.String())
			}
			inv := w.invoke(env, map[string]any{"echo": 42})
			got := into[struct {
				Version, Env, Extra string
				Echo                int
			}](t, inv)
			want := "AWS_Lambda_" + id
			if family == "provided" {
				want = ""
			}
			if got.Echo != 42 || got.Extra != "extra" || got.Env != want || !strings.HasPrefix(got.Version, found.Version) {
				t.Errorf("got %s, want 42, the layer's word, %q and the version %s\n%s", inv.Payload, want, found.Version, w.log.String())
			}
			ran[family]++
		})
	}
	for family := range tiny {
		if ran[family] == 0 {
			t.Errorf("%s: got no runtime of it that runs here, want one at least", family)
		}
	}
}

// compiled is the Java function, for the oldest Java that runs it, and its layer's class
// as a jar among those of the layer.
func compiled(t *testing.T, layer string) string {
	t.Helper()
	src, code, classes := files(t, tiny["java"]), t.TempDir(), t.TempDir()
	lib := filepath.Join(layer, "java", "lib")
	if err := errors.Join(os.Chmod(code, 0o755), os.MkdirAll(lib, 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{
		{"javac", "--release", "17", "-d", classes, filepath.Join(src, "layer", "Extra.java")},
		{"jar", "--create", "--file", filepath.Join(lib, "extra.jar"), "-C", classes, "."},
		{"javac", "--release", "17", "-cp", classes, "-d", code, filepath.Join(src, "src", "Main.java")},
	} {
		if output, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command, err, output)
		}
	}
	return code
}
