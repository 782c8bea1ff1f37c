package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/yamltext"
)

// Problem is one mistake in a manifest.
type Problem struct {
	File         string
	Line, Column int
	Field        string // such as "variants.api.artifact"
	Got, Want    string
	Hint         string

	meant string // the field that an unknown one was probably meant to be
}

func (p Problem) String() string {
	where := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Field != "" {
		where += p.Field + ": "
	}
	return where + "got " + p.Got + ", want " + p.Want
}

// ManifestError is everything that is wrong with one manifest.
type ManifestError struct{ Problems []Problem }

func (e *ManifestError) Error() string {
	var lines []string
	for _, p := range e.Problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func manifestError(problems []Problem) error {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
	})
	return fault.Usage(problems[0].Hint, "%w", &ManifestError{Problems: problems})
}

// document is a parsed YAML file that still knows where everything stood.
type document struct {
	file  string
	root  ast.Node
	value any // as encoding/json would give it, numbers as json.Number
}

func parseDocument(file string, content []byte) (*document, *Problem) {
	d := &document{file: file}
	parsed, err := yamltext.Parse(content)
	if err != nil {
		p := d.syntaxProblem(err)
		return nil, &p
	}
	if len(parsed.Docs) != 1 || parsed.Docs[0].Body == nil {
		return nil, &Problem{File: file, Line: 1, Column: 1, Got: fmt.Sprintf("%d YAML documents", countDocs(parsed)),
			Want: "one with the fields of config/runtime.schema.json", Hint: "copy a runtime.yaml of lambdas/ to begin with"}
	}
	d.root = parsed.Docs[0].Body
	var value any
	if err := yamltext.Decode(content, &value); err != nil {
		p := d.syntaxProblem(err)
		return nil, &p
	}
	// Once through JSON, since a schema speaks about JSON values.
	encoded, err := json.Marshal(value)
	if err == nil {
		decoder := json.NewDecoder(strings.NewReader(string(encoded)))
		decoder.UseNumber()
		err = decoder.Decode(&d.value)
	}
	if err != nil {
		return nil, &Problem{File: file, Line: 1, Column: 1, Got: "YAML that JSON can't express (" + err.Error() + ")",
			Want: "plain maps, lists, strings and numbers", Hint: "quote keys that are not strings"}
	}
	return d, nil
}

func countDocs(f *ast.File) int {
	n := 0
	for _, d := range f.Docs {
		if d.Body != nil {
			n++
		}
	}
	return n
}

// syntaxProblem translates an error of the YAML library.
func (d *document) syntaxProblem(err error) Problem {
	p := Problem{File: d.file, Line: 1, Column: 1, Got: "YAML that can't be read (" + err.Error() + ")",
		Want: "valid YAML", Hint: "check indentation, quotes and colons on that line"}
	var positioned yaml.Error
	if errors.As(err, &positioned) {
		p.Got = "YAML that can't be read (" + positioned.GetMessage() + ")"
		if t := positioned.GetToken(); t != nil && t.Position != nil {
			p.Line, p.Column = t.Position.Line, t.Position.Column
		}
	}
	return p
}

// problem is a mistake at path. Where path itself is absent, the line is that of
// the nearest parent.
func (d *document) problem(path []string, got, want, hint string) Problem {
	line, column := d.position(path)
	return Problem{File: d.file, Line: line, Column: column, Field: strings.Join(path, "."), Got: got, Want: want, Hint: hint}
}

// position finds the line of a path: of its key, or of a list's element.
func (d *document) position(path []string) (line, column int) {
	line, column = 1, 1
	node := d.root
	for _, step := range path {
		var next ast.Node
		switch n := unwrap(node).(type) {
		case *ast.MappingNode:
			for _, v := range n.Values {
				if v.Key.GetToken().Value == step {
					p := v.Key.GetToken().Position
					line, column, next = p.Line, p.Column, v.Value
				}
			}
		case *ast.SequenceNode:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Values) {
				next = n.Values[i]
				if p := unwrap(next).GetToken().Position; p != nil {
					line, column = p.Line, p.Column
				}
			}
		}
		if next == nil {
			return line, column
		}
		node = next
	}
	return line, column
}

func unwrap(n ast.Node) ast.Node {
	for {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			n = v.Value
		default:
			return n
		}
	}
}
