package csv

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// rawHead are the columns of WriteRaw: a field of the document, what it belongs
// to, and its value.
var rawHead = []string{"field", "runtime", "variant", "memory_mb", "arch", "environment", "operation", "index", "value"}

// rawNames are the objects whose names say what their fields belong to, by the
// field that the object is in. Names that are data (operations, versions) are no
// fields.
var rawNames = map[string]int{
	"configurations.environments.operations": slices.Index(rawHead, "operation"),
	"configurations.windows.operations":      slices.Index(rawHead, "operation"),
	"artifacts.versions":                     -1, // the name goes into the index
	"artifacts.brought":                      -1,
}

// WriteRaw writes the document itself, every field of it: one value a line, under
// the field's name in the JSON schema, with the configuration, environment and
// operation that it belongs to. The index counts within a list, and lists within
// lists have several. Write has the figures that are derived from these.
func WriteRaw(w io.Writer, m *view.Model) error {
	var encoded bytes.Buffer
	if err := results.Encode(&encoded, *m.Doc); err != nil {
		return err
	}
	decoder := json.NewDecoder(&encoded)
	decoder.UseNumber() // a number is written as it is
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	out := csv.NewWriter(w)
	_ = out.Write(rawHead) // kept by the writer; see Error below
	flatten(out, "", value, make([]string, len(rawHead)-2))
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// flatten writes a value and all inside. about are the columns between field and
// value.
func flatten(out *csv.Writer, field string, value any, about []string) {
	last := len(about) - 1
	switch v := value.(type) {
	case map[string]any:
		column, named := rawNames[field]
		if !named {
			members(out, field, v, about)
			return
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inner := slices.Clone(about)
			if column >= 0 {
				inner[column-1] = name
			} else {
				inner[last] = join(inner[last], name)
			}
			if object, ok := v[name].(map[string]any); ok {
				members(out, field, object, inner)
			} else {
				flatten(out, field, v[name], inner)
			}
		}
	case []any:
		for i, inner := range v {
			inside := slices.Clone(about)
			if field != "configurations" && field != "configurations.environments" { // they have names
				inside[last] = join(inside[last], strconv.Itoa(i))
			}
			flatten(out, field, inner, inside)
		}
	default:
		_ = out.Write(append(append([]string{field}, about...), fmt.Sprint(v)))
	}
}

// members writes the fields of an object.
func members(out *csv.Writer, field string, object map[string]any, about []string) {
	about = slices.Clone(about)
	identify(field, object, about)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		flatten(out, strings.TrimPrefix(field+"."+name, "."), object[name], about)
	}
}

// identify fills the columns that say what an object's fields belong to.
func identify(field string, object map[string]any, about []string) {
	text := func(name string) string {
		if v, ok := object[name]; ok {
			return fmt.Sprint(v)
		}
		return ""
	}
	switch field {
	case "configurations":
		about[0], about[1], about[2], about[3] = text("runtime"), text("variant"), text("memory"), text("arch")
	case "configurations.environments":
		about[4] = text("id")
	}
}

func join(indexes, index string) string {
	if indexes == "" {
		return index
	}
	return indexes + "." + index
}
