package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// manifest is a correct one; the tests break it one line at a time.
const manifest = `schema: 1
name: zig
displayName: Zig
language: Zig 0.16
framework: none
prefixes: [/zig]
order: 60
color: "#F7A41D"
sources: ["src/**", "!src/scratch/**"]
toolchain:
  - tool: zig
    version: ">=0.16"
    probe: ["zig version"]
    hint: install Zig
artifacts:
  api:
    build: {command: "zig build", env: {LEVEL: "2"}}
    output: build/api/{arch}
    architectures: [x86_64, arm64]
    lambdaRuntime: provided.al2023
    handler: bootstrap
    glibcMax: "2.34"
    expectedSeconds: 30
  bare:
    build: {command: "zig build bare"}
    output: build/bare/{arch}
    architectures: [x86_64]
    lambdaRuntime: provided.al2023
    handler: bootstrap
variants:
  api: {artifact: api, kind: api, class: stock, contract: items, local: yes, default: true}
  bare: {artifact: bare, kind: bare, contract: none, local: yes}
  primed: {artifact: api, handler: other, kind: api, class: tuned, contract: items, env: {PRIME_ON_INIT: "true"}, local: no}
`

// write makes root/lambdas/<name>/runtime.yaml and returns root.
func write(t *testing.T, root, name, content string) string {
	t.Helper()
	dir := filepath.Join(root, "lambdas", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, config.ManifestName), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestLoadRuntime(t *testing.T) {
	root := write(t, t.TempDir(), "zig", manifest)
	r, err := config.LoadRuntime(filepath.Join(root, "lambdas", "zig"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.DefaultVariant().Name, "api"; got != want {
		t.Errorf("default variant: got %q, want %q", got, want)
	}
	if got, want := r.VariantNames(), []string{"api", "bare", "primed"}; !slices.Equal(got, want) {
		t.Errorf("variants: got %q, want %q", got, want)
	}
	if got, want := r.Variants["api"].Handler, "bootstrap"; got != want {
		t.Errorf("inherited handler: got %q, want %q", got, want)
	}
	if got, want := r.Variants["primed"].Handler, "other"; got != want {
		t.Errorf("own handler: got %q, want %q", got, want)
	}
	if r.Variants["primed"].RunsLocally() || !r.Variants["api"].RunsLocally() {
		t.Error("local: got yes and no exchanged")
	}
	if got, want := r.Memory, (config.Memory{Min: 128, Default: 1769}); got != want {
		t.Errorf("memory: got %+v, want %+v", got, want)
	}
	if got, want := r.ArtifactID("api", "arm64"), "zig-arm64"; got != want {
		t.Errorf("default artifact's id: got %q, want %q", got, want)
	}
	if got, want := r.ArtifactID("bare", "x86_64"), "zig-bare-x86_64"; got != want {
		t.Errorf("other artifact's id: got %q, want %q", got, want)
	}
	if got, want := r.OutputDir(r.Artifacts["api"], "arm64"), filepath.Join(r.Dir, "build", "api", "arm64"); got != want {
		t.Errorf("output: got %q, want %q", got, want)
	}
	if _, err := r.Variant("jvm"); fault.Hint(err) != "variants of zig: api, bare, primed" || !fault.IsUsage(err) {
		t.Errorf("unknown variant: got %v, hint %q", err, fault.Hint(err))
	}
}

// Each row replaces old by new in the correct manifest.
func TestLoadRuntimeRefuses(t *testing.T) {
	tests := map[string]struct{ old, new, want, hint string }{
		"syntax":               {"order: 60", "order: [60", "runtime.yaml:8:1: got YAML that can't be read (',' or ']' must be specified)", "check indentation"},
		"tab":                  {"  api: {artifact", "\tapi: {artifact", "got YAML that can't be read", "check indentation"},
		"twice":                {"order: 60", "order: 60\norder: 61", "runtime.yaml:8:1: got YAML that can't be read (mapping key \"order\" already defined", ""},
		"unknown field":        {"    handler: bootstrap\n    glibcMax", "    handlr: bootstrap\n    glibcMax", "runtime.yaml:21:5: artifacts.api.handlr: got an unknown field", `did you mean "handler"?`},
		"missing field":        {"name: zig\n", "", "runtime.yaml:1:1: name: got no such field, want it set: the runtime's name", "add the field name"},
		"schema":               {"schema: 1", "schema: 2", "runtime.yaml:1:1: schema: got 2, want 1", "format"},
		"name":                 {"name: zig", "name: Zig", `runtime.yaml:2:1: name: got "Zig", want a text that matches`, "lower-case"},
		"no artifacts":         {manifest[strings.Index(manifest, "artifacts:"):strings.Index(manifest, "variants:")], "", "artifacts: got no such field, want it set: the zips that can be built", "add the field artifacts"},
		"api by HTTP API":      {"order: 60", "order: 60\nintegration: http", `runtime.yaml:8:1: integration: got "http", want rest, since api is no guest`, "REST"},
		"both forms":           {"artifacts:", "handler: x\nartifacts:", "runtime.yaml:15:1: handler: got a field of a guest's few lines, want it in an artifact or a variant", "move or remove"},
		"colour":               {`"#F7A41D"`, `"red"`, `runtime.yaml:8:1: color: got "red", want a text that matches`, "#rrggbb"},
		"unquoted colour":      {`color: "#F7A41D"`, `color: #F7A41D`, `runtime.yaml:8:1: color: got nothing, want type string`, "quoted"},
		"prefix":               {"[/zig]", "[zig/]", `prefixes.0: got "zig/"`, "slash before it"},
		"architecture":         {"[x86_64, arm64]", "[x86_64, amd64]", `runtime.yaml:19:29: artifacts.api.architectures.1: got "amd64", want one of x86_64, arm64`, "x86_64 or arm64"},
		"local":                {"contract: none, local: yes", "contract: none, local: maybe", `runtime.yaml:32:54: variants.bare.local: got "maybe", want one of yes, no`, "yes or no"},
		"local as boolean":     {"contract: none, local: yes", "contract: none, local: true", "variants.bare.local: got true, want one of yes, no", "yes or no"},
		"number as variable":   {`LEVEL: "2"`, `LEVEL: 2`, "artifacts.api.build.env.LEVEL: got 2, want type string", "quote"},
		"variable's name":      {`LEVEL: "2"`, `"A-B": "2"`, `artifacts.api.build.env.A-B: got the name "A-B", want a name that matches ^[A-Za-z_]`, "rename"},
		"variant's name":       {"  bare: {artifact", "  Bare: {artifact", `variants.Bare: got the name "Bare", want a name that matches`, "rename"},
		"kind":                 {"kind: bare", "kind: tiny", `got "tiny", want one of api, bare, framework, sdk, guest`, "bare"},
		"memory":               {"order: 60", "order: 60\nmemory: {min: 64}", "runtime.yaml:8:10: memory.min: got 64, want at least 128", "10240"},
		"large memory":         {"order: 60", "order: 60\nmemory: {default: 10241}", "memory.default: got 10241, want at most 10240", "10240"},
		"min over default":     {"order: 60", "order: 60\nmemory: {min: 512, default: 256}", "memory.min: got 512, want at most memory.default, which is 256", "works"},
		"no sources":           {`["src/**", "!src/scratch/**"]`, "[]", "sources: got a list of 0, want at least 1", "globs"},
		"glob":                 {`"src/**"`, `"src/[a"`, `sources.0: got "src/[a", want a glob`, "bracket"},
		"constraint":           {`">=0.16"`, `"newest"`, `runtime.yaml:12:5: toolchain.0.version: got "newest", want a version constraint`, ">=1.26"},
		"tool twice":           {"artifacts:", "  - {tool: zig, probe: [zig], hint: x}\nartifacts:", `toolchain.1.tool: got "zig" a second time`, "probe list"},
		"artifact's tool":      {"    handler: bootstrap\n    glibcMax", "    handler: bootstrap\n    toolchain:\n      - {tool: zig, probe: [zig], hint: x}\n    glibcMax", `runtime.yaml:23:10: artifacts.api.toolchain.0.tool: got "zig" a second time`, "probe list"},
		"variant's artifact":   {"{artifact: bare", "{artifact: bear", `runtime.yaml:32:10: variants.bare.artifact: got "bear", want one of the artifacts api, bare`, "correct"},
		"no default":           {", default: true", "", "runtime.yaml:30:1: variants: got no default variant, want exactly one", "default: true"},
		"two defaults":         {"contract: none, local: yes", "contract: none, local: yes, default: true", "variants.bare.default: got the default variants api, bare, want exactly one", "leave"},
		"api without contract": {"contract: items, local: yes", "contract: none, local: yes", `variants.api.contract: got "none", want a contract`, "items"},
		"bare with contract":   {"contract: none", "contract: items", `variants.bare.contract: got "items", want none`, "kind: api"},
		"contract file":        {"contract: items, local: yes", "contract: cases.yaml, local: yes", `variants.api.contract: got "cases.yaml", want items, none or a file that exists`, "correct"},
		"requests file":        {"contract: none", "contract: none, requests: r.yaml", `variants.bare.requests: got "r.yaml", want a file that exists`, "correct"},
		"reserved variable":    {"PRIME_ON_INIT", "AWS_REGION", "variants.primed.env.AWS_REGION: got a variable that Lambda reserves", "refuses"},
		"api without prefix":   {"prefixes: [/zig]\n", "", "prefixes: got none, want at least one", "[/zig]"},
		"output outside":       {"build/bare/{arch}", "build/../../x", `artifacts.bare.output: got "build/../../x", want a folder inside`, "emptied"},
		"output is all":        {"build/bare/{arch}", "build/..", "want a folder inside the runtime's", "emptied"},
		"placeholder":          {"build/bare/{arch}", "build/{name}", `got "{name}", want no other placeholder than {arch}`, "build/{arch}"},
		"output without arch":  {"build/api/{arch}", "build/api", `artifacts.api.output: got "build/api", want {arch} in it`, "build/{arch}"},
		"output shared":        {"build/bare/{arch}", "build/api", `artifacts.bare.output: got "build/api", want a folder apart from that of the artifact api`, "bare"},
		"class of a layer":     {"contract: none, local: yes", "contract: none, class: tuned, local: yes", `variants.bare.class: got "tuned", want none, since the kind is bare`, "kind api"},
		"no class":             {"kind: api, class: stock, contract: items, local: yes", "kind: api, contract: items, local: yes", `variants.api.class: got none, want stock or tuned`, "fairness"},
		"unknown class":        {"class: stock, contract: items, local: yes", "class: fast, contract: items, local: yes", `variants.api.class: got "fast", want one of stock, tuned`, "fairness"},
		"tuned before stock":   {"class: stock, contract: items, local: yes, default: true}", "class: tuned, contract: items, local: yes, default: true}\n  team: {artifact: api, kind: api, class: stock, contract: items, local: yes}", "variants.api.default: got a tuned variant, want a stock one", "leads"},
		"setting's source":     {"contract: items, local: yes", "contract: items, settings: [{what: -s, why: Small.}], local: yes", `variants.api.settings.0.source: got none for "-s", want the vendor's page`, "tuned"},
		"no address":           {"contract: items, local: yes", "contract: items, settings: [{what: -s, why: Small., source: a book}], local: yes", `settings.0.source: got "a book", want a text that matches ^https`, "vendor"},
		"undeclared variable":  {"handler: other, kind: api, class: tuned", "handler: other, kind: api, class: stock", `variants.primed.env.PRIME_ON_INIT: got a variable that no setting names`, "declares"},
		"another value":        {"handler: other, kind: api, class: tuned", `handler: other, kind: api, class: stock, settings: [{what: "PRIME_ON_INIT=false", why: Small., source: "https://example.com"}]`, `variants.primed.env.PRIME_ON_INIT: got a variable that no setting names`, "declares"},
		"switch":               {"contract: items, local: yes", "contract: items, settings: [{what: -s, why: Small., source: \"https://example.com\", switch: bare}], local: yes", `variants.api.settings.0.switch: got "bare", want the name of a tuned variant`, "stock"},
		"timeout of the API":   {"prefixes: [/zig]", "timeout: 3\nprefixes: [/zig]", "timeout: got 3, want none, since the kind of api is api", "same"},
		"code":                 {"contract: items, local: yes", `contract: items, code: ["src/[a"], local: yes`, `variants.api.code.0: got "src/[a", want a glob`, "bracket"},
		"glibc":                {`"2.34"`, "2.34", "artifacts.api.glibcMax: got 2.34, want type string", "quoted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(manifest, tt.old) {
				t.Fatalf("the manifest has no %q to replace", tt.old)
			}
			root := write(t, t.TempDir(), "zig", strings.Replace(manifest, tt.old, tt.new, 1))
			_, err := config.LoadRuntime(filepath.Join(root, "lambdas", "zig"))
			if err == nil {
				t.Fatal("got no error")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got:  %v\nwant: …%s…", err, tt.want)
			}
			if !strings.Contains(fault.Hint(err), tt.hint) {
				t.Errorf("hint: got %q, want …%s…", fault.Hint(err), tt.hint)
			}
			if !fault.IsUsage(err) {
				t.Error("got a failure of the work, want a mistake of the caller")
			}
			if !strings.Contains(err.Error(), filepath.Join("lambdas", "zig", "runtime.yaml")+":") {
				t.Errorf("got no file in: %v", err)
			}
		})
	}
}

func TestLoadRuntimeListsAllMistakesByLine(t *testing.T) {
	broken := strings.NewReplacer("kind: bare", "kind: tiny", "schema: 1", "schema: 3", "order: 60", "order: x").Replace(manifest)
	root := write(t, t.TempDir(), "zig", broken)
	_, err := config.LoadRuntime(filepath.Join(root, "lambdas", "zig"))
	var m *config.ManifestError
	if !errors.As(err, &m) {
		t.Fatalf("got %v, want a *ManifestError", err)
	}
	var got []int
	for _, p := range m.Problems {
		got = append(got, p.Line)
	}
	if want := []int{1, 7, 32}; !slices.Equal(got, want) {
		t.Errorf("lines: got %v, want %v (%v)", got, want, err)
	}
}

func TestLoadRuntimeOfNothing(t *testing.T) {
	_, err := config.LoadRuntime(t.TempDir())
	if !fault.IsUsage(err) || !strings.Contains(fault.Hint(err), "runtime.yaml") {
		t.Errorf("got %v, hint %q", err, fault.Hint(err))
	}
	root := write(t, t.TempDir(), "empty", "# nothing yet\n")
	if _, err := config.LoadRuntime(filepath.Join(root, "lambdas", "empty")); err == nil || !strings.Contains(err.Error(), "got 0 YAML documents, want one") {
		t.Errorf("got %v", err)
	}
}
