package scaffold

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/yamltext"
)

// call is a function of CloudFormation, in either spelling: !Ref Name is Ref, and so
// is {"Ref": "Name"}.
type call struct {
	name string // without Fn::
	on   any
}

func (c call) String() string { return "!" + c.name + " " + fmt.Sprint(c.on) }

// template is a file of YAML or JSON: maps, lists, scalars and calls.
type template struct {
	file  string // as messages name it
	root  any
	lines map[string]int // of each key, by the keys that lead to it, with dots between
}

// parse reads YAML or JSON. A library's own reading into Go values refuses or drops
// the tags of CloudFormation.
func parse(name, text string) (template, error) {
	t := template{file: name, root: map[string]any{}, lines: map[string]int{}}
	file, err := yamltext.Parse([]byte(text))
	if err != nil {
		return t, fmt.Errorf("read YAML: %s", strings.SplitN(err.Error(), "\n", 2)[0])
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return t, nil
	}
	t.root, err = (&tree{anchors: map[string]any{}, lines: t.lines}).value(file.Docs[0].Body, "")
	return t, err
}

// where is a place in the file, for a person: with its line, if there is such a key.
func (t template) where(keys string) string {
	if line, ok := t.lines[keys]; ok {
		return fmt.Sprintf("%s:%d: %s", t.file, line, keys)
	}
	return t.file + ": " + keys
}

type tree struct {
	anchors map[string]any
	lines   map[string]int
}

// value is what a node stands for; keys are those that lead to it.
func (t *tree) value(node ast.Node, keys string) (any, error) {
	switch n := node.(type) {
	case nil:
		return nil, nil
	case *ast.MappingNode:
		return t.mapping(n.Values, keys)
	case *ast.MappingValueNode:
		return t.mapping([]*ast.MappingValueNode{n}, keys)
	case *ast.SequenceNode:
		list := []any{}
		for i, one := range n.Values {
			v, err := t.value(one, below(keys, strconv.Itoa(i)))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case *ast.TagNode:
		v, err := t.value(n.Value, keys)
		name := strings.TrimPrefix(n.Start.Value, "!")
		if strings.HasPrefix(name, "!") { // YAML's own, such as !!str
			return v, err
		}
		return call{name: name, on: v}, err
	case *ast.AnchorNode:
		v, err := t.value(n.Value, keys)
		t.anchors[n.Name.GetToken().Value] = v
		return v, err
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, nil // as it is written: an account's id may begin with 0
	case *ast.AliasNode:
		return t.anchors[n.Value.GetToken().Value], nil
	}
	var v any
	if err := yaml.NodeToValue(node, &v); err != nil {
		return nil, fmt.Errorf("read YAML: %w", err)
	}
	return v, nil
}

func (t *tree) mapping(values []*ast.MappingValueNode, keys string) (any, error) {
	m := map[string]any{}
	for _, one := range values {
		key := one.Key.GetToken()
		v, err := t.value(one.Value, below(keys, key.Value))
		if err != nil {
			return nil, err
		}
		if one.Key.IsMergeKey() {
			more, _ := v.(map[string]any)
			for key, value := range more {
				if _, own := m[key]; !own {
					m[key] = value
				}
			}
			continue
		}
		m[key.Value] = v
		t.lines[below(keys, key.Value)] = key.Position.Line
	}
	if len(m) == 1 {
		for key, v := range m {
			if short, ok := strings.CutPrefix(key, "Fn::"); ok || key == "Ref" {
				return call{name: short, on: v}, nil
			}
		}
	}
	return m, nil
}

func below(keys, key string) string {
	if keys == "" {
		return key
	}
	return keys + "." + key
}

// at is the value at a path of keys, nil where there is none.
func at(value any, keys ...string) any {
	for _, key := range keys {
		m, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = m[key]
	}
	return value
}

// text is a scalar's, "" of anything else.
func text(value any) string {
	switch v := value.(type) {
	case nil, map[string]any, []any, call:
		return ""
	case string:
		return v
	}
	return fmt.Sprint(value)
}
