// Package yamltext reads YAML that people have written: go-yaml's parser and decoder,
// whose panics over some broken texts are errors here.
package yamltext

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Decode is yaml.UnmarshalWithOptions.
func Decode(text []byte, into any, options ...yaml.DecodeOption) (err error) {
	defer broken(&err)
	return yaml.UnmarshalWithOptions(text, into, options...)
}

// Parse is parser.ParseBytes without comments.
func Parse(text []byte) (file *ast.File, err error) {
	defer broken(&err)
	return parser.ParseBytes(text, 0)
}

func broken(err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("it is broken in a way that can't be told more exactly (%v)", cause)
	}
}
