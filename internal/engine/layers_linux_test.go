package engine_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
)

// Each runtime finds in its layers what its documentation says, and the later of two
// layers has the last word.
func TestLayersAreMergedUnderOpt(t *testing.T) {
	first := files(t, map[string]string{
		"bin/tool": "#!/bin/sh\necho first\n", "lib/first.txt": "", "python/one.py": "NAME = 'first'\n",
		"python/both.py": "NAME = 'first'\n", "nodejs/node_modules/one/index.js": "exports.NAME = 'first';\n",
		"nodejs/node_modules/both/index.js": "exports.NAME = 'first';\n", "swapped/below": "",
	})
	second := files(t, map[string]string{
		"bin/tool": "#!/bin/sh\necho second\n", "python/both.py": "NAME = 'second'\n", "nodejs/node_modules/both/index.js": "exports.NAME = 'second';\n",
		"python/lib/python3.13/site-packages/deep.py": "NAME = 'deep'\n", "nodejs/node24/node_modules/deep/index.js": "exports.NAME = 'deep';\n", "swapped": "",
	})
	code := files(t, map[string]string{
		"index.py": `import os, subprocess, one, both, deep
def handler(event, context):
    try:
        open("/opt/python/new", "w")
        written = True
    except OSError:
        written = False
    return {"names": [one.NAME, both.NAME, deep.NAME], "opt": sorted(os.listdir("/opt")), "tool": subprocess.run(["tool"], capture_output=True, text=True).stdout, "written": written}
`,
		"index.mjs": `import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as one from 'one';
import both from 'both';
const { NAME: deep } = await import('deep/index.js');
if (createRequire(import.meta.url)('deep').NAME !== deep) throw new Error('import and require differ');
export const handler = async () => {
  let written = true;
  try { writeFileSync('/opt/nodejs/new', ''); } catch { written = false; }
  return { names: [one.NAME, both.NAME, deep], opt: readdirSync('/opt').sort(), tool: execFileSync('tool').toString(), written };
};
`,
	})
	for _, id := range []string{"python3.13", "nodejs24.x"} {
		t.Run(id, func(t *testing.T) {
			w := real(t, engine.Options{})
			f := official(t, w, id, "index.handler", code)
			f.Layers = []string{first, second}
			env := w.spawn(f)
			if failed := env.Init().Err; failed != nil {
				t.Fatalf("%v\n%s", failed, w.log.String())
			}
			got := into[struct {
				Names, Opt []string
				Tool       string
				Written    bool
			}](t, w.invoke(env, map[string]any{}))
			if want := []string{"first", "second", "deep"}; !slices.Equal(got.Names, want) || got.Tool != "second\n" || got.Written {
				t.Errorf("got %+v, want %v, the second tool, and nothing written", got, want)
			}
			if want := []string{"bin", "lib", "nodejs", "python", "swapped"}; !slices.Equal(got.Opt, want) {
				t.Errorf("got %v under /opt, want %v", got.Opt, want)
			}
		})
	}
	if got, err := os.ReadFile(filepath.Join(first, "bin/tool")); err != nil || string(got) != "#!/bin/sh\necho first\n" {
		t.Errorf("got %q, %v; want the layer's own file untouched", got, err)
	}
}
