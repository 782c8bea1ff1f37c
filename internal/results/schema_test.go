package results

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// schemaNode is the part of JSON schema that ours uses.
type schemaNode struct {
	Ref                  string                `json:"$ref"`
	Type                 string                `json:"type"`
	Description          string                `json:"description"`
	Enum                 []string              `json:"enum"`
	Const                any                   `json:"const"`
	Required             []string              `json:"required"`
	Properties           map[string]schemaNode `json:"properties"`
	AdditionalProperties json.RawMessage       `json:"additionalProperties"`
	Items                *schemaNode           `json:"items"`
	Defs                 map[string]schemaNode `json:"$defs"`
}

// TestSchemaAndStructsAgree walks both at once: every field is a property and
// the other way round, what may be absent may be absent in both, and types,
// items and references match.
func TestSchemaAndStructsAgree(t *testing.T) {
	var root schemaNode
	if err := json.Unmarshal(JSONSchema(), &root); err != nil {
		t.Fatal(err)
	}
	w := agreement{t: t, root: root, used: map[string]bool{}, enums: stringConstants(t)}
	w.compare("Document", reflect.TypeFor[Document](), root)
	for name := range root.Defs {
		if !w.used[name] {
			t.Errorf("$defs.%s: got a definition that no struct uses", name)
		}
	}
}

type agreement struct {
	t     *testing.T
	root  schemaNode
	used  map[string]bool
	enums map[string][]string // values of the string constants of a type
}

func (w *agreement) compare(path string, typ reflect.Type, node schemaNode) {
	if node.Ref != "" {
		name := strings.TrimPrefix(node.Ref, "#/$defs/")
		definition, ok := w.root.Defs[name]
		if !ok {
			w.t.Errorf("%s: got the reference %s to nothing", path, node.Ref)
			return
		}
		w.used[name] = true
		node = definition
	} else if node.Description == "" && strings.HasSuffix(path, "]") == false {
		w.t.Errorf("%s: got no description", path)
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case typ == reflect.TypeFor[time.Time](), typ == reflect.TypeFor[Histogram]():
		w.want(path, node.Type, "string")
	case typ.Kind() == reflect.Struct:
		w.compareStruct(path, typ, node)
	case typ.Kind() == reflect.Slice:
		w.want(path, node.Type, "array")
		if node.Items == nil {
			w.t.Errorf("%s: got no items", path)
			return
		}
		w.compare(path+"[]", typ.Elem(), *node.Items)
	case typ.Kind() == reflect.Map:
		w.want(path, node.Type, "object")
		var value schemaNode
		if err := json.Unmarshal(node.AdditionalProperties, &value); err != nil {
			w.t.Errorf("%s: got additionalProperties %s, wanted a schema", path, node.AdditionalProperties)
			return
		}
		w.compare(path+"{}[]", typ.Elem(), value)
	case typ.Kind() == reflect.String:
		if constants := w.enums[typ.Name()]; constants != nil {
			got := slices.Sorted(slices.Values(node.Enum))
			if !slices.Equal(got, constants) {
				w.t.Errorf("%s: got the values %v in the schema, wanted the constants of %s, %v", path, got, typ.Name(), constants)
			}
		} else if node.Enum == nil {
			w.want(path, node.Type, "string")
		}
	case typ.Kind() == reflect.Bool:
		w.want(path, node.Type, "boolean")
	case typ.Kind() == reflect.Float64:
		w.want(path, node.Type, "number")
	case typ.Kind() == reflect.Int, typ.Kind() == reflect.Int64, typ.Kind() == reflect.Uint64:
		if node.Const == nil {
			w.want(path, node.Type, "integer")
		} else if node.Const != float64(Schema) {
			w.t.Errorf("%s: got version %v, wanted %d", path, node.Const, Schema)
		}
	default:
		w.t.Errorf("%s: got a %s, which this test does not know", path, typ)
	}
}

func (w *agreement) compareStruct(path string, typ reflect.Type, node schemaNode) {
	w.want(path, node.Type, "object")
	if string(node.AdditionalProperties) != "false" {
		w.t.Errorf("%s: got additionalProperties %s, wanted false", path, node.AdditionalProperties)
	}
	var required []string
	fields := map[string]bool{}
	for _, field := range reflect.VisibleFields(typ) {
		if field.Anonymous || !field.IsExported() {
			continue
		}
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[name] = true
		if option == "" {
			required = append(required, name)
		}
		if optional := field.Type.Kind() == reflect.Pointer; optional && option != "omitempty" {
			w.t.Errorf("%s.%s: got a pointer that is written as null, wanted omitempty", path, name)
		}
		property, ok := node.Properties[name]
		if !ok {
			w.t.Errorf("%s.%s: got a field that the schema lacks", path, name)
			continue
		}
		w.compare(path+"."+name, field.Type, property)
	}
	for name := range node.Properties {
		if !fields[name] {
			w.t.Errorf("%s.%s: got a property that the struct lacks", path, name)
		}
	}
	slices.Sort(required)
	if got := slices.Sorted(slices.Values(node.Required)); !slices.Equal(got, required) {
		w.t.Errorf("%s: got required %v, wanted %v", path, got, required)
	}
}

func (w *agreement) want(path, got, want string) {
	if got != want {
		w.t.Errorf("%s: got type %q in the schema, wanted %q", path, got, want)
	}
}

// stringConstants reads this package's source for the values of its string
// types, since reflection can't list constants.
func stringConstants(t *testing.T) map[string][]string {
	t.Helper()
	values := map[string][]string{}
	for _, name := range []string{"document.go", "plan.go", "configuration.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Type == nil || len(spec.Values) != 1 {
				return true
			}
			typ, ok := spec.Type.(*ast.Ident)
			literal, isLiteral := spec.Values[0].(*ast.BasicLit)
			if ok && isLiteral && literal.Kind == token.STRING {
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				values[typ.Name] = append(values[typ.Name], text)
			}
			return true
		})
	}
	for _, list := range values {
		slices.Sort(list)
	}
	if len(values) < 6 {
		t.Fatalf("got constants of %d string types, wanted all six", len(values))
	}
	return values
}
