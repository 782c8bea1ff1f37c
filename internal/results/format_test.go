package results_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// docs/results-format.md is the schema in words, so that the two never part.
const formatDocument = "../../docs/results-format.md"

const formatIntro = `# The result document

<!-- Written by go test ./internal/results -run TestFormatDocument -update from results.schema.json. -->

A run leaves one file, ` + "`results.json`" + `: everything that was measured, raw or as histograms,
with all that it takes to repeat it. No statistic is stored in it: medians, intervals and
ranks are derived by the reports, which are functions of this file (` + "`bench report FILE --format …`" + `).
[results.schema.json](../internal/results/results.schema.json) is its JSON schema (2020-12); ` + "`bench`" + `
refuses a file that does not hold to it and says where.

- A name that ends in ` + "`Ms`" + ` is in milliseconds, with three decimals at most. Sizes are bytes,
  save a configuration's memory, which is MB of 2^20 bytes as Lambda counts it.
- A field that is absent means "not known here", never zero.
- ` + "`schema`" + ` is the version of the format. A field may be added within a version; a field that
  changes its meaning or goes makes a new one.

` + "```sh" + `
jq '.configurations[] | {runtime, variant, memory, status, cold: [.environments[] | .init.wallMs + .firstCall.durationMs] | sort | .[length / 2 | floor]}' results/latest/results.json
` + "```" + `

In the tables, *required* fields are always there; the others may be absent.
`

// formatNode is what the document says of a node of the schema.
type formatNode struct {
	Ref         string          `json:"$ref"`
	Type        string          `json:"type"`
	Description string          `json:"description"`
	Enum        []string        `json:"enum"`
	Const       any             `json:"const"`
	Required    []string        `json:"required"`
	Properties  properties      `json:"properties"`
	Additional  json.RawMessage `json:"additionalProperties"`
	Items       *formatNode     `json:"items"`
	Minimum     *float64        `json:"minimum"`
	Maximum     *float64        `json:"maximum"`
	Above       *float64        `json:"exclusiveMinimum"`
	MaxItems    *int            `json:"maxItems"`
	Pattern     string          `json:"pattern"`
	Defs        properties      `json:"$defs"`
}

// properties keep the order of the schema.
type properties []property

type property struct {
	name string
	node formatNode
}

func (p *properties) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil { // {
		return fmt.Errorf("read the properties: %w", err)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("read a property: %w", err)
		}
		next := property{name: fmt.Sprint(name)}
		if err := decoder.Decode(&next.node); err != nil {
			return fmt.Errorf("%s: %w", next.name, err)
		}
		*p = append(*p, next)
	}
	return nil
}

func TestFormatDocument(t *testing.T) {
	var root formatNode
	if err := json.Unmarshal(results.JSONSchema(), &root); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString(formatIntro)
	fmt.Fprintf(&out, "\n## The document\n\n%s\n", root.Description)
	fields(&out, root)
	for _, definition := range root.Defs {
		fmt.Fprintf(&out, "\n## %s\n\n%s\n", definition.name, definition.node.Description)
		if definition.node.Properties != nil {
			fields(&out, definition.node)
		}
	}
	if *update {
		if err := os.WriteFile(formatDocument, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(formatDocument)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("docs/results-format.md is not what the schema says (-want +got; -update writes it anew):\n%s", diff)
	}
}

func fields(out *strings.Builder, node formatNode) {
	out.WriteString("\n| field | type | |\n|---|---|---|\n")
	for _, p := range node.Properties {
		words := p.node.Description
		if slices.Contains(node.Required, p.name) {
			words = strings.TrimSpace("*Required.* " + words)
		}
		fmt.Fprintf(out, "| `%s` | %s | %s |\n", p.name, strings.ReplaceAll(p.node.kind(), "|", "\\|"), strings.ReplaceAll(words, "|", "\\|"))
	}
}

// kind is a node's type in a few words.
func (n formatNode) kind() string {
	if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok {
		return "[" + name + "](#" + strings.ToLower(name) + ")"
	}
	var bounds []string
	add := func(sign string, v *float64) {
		if v != nil {
			bounds = append(bounds, sign+" "+fmt.Sprint(json.Number(fmt.Sprintf("%.0f", *v))))
		}
	}
	add("≥", n.Minimum)
	add(">", n.Above)
	add("≤", n.Maximum)
	var additional formatNode
	switch {
	case n.Const != nil:
		return fmt.Sprintf("`%v`", n.Const)
	case n.Enum != nil:
		return "`" + strings.Join(n.Enum, "`, `") + "`"
	case n.Items != nil && n.MaxItems != nil:
		return fmt.Sprintf("array of %s, at most %d", n.Items.kind(), *n.MaxItems)
	case n.Items != nil:
		return "array of " + n.Items.kind()
	case n.Type == "object" && json.Unmarshal(n.Additional, &additional) == nil:
		return "object of " + additional.kind()
	case n.Pattern != "":
		return n.Type + " like `" + n.Pattern + "`"
	}
	return strings.TrimSpace(n.Type + " " + strings.Join(bounds, ", "))
}
