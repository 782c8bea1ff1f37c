package report

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/perf/benchfmt"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Every field of the result document's schema is in the raw CSV.
func TestCSVRawHasEveryField(t *testing.T) {
	var doc results.Document
	fill(t, reflect.ValueOf(&doc).Elem())
	got := map[string][][]string{}
	for _, line := range reporttest.ReadCSV(t, CSVRaw, view.Build(doc)) {
		got[line[0]] = append(got[line[0]], line[1:])
	}
	fields := schemaFields(t)
	for field := range fields {
		if len(got[field]) != 1 || got[field][0][len(csvRawHead)-2] == "" {
			t.Errorf("%s: got the lines %q, want one with a value", field, got[field])
		}
		delete(got, field)
	}
	delete(got, "field") // the head
	for field := range got {
		t.Errorf("%s: got a field that the schema lacks", field)
	}
	if len(fields) < 100 {
		t.Errorf("got %d fields in the schema, want all of them", len(fields))
	}
}

func TestCSVRawSaysWhatAValueBelongsTo(t *testing.T) {
	doc := reporttest.Fixture("one")
	c := reporttest.Configuration(&doc, "python", "stock")
	var found [2]bool
	for _, line := range reporttest.ReadCSV(t, CSVRaw, view.Build(doc)) {
		about := strings.Join(line[1:8], " ")
		switch {
		case line[0] == "configurations.environments.init.wallMs" && about == "python stock 1769 x86_64 "+c.Environments[3].ID+"  ":
			found[0] = line[8] == format.Plain(c.Environments[3].Init.WallMs)
		case line[0] == "configurations.environments.operations.n" && about == "python stock 1769 x86_64 "+c.Environments[3].ID+" GET /items ":
			found[1] = line[8] == format.Plain(float64(c.Environments[3].Operations["GET /items"].N))
		}
	}
	if found != [2]bool{true, true} {
		t.Errorf("got %v, want an init and a number of calls under their names", found)
	}
}

// fill sets every field of a document, pointers and lists included, once.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)))
	case v.Type() == reflect.TypeFor[*results.Histogram]():
		h := results.NewHistogram()
		if err := h.Record(time.Millisecond); err != nil {
			t.Fatal(err)
		}
		v.Set(reflect.ValueOf(h))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case v.Kind() == reflect.Map:
		element := reflect.New(v.Type().Elem()).Elem()
		fill(t, element)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("name"), element)
	case v.Kind() == reflect.String:
		v.SetString("text")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(1)
	case v.CanUint():
		v.SetUint(1)
	case v.CanFloat():
		v.SetFloat(1.5)
	default:
		t.Fatalf("got a %s, which this test does not know", v.Type())
	}
}

// schemaFields are the names of all values of the schema, with dots between.
func schemaFields(t *testing.T) map[string]bool {
	t.Helper()
	type node struct {
		Ref                  string          `json:"$ref"`
		Properties           map[string]node `json:"properties"`
		AdditionalProperties json.RawMessage `json:"additionalProperties"`
		Items                *node           `json:"items"`
		Defs                 map[string]node `json:"$defs"`
	}
	var root node
	if err := json.Unmarshal(results.JSONSchema(), &root); err != nil {
		t.Fatal(err)
	}
	fields := map[string]bool{}
	var walk func(path string, n node)
	walk = func(path string, n node) {
		if n.Ref != "" {
			n = root.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
		}
		var values node
		switch {
		case n.Items != nil:
			walk(path, *n.Items)
		case len(n.Properties) > 0:
			for name, property := range n.Properties {
				walk(strings.TrimPrefix(path+"."+name, "."), property)
			}
		case len(n.AdditionalProperties) > 0 && json.Unmarshal(n.AdditionalProperties, &values) == nil:
			walk(path, values)
		default:
			fields[path] = true
		}
	}
	walk("", root)
	return fields
}

// Two runs that were measured alike have the same settings, or benchstat would put
// them into tables of their own: what a run happened to see is none.
func TestBenchstatSettings(t *testing.T) {
	settings := func(doc results.Document) (all []string) {
		for line := range strings.Lines(reporttest.Render(t, Benchstat, view.Build(doc))) {
			if name, _, ok := strings.Cut(line, ": "); ok && !strings.ContainsAny(name, "# ") {
				all = append(all, line)
			}
		}
		return all
	}
	one, other := reporttest.Fixture("default"), reporttest.Fixture("default")
	more, err := other.Host.Database.Served.Add(*other.Host.Database.Served)
	if err != nil {
		t.Fatal(err)
	}
	other.Host.Database.Served = &more
	if a, b := settings(one), settings(other); len(a) < 5 || !slices.Equal(a, b) {
		t.Errorf("got the settings %q and %q, want the same", a, b)
	}
}

// benchstat's own parser reads what is written for it, and gets the values of
// every environment.
func TestBenchstatReads(t *testing.T) {
	for _, name := range reporttest.Names() {
		doc := reporttest.Fixture(name)
		reader := benchfmt.NewReader(strings.NewReader(reporttest.Render(t, Benchstat, view.Build(doc))), name)
		got := map[string][]float64{} // by name and unit
		for reader.Scan() {
			switch r := reader.Result().(type) {
			case *benchfmt.Result:
				for _, value := range r.Values {
					v, unit := value.OrigValue, value.OrigUnit
					if unit == "" { // in base units already
						v, unit = value.Value, value.Unit
					}
					key := string(r.Name) + " " + unit
					got[key] = append(got[key], v)
				}
				for key, want := range map[string]string{"source": string(doc.Source.Kind), "vantage": string(doc.Source.Vantage)} {
					if r.GetConfig(key) != want {
						t.Fatalf("%s: got the setting %s %q, want %q", name, key, r.GetConfig(key), want)
					}
				}
			case *benchfmt.SyntaxError:
				t.Errorf("%s: %v", name, r)
			}
		}
		if err := reader.Err(); err != nil {
			t.Error(err)
		}
		for _, row := range view.Build(doc).Rows {
			bench := "Lambda/runtime=" + row.Runtime + "/variant=" + row.Variant + "/memory=" + format.Plain(float64(row.Memory)) + "/arch=" + row.Arch
			if row.Class == results.Tuned {
				bench += "/class=tuned"
			}
			if row.ColdKind != results.Spawn {
				bench += "/cold=" + string(row.ColdKind)
			}
			for _, u := range benchstatUnits {
				values := got[bench+" "+u.unit]
				want := row.Sample(u.metric).Values
				if len(values) != len(want) {
					t.Errorf("%s, %s %s: got %d values, want %d", name, bench, u.unit, len(values), len(want))
				} else if len(want) > 0 {
					if a, b := stats.Median(values).Center, stats.Median(want).Center*u.scale; b > 0 && (a/b > 1.000001 || a/b < 0.999999) {
						t.Errorf("%s, %s %s: got a median of %v, want %v", name, bench, u.unit, a, b)
					}
				}
			}
		}
	}
}

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
		text := reporttest.Render(t, Bencher, view.Build(reporttest.Fixture(name)))
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var benchmarks map[string]map[string]bencherMetric
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
	if got := reporttest.Render(t, Bencher, view.Build(reporttest.Fixture("nothing"))); got != "{}\n" {
		t.Errorf("got %q of a run without figures, want an empty object", got)
	}
	if got := reporttest.Render(t, Bencher, view.Build(reporttest.Fixture("default"))); !strings.Contains(got, `"cold-total-ms": {`+"\n"+`      "value": 16.8345,`+"\n"+`      "lower_value": 16.119,`) {
		t.Errorf("got no cold total of the default run with its interval:\n%.600s", got)
	}
}
