package bencher

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

// testdata/bmf.json is https://bencher.dev/bmf.json.
func TestBencherFollowsItsSchema(t *testing.T) {
	text, err := os.ReadFile("testdata/bmf.json")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("bmf.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("bmf.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range reporttest.Names() {
		text := reporttest.Render(t, Write, view.Build(reporttest.Fixture(name)))
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var benchmarks map[string]map[string]measurement
		if err := json.Unmarshal([]byte(text), &benchmarks); err != nil {
			t.Fatal(err)
		}
		for benchmark, measures := range benchmarks {
			for measure, m := range measures {
				if len(benchmark) > 1024 || len(measure) > 64 || (m.Lower == nil) != (m.Upper == nil) || (m.Lower != nil && (*m.Lower > m.Value || *m.Upper < m.Value)) {
					t.Errorf("%s, %s: got %s %+v, want names that Bencher takes and a value within its interval", name, benchmark, measure, m)
				}
			}
		}
	}
	if got := reporttest.Render(t, Write, view.Build(reporttest.Fixture("nothing"))); got != "{}\n" {
		t.Errorf("got %q of a run without figures, want an empty object", got)
	}
	if got := reporttest.Render(t, Write, view.Build(reporttest.Fixture("default"))); !strings.Contains(got, `"cold-total-ms": {`+"\n"+`      "value": 16.8345,`+"\n"+`      "lower_value": 16.119,`) {
		t.Errorf("got no cold total of the default run with its interval:\n%.600s", got)
	}
}
