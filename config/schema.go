package config

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed runtime.schema.json
var schemaJSON []byte

// Schema is the JSON schema of runtime.yaml, for editors.
func Schema() []byte { return bytes.Clone(schemaJSON) }

// schemaURL is absolute: a relative one would be looked for in the current
// folder, whose name may have characters that URLs have not.
const schemaURL = "file:///runtime.schema.json"

var compiledSchema = sync.OnceValue(compileSchema)

func compileSchema() *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		panic("config/runtime.schema.json is not JSON: " + err.Error())
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, doc); err != nil {
		panic("config/runtime.schema.json: " + err.Error())
	}
	return c.MustCompile(schemaURL)
}

var schemaTree = sync.OnceValue(func() map[string]any {
	var tree map[string]any
	if err := json.Unmarshal(schemaJSON, &tree); err != nil {
		panic("config/runtime.schema.json is not JSON: " + err.Error())
	}
	return tree
})

// checkSchema lists what the JSON schema finds wrong.
func checkSchema(d *document) []Problem {
	err := compiledSchema().Validate(d.value)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return []Problem{d.problem(nil, err.Error(), "a manifest that config/runtime.schema.json accepts", "")}
	}
	var problems []Problem
	collect(d, invalid, &problems)
	checkNames(d, nil, d.value, &problems)
	return withoutMisspelt(problems)
}

// checkNames applies the schema's propertyNames.
func checkNames(d *document, path []string, value any, problems *[]Problem) {
	switch v := value.(type) {
	case map[string]any:
		rule := resolve(schemaAt(path)["propertyNames"])
		pattern, _ := rule["pattern"].(string)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			at := append(slices.Clone(path), name)
			if ok, err := regexp.MatchString(pattern, name); err != nil || !ok {
				*problems = append(*problems, d.problem(at, fmt.Sprintf("the name %q", name), "a name that matches "+pattern, "rename it"))
			}
			checkNames(d, at, v[name], problems)
		}
	case []any:
		for i, element := range v {
			checkNames(d, append(slices.Clone(path), strconv.Itoa(i)), element, problems)
		}
	}
}

// withoutMisspelt drops "handler is missing" where "handlr is unknown" says it
// better.
func withoutMisspelt(problems []Problem) []Problem {
	meant := map[string]bool{}
	for _, p := range problems {
		if p.meant != "" {
			meant[p.meant] = true
		}
	}
	return slices.DeleteFunc(problems, func(p Problem) bool { return p.meant == "" && meant[p.Field] })
}

func collect(d *document, e *jsonschema.ValidationError, problems *[]Problem) {
	at := e.InstanceLocation
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			known := fieldsAt(at)
			p := d.problem(append(slices.Clone(at), name), "an unknown field", "a field of the schema",
				"fields here: "+strings.Join(known, ", "))
			if near := nearest(name, known); near != "" {
				p.Hint = fmt.Sprintf("did you mean %q? %s", near, p.Hint)
				p.meant = strings.Join(append(slices.Clone(at), near), ".")
			}
			*problems = append(*problems, p)
		}
	case *kind.Required:
		for _, name := range k.Missing {
			path := append(slices.Clone(at), name)
			*problems = append(*problems, d.problem(path, "no such field", "it set: "+describe(path), "add the field "+name))
		}
	case *kind.PropertyNames:
		// checkNames reports it: the library gives a wrong location here.
	default:
		if len(e.Causes) > 0 {
			for _, cause := range e.Causes {
				collect(d, cause, problems)
			}
			return
		}
		*problems = append(*problems, d.problem(at, got(d, at), want(e.ErrorKind), describe(at)))
	}
}

// got shows the value at a path, short.
func got(d *document, path []string) string {
	value := lookup(d.value, path)
	switch v := value.(type) {
	case map[string]any:
		return "a map"
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case nil:
		return "nothing"
	}
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if s := string(b); len(s) <= 60 {
		return s
	}
	return string(b[:57]) + "…"
}

func want(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "type " + strings.Join(k.Want, " or ")
	case *kind.Enum:
		var words []string
		for _, w := range k.Want {
			words = append(words, fmt.Sprint(w))
		}
		return "one of " + strings.Join(words, ", ")
	case *kind.Const:
		return fmt.Sprint(k.Want)
	case *kind.Pattern:
		return "a text that matches " + k.Want
	case *kind.Minimum:
		return "at least " + k.Want.RatString()
	case *kind.Maximum:
		return "at most " + k.Want.RatString()
	case *kind.MinLength:
		return fmt.Sprintf("at least %d characters", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("at least %d", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("at most %d", k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("at least %d", k.Want)
	case *kind.UniqueItems:
		return "no element twice"
	}
	return k.LocalizedString(message.NewPrinter(language.English))
}

func lookup(value any, path []string) any {
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// describe returns the description that the schema has for a path.
func describe(path []string) string {
	text, _ := schemaAt(path)["description"].(string)
	return text
}

func fieldsAt(path []string) []string {
	properties, _ := schemaAt(path)["properties"].(map[string]any)
	var names []string
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// schemaAt walks the schema as a value's path goes. The schema uses properties,
// additionalProperties, items and references into $defs, nothing cleverer.
func schemaAt(path []string) map[string]any {
	node := schemaTree()
	for _, step := range path {
		if properties, ok := node["properties"].(map[string]any); ok && properties[step] != nil {
			node = resolve(properties[step])
		} else if items, ok := node["items"]; ok {
			node = resolve(items)
		} else {
			node = resolve(node["additionalProperties"])
		}
	}
	return node
}

func resolve(schema any) map[string]any {
	node, _ := schema.(map[string]any)
	ref, ok := node["$ref"].(string)
	if !ok {
		return node
	}
	defs, _ := schemaTree()["$defs"].(map[string]any)
	target, _ := defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	if own, ok := node["description"]; ok { // says more than the definition's
		target = maps.Clone(target)
		target["description"] = own
	}
	return target
}

// nearest returns the known name that differs from name by case or by at most
// two edits.
func nearest(name string, known []string) string {
	best, bestDistance := "", 3
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		previous := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := previous
			if a[i-1] != b[j-1] {
				cost = 1 + min(previous, row[j], row[j-1])
			}
			previous, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}
