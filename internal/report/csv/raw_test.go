package csv

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Every field of the result document's schema is in the raw CSV.
func TestCSVRawHasEveryField(t *testing.T) {
	var doc results.Document
	fill(t, reflect.ValueOf(&doc).Elem())
	got := map[string][][]string{}
	for _, line := range reporttest.ReadCSV(t, WriteRaw, view.Build(doc)) {
		got[line[0]] = append(got[line[0]], line[1:])
	}
	fields := schemaFields(t)
	for field := range fields {
		if len(got[field]) != 1 || got[field][0][len(rawHead)-2] == "" {
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
	for _, line := range reporttest.ReadCSV(t, WriteRaw, view.Build(doc)) {
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
