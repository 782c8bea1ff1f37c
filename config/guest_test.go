package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// few is a guest's manifest as short as it gets.
const few = `name: mine
lambdaRuntime: nodejs24.x
handler: index.handler
build: cp index.mjs "$BENCH_OUTPUT/"
`

// loadGuest writes a manifest into a folder of another name and reads it.
func loadGuest(t *testing.T, text string) (config.Runtime, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Some Folder")
	if err := os.MkdirAll(filepath.Join(dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{config.ManifestName: text, "index.mjs": "", "requests.yaml": "", "out/index.mjs": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return config.LoadRuntime(dir)
}

func TestFourLinesAreAGuest(t *testing.T) {
	r, err := loadGuest(t, few)
	if err != nil {
		t.Fatal(err)
	}
	v := r.DefaultVariant()
	a := r.Artifacts[v.Artifact]
	if v.Kind != config.Guest || !v.RunsLocally() || v.Contract != config.ContractNone || v.Handler != "index.handler" {
		t.Errorf("got the variant %+v, want a guest that runs locally", v)
	}
	if a.LambdaRuntime != "nodejs24.x" || a.Build.Command != `cp index.mjs "$BENCH_OUTPUT/"` || len(a.Architectures) != 2 {
		t.Errorf("got the artifact %+v, want what the manifest says, for both architectures", a)
	}
	if r.DisplayName != "mine" || r.Language != "nodejs24.x" || r.Order == 0 || len(r.Sources) != 1 || r.ArtifactID(v.Artifact, "arm64") != "mine-arm64" {
		t.Errorf("got %+v, want defaults for the rest", r)
	}
}

func TestFewLinesHaveWhatAVariantHas(t *testing.T) {
	r, err := loadGuest(t, few+"env: {STAGE: test}\nrequests: requests.yaml\nnetwork: host\nmemory: {default: 256}\ntimeout: 900\nephemeralStorage: 10240\nlayers: [out]\n")
	if err != nil {
		t.Fatal(err)
	}
	if v := r.DefaultVariant(); len(r.Layers) != 1 || v.Env["STAGE"] != "test" || v.Requests != "requests.yaml" || v.Network != config.HostNetwork || r.Memory.Default != 256 || r.Timeout != 900 || r.EphemeralStorage != 10240 {
		t.Errorf("got %+v of %+v, want what the manifest says", v, r)
	}
}

func TestAZipTakesTheBuildsPlace(t *testing.T) {
	r, err := loadGuest(t, strings.Replace(few, `build: cp index.mjs "$BENCH_OUTPUT/"`, "zip: out", 1))
	if err != nil {
		t.Fatal(err)
	}
	if a := r.Artifacts[config.Short]; a.Zip != "out" || a.Build.Command != "" || r.Sources[0] != "out/**" {
		t.Errorf("got %+v from %v, want the folder as it is", a, r.Sources)
	}
}

func TestResources(t *testing.T) {
	for more, want := range map[string]string{
		"":                               "/ /{proxy+}",
		"prefixes: [/mine]\n":            "/mine /mine/{proxy+}",
		"routes: [/, \"/items/{id}\"]\n": "/ /items/{id}",
		"routes: [\"/items/{id}\"]\nprefixes: [/mine]\n": "/items/{id} /mine /mine/{proxy+}",
		"integration: http\n":                            "",
		"integration: http\nroutes: [\"/items/{id}\"]\n": "/items/{id}",
		"integration: url\n":                             "",
	} {
		r, err := loadGuest(t, few+more)
		if got := strings.Join(r.Resources(), " "); err != nil || got != want {
			t.Errorf("%q: got %s (%v), want %s", more, got, err, want)
		}
	}
}

func TestFewLinesAreChecked(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want, hint string }{
		"nothing":           {few, "name: mine\n", "runtime.yaml:1:1: build: got no such field, want it set", "a guest needs name"},
		"no runtime":        {"lambdaRuntime: nodejs24.x\n", "", "lambdaRuntime: got no such field, want it set", "a guest needs"},
		"no handler":        {"handler: index.handler\n", "", "handler: got no such field, want it set", "a guest needs"},
		"zip and build":     {"name: mine", "name: mine\nzip: out", "runtime.yaml:2:1: zip: got a build as well, want one of the two", "unpacked"},
		"no such zip":       {`build: cp index.mjs "$BENCH_OUTPUT/"`, "zip: code.zip", `runtime.yaml:4:1: zip: got "code.zip", want a zip or a folder that exists`, "correct"},
		"requests file":     {"name: mine", "name: mine\nrequests: none.yaml", `runtime.yaml:2:1: requests: got "none.yaml", want a file that exists`, "correct"},
		"reserved variable": {"name: mine", "name: mine\nenv: {AWS_REGION: x}", "runtime.yaml:2:7: env.AWS_REGION: got a variable that Lambda reserves", "refuses"},
		"timeout":           {"name: mine", "name: mine\ntimeout: 901", "runtime.yaml:2:1: timeout: got 901, want at most 900", "seconds"},
		"no timeout":        {"name: mine", "name: mine\ntimeout: 0", "timeout: got 0, want at least 1", "1 to 900"},
		"memory":            {"name: mine", "name: mine\nmemory: {default: 64}", "runtime.yaml:2:10: memory.default: got 64, want at least 128", "10240"},
		"small /tmp":        {"name: mine", "name: mine\nephemeralStorage: 511", "ephemeralStorage: got 511, want at least 512", "/tmp"},
		"large /tmp":        {"name: mine", "name: mine\nephemeralStorage: 10241", "ephemeralStorage: got 10241, want at most 10240", "512 to 10240"},
		"variables":         {"name: mine", "name: mine\nenv: {A: " + strings.Repeat("x", 4089) + "}", "runtime.yaml:2:1: env: got 4097 bytes, want at most 4096", "Lambda refuses"},
		"integration":       {"name: mine", "name: mine\nintegration: alb", `runtime.yaml:2:1: integration: got "alb", want one of rest, http, url, event`, "payload 2.0"},
		"event's prefix":    {"name: mine", "name: mine\nintegration: event\nprefixes: [/x]", `prefixes: got "/x", want none, since the integration is event`, "remove"},
		"route":             {"name: mine", "name: mine\nroutes: [/a, items]", `runtime.yaml:2:14: routes.1: got "items", want a text that matches`, "/{proxy+}"},
		"greedy inside":     {"name: mine", "name: mine\nroutes: [\"/{all+}/x\"]", `routes.0: got "/{all+}/x", want a text that matches`, "at the end"},
		"same routes":       {"name: mine", "name: mine\nroutes: [\"/a/{id}\", \"/a/{name}\"]", `routes.1: got "/a/{name}", want a route that takes other paths than "/a/{id}"`, "parameter"},
		"routes of a URL":   {"name: mine", "name: mine\nintegration: url\nroutes: [/a]", `routes: got a list, want none, since the integration is url`, "only APIs"},
		"stream of an API":  {"name: mine", "name: mine\nintegration: http\nstream: true", `stream: got true, want none, since the integration is http`, "integration: url"},
		"media type":        {"name: mine", "name: mine\nbinaryMediaTypes: [png]", `binaryMediaTypes.0: got "png", want a text that matches`, "image/png"},
		"binary by HTTP":    {"name: mine", "name: mine\nintegration: http\nbinaryMediaTypes: [image/png]", `binaryMediaTypes: got a list, want none, since the integration is http`, "REST"},
		"misspelt":          {"lambdaRuntime:", "lambdaRuntme:", `lambdaRuntme: got an unknown field`, `did you mean "lambdaRuntime"?`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadGuest(t, strings.Replace(few, c.old, c.new, 1))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got:  %v\nwant: …%s…", err, c.want)
			}
			if !fault.IsUsage(err) || !strings.Contains(fault.Hint(err), c.hint) {
				t.Errorf("got the hint %q, want …%s…", fault.Hint(err), c.hint)
			}
		})
	}
	if _, err := loadGuest(t, few+"env: {A: "+strings.Repeat("<", 4088)+"}\n"); err != nil {
		t.Errorf("4,096 bytes of variables: got %v, want them accepted", err)
	}
	if r, err := loadGuest(t, "name: shell\nlambdaRuntime: provided.al2023\nbuild: make\n"); err != nil || r.DefaultVariant().Handler == "" {
		t.Errorf("a bootstrap without a handler: got %v, want it accepted", err)
	}
}

func TestOthersStopNoGuest(t *testing.T) {
	root := write(t, t.TempDir(), "zig", manifest)
	write(t, root, "zag", named("zag", "61", "#f7a41d")) // the colour of zig
	write(t, root, "broken", "name: [")
	other := write(t, t.TempDir(), "folder", named("zig", "62", "#F7A41D")) // name, prefix and colour of zig
	guest := filepath.Join(other, "lambdas", "folder")
	if got, err := config.Pick(root, nil, []string{guest}); err != nil || len(got) != 1 || got[0].Name != "zig" || got[0].Dir != guest {
		t.Errorf("got %v (%v), want the guest alone", got, err)
	}
	if got, err := config.Pick(root, []string{"zag"}, nil); err != nil || len(got) != 1 {
		t.Errorf("got %v (%v), want zag alone", got, err)
	}
	if _, err := config.Pick(root, []string{"broken"}, nil); err == nil || !strings.Contains(err.Error(), "YAML that can't be read") {
		t.Errorf("got %v, want what is wrong with the one that takes part", err)
	}
	if _, err := config.Pick(root, []string{"zig"}, []string{guest}); err == nil || !strings.Contains(err.Error(), `name: got "zig", want a name that`) {
		t.Errorf("got %v, want the name refused when both take part", err)
	}
	_, err := config.Pick(root, []string{"ruby"}, nil)
	if err == nil || err.Error() != `unknown runtime "ruby"` || !strings.HasPrefix(fault.Hint(err), "known runtimes: broken, zag, zig") {
		t.Errorf("got %v, hint %q", err, fault.Hint(err))
	}
}

func TestColoursAreGivenWhereMissing(t *testing.T) {
	root := write(t, t.TempDir(), "first", strings.Replace(few, "mine", "first", 1))
	write(t, root, "second", strings.Replace(few, "mine", "second", 1))
	write(t, root, "third", strings.Replace(few, "mine", "third", 1)+"color: \"#e69f00\"\n")
	got, err := config.Discover(root)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range got {
		if seen[strings.ToLower(r.Color)] || len(r.Color) != 7 {
			t.Errorf("%s: got the colour %q, want one of its own", r.Name, r.Color)
		}
		seen[strings.ToLower(r.Color)] = true
	}
	if len(seen) != 3 || !seen["#e69f00"] {
		t.Errorf("got %v, want three, with the one that was chosen", seen)
	}
}

func TestFromZip(t *testing.T) {
	file := filepath.Join(t.TempDir(), "My_Function v2.zip")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := config.FromZip(file, "nodejs24.x", "index.handler")
	if err != nil || r.Name != "my-function-v2" || r.ZipPath(r.Artifacts[config.Short].Zip) != file || r.DefaultVariant().Handler != "index.handler" {
		t.Errorf("got %+v (%v), want a guest called after the file", r, err)
	}
	for want, c := range map[string][3]string{
		"--zip: got":            {file + "x", "nodejs24.x", "index.handler"},
		"--lambda-runtime: got": {file, "", "index.handler"},
		"--handler: got none":   {file, "nodejs24.x", ""},
	} {
		if _, err := config.FromZip(c[0], c[1], c[2]); err == nil || !strings.HasPrefix(err.Error(), want) || !fault.IsUsage(err) || fault.Hint(err) == "" {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
