// Package k6test checks what lies beside it without k6; with it, `make k6-test` runs the
// tests of the build tag k6 as well.
package k6test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
)

// schema compiles a JSON schema.
func schema(t *testing.T, path string) *jsonschema.Schema {
	t.Helper()
	compiled, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// value is a file as JSON knows it.
func value(t *testing.T, path string) any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".yaml") {
		if text, err = yaml.YAMLToJSON(text); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func scenarios(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("scenarios/*.json")
	if err != nil || len(paths) < 6 {
		t.Fatalf("got the scenarios %v (%v), want six", paths, err)
	}
	return paths
}

func TestScenariosHoldToTheirSchema(t *testing.T) {
	compiled := schema(t, "scenario.schema.json")
	for _, path := range scenarios(t) {
		if err := compiled.Validate(value(t, path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		scenario, err := loadtest.ReadScenario(path)
		if err != nil {
			t.Errorf("bench load: %v", err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if scenario.Name != name {
			t.Errorf("%s: got the name %s", path, scenario.Name)
		}
		script, err := os.ReadFile(name + ".js")
		if err != nil || !strings.Contains(string(script), `open("./scenarios/`+name+`.json")`) {
			t.Errorf("%s.js: got %q (%v), want a script that reads the scenario", name, script, err)
		}
	}
}

// TestTheSchemaRefusesWhatBenchLoadDoes holds the two descriptions of a scenario together.
func TestTheSchemaRefusesWhatBenchLoadDoes(t *testing.T) {
	compiled := schema(t, "scenario.schema.json")
	for field, wrong := range map[string]any{
		"name": "", "startRate": -1, "items": 0, "maxInFlight": 0, "objective": map[string]any{"errorShare": 0, "p99Ms": 1000}, "mix": []any{},
		"stages": []any{map[string]any{"target": -1, "seconds": 1}}, "rate": 5,
	} {
		scenario := value(t, "scenarios/load.json").(map[string]any)
		scenario[field] = wrong
		text, err := json.Marshal(scenario)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "scenario.json")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if compiled.Validate(value(t, path)) == nil {
			t.Errorf("%s %v: the schema lets it through", field, wrong)
		}
		if _, err := loadtest.ReadScenario(path); err == nil {
			t.Errorf("%s %v: bench load lets it through", field, wrong)
		}
	}
}

func TestTheTestRunHoldsToTheOperatorsSchema(t *testing.T) {
	compiled := schema(t, "distributed/testdata/testrun.schema.json")
	run := value(t, "distributed/testrun.yaml")
	if err := compiled.Validate(run); err != nil {
		t.Error(err)
	}
	spec := run.(map[string]any)["spec"].(map[string]any)
	version, err := os.ReadFile("find-k6.sh")
	if err != nil {
		t.Fatal(err)
	}
	image := spec["runner"].(map[string]any)["image"].(string)
	if _, pinned, _ := strings.Cut(image, ":"); !strings.Contains(string(version), "\nversion="+pinned+"\n") {
		t.Errorf("got the image %s, want the version of find-k6.sh", image)
	}
	spec["parallelism"] = "four"
	if compiled.Validate(run) == nil {
		t.Error("the schema takes a parallelism in words")
	}
	spec["parallelism"], spec["parallel"] = json.Number("4"), json.Number("4")
	if compiled.Validate(run) == nil {
		t.Error("the schema takes a field that the operator does not know")
	}
}

// TestTheTestRunFindsWhatIsMadeForIt: the operator's names are no references that
// kustomize follows.
func TestTheTestRunFindsWhatIsMadeForIt(t *testing.T) {
	var kustomization struct {
		Resources          []string
		ConfigMapGenerator []struct {
			Name        string
			Files, Envs []string
		} `yaml:"configMapGenerator"`
		GeneratorOptions struct {
			DisableNameSuffixHash bool `yaml:"disableNameSuffixHash"`
		} `yaml:"generatorOptions"`
	}
	text, err := os.ReadFile("distributed/kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &kustomization); err != nil {
		t.Fatal(err)
	}
	run, err := os.ReadFile("distributed/testrun.yaml")
	if err != nil {
		t.Fatal(err)
	}
	volume, err := os.ReadFile("distributed/volume.yaml")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile("distributed/archive.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, resource := range kustomization.Resources {
		if _, err := os.Stat(filepath.Join("distributed", resource)); err != nil {
			t.Error(err)
		}
	}
	if !kustomization.GeneratorOptions.DisableNameSuffixHash || len(kustomization.ConfigMapGenerator) != 2 {
		t.Errorf("got %+v, want two config maps whose names stay", kustomization)
	}
	for _, made := range kustomization.ConfigMapGenerator {
		if !strings.Contains(string(run), "name: "+made.Name) {
			t.Errorf("nothing in testrun.yaml reads the config map %s", made.Name)
		}
		for _, file := range append(made.Files, made.Envs...) {
			if !strings.Contains(string(archive), "$here/"+file) {
				t.Errorf("archive.sh does not write %s", file)
			}
		}
	}
	if !strings.Contains(string(run), "claimName: load-results") || !strings.Contains(string(volume), "name: load-results") {
		t.Error("testrun.yaml claims another volume than volume.yaml makes")
	}
}
