package results

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

//go:embed results.schema.json
var schemaText []byte

// JSONSchema is the document's JSON schema (draft 2020-12), for whoever writes
// or reads results with other tools.
func JSONSchema() []byte { return bytes.Clone(schemaText) }

// schemaURL is absolute: a relative one would be looked for in the current
// folder, whose name may have characters that URLs have not.
const schemaURL = "file:///results.schema.json"

var compiledSchema = sync.OnceValues(compileSchema)

func compileSchema() (*jsonschema.Schema, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		return nil, fmt.Errorf("parse results.schema.json: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(schemaURL, parsed); err != nil {
		return nil, fmt.Errorf("add results.schema.json: %w", err)
	}
	return compiler.Compile(schemaURL)
}

const hintNotOurs = "pass a results.json that bench wrote; a file edited by hand must follow internal/results/results.schema.json"

// Load reads and checks a result document. Its errors name the file, the field,
// what was got and what was wanted.
func Load(path string) (Document, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Document{}, fault.Usage("run bench first, or pass the path of its results.json", "read %s: there is no such file", path)
	}
	if err != nil {
		return Document{}, fmt.Errorf("read results: %w", err)
	}
	doc, err := Parse(data)
	if err != nil {
		return Document{}, fault.New(hintOr(err, hintNotOurs), "read %s: %w", path, err)
	}
	return doc, nil
}

// Parse reads and checks the text of a result document.
func Parse(data []byte) (Document, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return Document{}, errors.New("got an empty file, wanted a result document")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return Document{}, fmt.Errorf("got text that is not JSON (%w), wanted a result document", err)
	}
	if err := checkVersion(value); err != nil {
		return Document{}, err
	}
	schema, err := compiledSchema()
	if err != nil {
		return Document{}, err
	}
	if err := schema.Validate(value); err != nil {
		return Document{}, schemaError(value, err)
	}
	var doc Document
	if err := json.Unmarshal(data, &doc); err != nil {
		return Document{}, fmt.Errorf("got a document that can't be read: %w", err)
	}
	if err := doc.Check(); err != nil {
		return Document{}, err
	}
	return doc, nil
}

// checkVersion goes first, so that a document of another version is called that
// and not a document with a hundred mistakes.
func checkVersion(value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("got %s, wanted a result document (an object)", shorten(value))
	}
	version, ok := object["schema"]
	if !ok {
		return fmt.Errorf("schema: got nothing, wanted %d", Schema)
	}
	number, ok := version.(json.Number)
	if !ok || number.String() != fmt.Sprint(Schema) {
		return fault.New("use the version of bench that wrote the file, or measure again",
			"schema: got version %s, wanted %d", shorten(version), Schema)
	}
	return nil
}

// schemaError turns the validator's tree into its first mistake, in words that
// name the field, and the number of the others.
func schemaError(value any, err error) error {
	var root *jsonschema.ValidationError
	if !errors.As(err, &root) {
		return err
	}
	var mistakes []string
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 {
			mistakes = append(mistakes, describe(value, e))
		}
		for _, cause := range e.Causes {
			walk(cause)
		}
	}
	walk(root)
	slices.Sort(mistakes) // the validator goes over maps in any order
	if len(mistakes) > 1 {
		return fmt.Errorf("%s (and %d more)", mistakes[0], len(mistakes)-1)
	}
	return errors.New(mistakes[0])
}

func describe(value any, e *jsonschema.ValidationError) string {
	field := fieldName(e.InstanceLocation)
	got := "got " + shorten(at(value, e.InstanceLocation))
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return field + ": got no " + strings.Join(k.Missing, ", ") + ", wanted it to be there"
	case *kind.AdditionalProperties:
		return field + ": got the unknown field " + strings.Join(k.Properties, ", ") + ", wanted none"
	case *kind.Type:
		return field + ": " + got + ", wanted " + strings.Join(k.Want, " or ")
	case *kind.Enum:
		words := make([]string, len(k.Want))
		for i, w := range k.Want {
			words[i] = fmt.Sprint(w)
		}
		return field + ": " + got + ", wanted one of " + strings.Join(words, ", ")
	case *kind.Pattern:
		return field + ": " + got + ", wanted text like " + k.Want
	default:
		return field + ": " + got + ": " + e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
	}
}

// fieldName writes a location as people do: configurations[3].status.
func fieldName(location []string) string {
	if len(location) == 0 {
		return "the document"
	}
	var b strings.Builder
	for i, part := range location {
		switch {
		case part != "" && strings.Trim(part, "0123456789") == "":
			b.WriteString("[" + part + "]")
		case i > 0:
			b.WriteString("." + part)
		default:
			b.WriteString(part)
		}
	}
	return b.String()
}

// at returns the value at a location, or nil.
func at(value any, location []string) any {
	for _, part := range location {
		switch v := value.(type) {
		case map[string]any:
			value = v[part]
		case []any:
			index := -1
			if _, err := fmt.Sscanf(part, "%d", &index); err != nil || index < 0 || index >= len(v) {
				return nil
			}
			value = v[index]
		}
	}
	return value
}

// shorten prints a value so that a message stays one line.
func shorten(value any) string {
	switch value.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "something"
	}
	if len(text) > 60 {
		return string(text[:57]) + "…"
	}
	return string(text)
}

func hintOr(err error, other string) string {
	if hint := fault.Hint(err); hint != "" {
		return hint
	}
	return other
}
