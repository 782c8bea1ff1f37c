package main

import (
	"go/ast"
	"go/constant"
	"go/printer"
	"go/types"
	"strings"
	"time"
)

// define notes the values of our variables that are given one constant and nothing else.
func (i *inspector) define(file *ast.File) {
	set := func(name, value ast.Expr) {
		ident, ok := name.(*ast.Ident)
		if !ok {
			return
		}
		if object := i.info.Defs[ident]; object != nil && value != nil {
			i.values[object] = i.info.Types[value].Value
		} else if object := i.info.Uses[ident]; object != nil {
			i.values[object] = nil
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for at, name := range n.Lhs {
				if len(n.Lhs) == len(n.Rhs) {
					set(name, n.Rhs[at])
				}
			}
		case *ast.ValueSpec:
			for at, name := range n.Names {
				if len(n.Names) == len(n.Values) {
					set(name, n.Values[at])
				}
			}
		}
		return true
	})
}

// valueOf returns the text of the constant that a name of ours stands for, if it is one.
func (i *inspector) valueOf(name *ast.Ident) string {
	object := i.info.Uses[name]
	value := i.values[object]
	if c, ok := object.(*types.Const); ok && c.Pkg() != nil && c.Pkg().Path() == i.path {
		value = c.Val()
	}
	if value == nil {
		return ""
	}
	if named, ok := object.Type().(*types.Named); ok && named.String() == "time.Duration" {
		if nanoseconds, exact := constant.Int64Val(constant.ToInt(value)); exact {
			return time.Duration(nanoseconds).String()
		}
	}
	return value.ExactString()
}

// source is code as it is written, on one line, with commas between expressions, and
// with constants in the place of their names.
func (i *inspector) source(list ...ast.Expr) string {
	texts := make([]string, len(list))
	for at, n := range list {
		names := map[*ast.Ident]string{}
		ast.Inspect(n, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok {
				if value := i.valueOf(name); value != "" {
					names[name], name.Name = name.Name, value
				}
			}
			return true
		})
		var text strings.Builder
		if err := printer.Fprint(&text, i.files, n); err != nil {
			return err.Error()
		}
		for name, before := range names {
			name.Name = before
		}
		texts[at] = strings.Join(strings.Fields(text.String()), " ")
	}
	return strings.Join(texts, ", ")
}
