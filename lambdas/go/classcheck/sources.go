package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// sources are the packages that a program is made of.
type sources struct {
	own     []ownPackage
	foreign map[string]bool // packages of third-party modules, by path
	exports map[string]string
}

// ownPackage is a package of ours; files are relative to the folder.
type ownPackage struct {
	path  string
	files []string
}

func goEnv(name string) (string, error) {
	out, err := exec.Command(goTool(), "env", name).Output()
	return strings.TrimSpace(string(out)), err
}

func goTool() string {
	if tool := os.Getenv("TOOL_GO"); tool != "" {
		return tool
	}
	return "go"
}

// load lists the packages behind the one in the folder dir.
func load(dir, tags string) (*sources, error) {
	command := exec.Command(goTool(), "list", "-deps", "-export", "-tags", tags, "-json=ImportPath,Dir,GoFiles,Export,Standard,Module", ".")
	command.Dir, command.Stderr = dir, os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages: %w", err)
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	s := &sources{foreign: map[string]bool{}, exports: map[string]string{}}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Dir, Export string
			GoFiles                 []string
			Standard                bool
			Module                  *struct{ Main bool }
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return s, nil
		} else if err != nil {
			return nil, err
		}
		s.exports[p.ImportPath] = p.Export
		switch {
		case p.Standard:
		case p.Module != nil && p.Module.Main:
			own := ownPackage{path: p.ImportPath}
			for _, file := range p.GoFiles {
				relative, err := filepath.Rel(root, filepath.Join(p.Dir, file))
				if err != nil {
					return nil, err
				}
				own.files = append(own.files, filepath.ToSlash(relative))
			}
			s.own = append(s.own, own)
		default:
			s.foreign[p.ImportPath] = true
		}
	}
}

// inspect finds the settings of libraries that a package of ours uses, and what
// it reaches behind their documented names.
func (s *sources) inspect(p ownPackage) (settings []used, private []string, err error) {
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range p.files {
		file, err := parser.ParseFile(files, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		parsed = append(parsed, file)
	}
	return s.inspectFiles(files, p.path, parsed)
}

func (s *sources) inspectFiles(files *token.FileSet, path string, parsed []*ast.File) (settings []used, private []string, err error) {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	imports := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) {
		if s.exports[path] == "" {
			return nil, fmt.Errorf("got no package %s", path)
		}
		return os.Open(s.exports[path])
	})
	if _, err := (&types.Config{Importer: imports}).Check(path, files, parsed, info); err != nil {
		return nil, nil, err
	}
	i := inspector{sources: s, files: files, info: info, path: path, values: map[types.Object]constant.Value{}}
	for _, file := range parsed {
		i.define(file)
	}
	for _, file := range parsed {
		i.private(file)
		i.file(file)
	}
	return i.settings, i.problems, nil
}

type inspector struct {
	*sources
	files    *token.FileSet
	info     *types.Info
	path     string                          // of the package that is read
	values   map[types.Object]constant.Value // of our variables that never get another
	settings []used
	problems []string
}

// private wants no way around a library's documented names. That internal packages
// and names in lower case stay out of reach is the compiler's own matter.
func (i *inspector) private(file *ast.File) {
	for _, spec := range file.Imports {
		switch path := strings.Trim(spec.Path.Value, `"`); path {
		case "reflect", "unsafe", "plugin", "C":
			i.problems = append(i.problems, fmt.Sprintf("%s: imports %s, which reaches private names", i.where(spec.Pos()), path))
		}
		if spec.Name != nil && spec.Name.Name == "." {
			i.problems = append(i.problems, fmt.Sprintf("%s: imports %s without a name, want its names told from ours", i.where(spec.Pos()), spec.Path.Value))
		}
	}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if strings.HasPrefix(comment.Text, "//go:linkname") {
				i.problems = append(i.problems, fmt.Sprintf("%s: %s reaches a private name", i.where(comment.Pos()), comment.Text))
			}
		}
	}
}

var (
	option  = regexp.MustCompile(`^((With|Without|Set|Enable|Disable|Register|Skip|Ignore|Allow)[A-Z]|GOMAXPROCS$|(Uns|S)etenv$|Clearenv$)`)
	message = regexp.MustCompile(`(Input|Request)\.`)
	options = regexp.MustCompile(`(Options|Config|Settings|Transport|Client|Dialer|Engine|Validate)$`)
)

// file finds what sets a library up: one of its variables, or a field of one of its
// types, that is written to or whose address is taken; a function such as WithTimeout
// or SetMode, whether it is called or handed on; and a literal of a type such as
// Options. What is in a request is no setting.
func (i *inspector) file(file *ast.File) {
	var above []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			above = above[:len(above)-1]
			return true
		}
		switch n := n.(type) {
		case *ast.Ident:
			i.use(n, above)
		case *ast.CompositeLit:
			i.literal(n)
		case *ast.AssignStmt:
			i.overwritten(n)
		case *ast.TypeSpec:
			if t := i.info.Types[n.Type].Type; t != nil && !n.Assign.IsValid() && i.isForeignStruct(t) {
				i.problem(n, "%s is another name of %s", n.Name.Name, t)
			}
		case *ast.CallExpr:
			if to := i.info.Types[n.Fun]; to.IsType() && i.isForeignStruct(to.Type) {
				i.problem(n, "converts to %s", to.Type)
			}
		}
		above = append(above, n)
		return true
	})
}

// use looks at a name where it is used; above are the nodes that it is part of.
func (i *inspector) use(name *ast.Ident, above []ast.Node) {
	object := i.info.Uses[name]
	if !i.isForeign(object) {
		return
	}
	var whole ast.Expr = name
	level := len(above) - 1
	if selector, ok := above[level].(*ast.SelectorExpr); ok && selector.Sel == name {
		whole, level = selector, level-1
	}
	full := i.name(name, whole)
	_, variable := object.(*types.Var)
	// What is in brackets, behind a pointer, or an element of a variable is a part of it.
	for ; level > 0; level-- {
		outer, ok := above[level].(ast.Expr)
		if !ok || partOf(outer, variable) != whole {
			break
		}
		whole = outer
	}
	switch object := object.(type) {
	case *types.Func:
		always := engine[object.Pkg().Path()] && object.Signature().Recv() == nil && !tells[object.FullName()]
		if always || option.MatchString(object.Name()) {
			i.add(full, i.text(above[level], whole, full), name.Pos())
		}
	case *types.Var:
		if i.isWritten(above[level], whole) && !message.MatchString(full) {
			i.add(full, i.text(above[level], whole, full), name.Pos())
		}
	}
}

// partOf returns what an expression in brackets, or an element, is a part of.
func partOf(n ast.Expr, elements bool) ast.Expr {
	switch n := n.(type) {
	case *ast.ParenExpr:
		return n.X
	case *ast.StarExpr:
		return n.X
	case *ast.IndexExpr:
		if elements {
			return n.X
		}
	case *ast.SliceExpr:
		return n.X
	case *ast.TypeAssertExpr:
		return n.X
	}
	return nil
}

// isWritten reports whether a statement or an expression gives what another value, or
// hands out where its value is kept.
func (i *inspector) isWritten(by ast.Node, what ast.Expr) bool {
	switch by := by.(type) {
	case *ast.AssignStmt:
		return slices.Contains(by.Lhs, what)
	case *ast.IncDecStmt:
		return true
	case *ast.RangeStmt:
		return by.Key == what || by.Value == what
	case *ast.UnaryExpr:
		return by.Op == token.AND
	case *ast.CallExpr:
		builtin, ok := by.Fun.(*ast.Ident)
		return ok && i.info.Types[builtin].IsBuiltin() && slices.Contains([]string{"clear", "copy", "delete"}, builtin.Name) && by.Args[0] == what
	}
	return false
}

// text is a setting as a manifest spells it: its full name, and what it is set to.
func (i *inspector) text(by ast.Node, what ast.Expr, name string) string {
	switch by := by.(type) {
	case *ast.AssignStmt:
		if at := slices.Index(by.Lhs, what); at >= 0 && len(by.Lhs) == len(by.Rhs) {
			return name + " " + by.Tok.String() + " " + i.source(by.Rhs[at])
		}
	case *ast.CallExpr:
		if by.Fun == what {
			return name + "(" + i.source(by.Args...) + ")"
		}
	}
	return name + ", handed on"
}

// overwritten finds a value of a library's type that is replaced as a whole, behind a pointer.
func (i *inspector) overwritten(n *ast.AssignStmt) {
	for at, target := range n.Lhs {
		whole, ok := ast.Unparen(target).(*ast.StarExpr)
		if !ok || !i.isForeignStruct(i.info.Types[whole].Type) {
			continue
		}
		if selector, ok := ast.Unparen(whole.X).(*ast.SelectorExpr); ok && i.isForeign(i.info.Uses[selector.Sel]) {
			continue // a variable of the library's, which is found by its name
		}
		named := types.Unalias(i.info.Types[whole].Type).(*types.Named).Obj()
		name := named.Pkg().Name() + "." + named.Name()
		i.add(name, name+" = "+i.source(n.Rhs[min(at, len(n.Rhs)-1)]), n.Pos())
	}
}

// isForeignStruct reports whether a type, or what it points to, is a struct of a library's.
func (i *inspector) isForeignStruct(t types.Type) bool {
	if t == nil {
		return false
	}
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || !i.isForeign(named.Obj()) {
		return false
	}
	_, ok = named.Underlying().(*types.Struct)
	return ok
}

// literal finds a literal of a type that sets a library up.
func (i *inspector) literal(n *ast.CompositeLit) {
	named, ok := types.Unalias(i.info.Types[n].Type).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || len(n.Elts) == 0 || !options.MatchString(named.Obj().Name()) || !i.isForeign(named.Obj()) {
		return
	}
	name := named.Obj().Pkg().Name() + "." + named.Obj().Name()
	i.add(name, name+"{"+i.source(n.Elts...)+"}", n.Pos())
}

// ofGo are the packages of Go's own library in which a function can be tuned.
var ofGo = map[string]bool{"crypto/tls": true, "log/slog": true, "net": true, "net/http": true, "net/http/httputil": true, "os": true, "runtime": true, "runtime/debug": true, "syscall": true}

// engine are those of which every function is a setting, but for those that only tell something.
var (
	engine = map[string]bool{"runtime": true, "runtime/debug": true, "syscall": true}
	tells  = map[string]bool{"runtime.Version": true, "runtime/debug.Stack": true, "syscall.Getrusage": true}
)

func (i *inspector) isForeign(object types.Object) bool {
	return object != nil && object.Pkg() != nil && (i.foreign[object.Pkg().Path()] || ofGo[object.Pkg().Path()])
}

// name is pkg.Name of a function or variable, and pkg.Type.Name of a method or field.
func (i *inspector) name(used *ast.Ident, whole ast.Expr) string {
	object := i.info.Uses[used]
	name := object.Pkg().Name() + "."
	selector, ok := whole.(*ast.SelectorExpr)
	if !ok {
		return name + object.Name()
	}
	if selection, ok := i.info.Selections[selector]; ok {
		receiver := types.Unalias(selection.Recv())
		if pointer, ok := receiver.(*types.Pointer); ok {
			receiver = types.Unalias(pointer.Elem())
		}
		if named, ok := receiver.(*types.Named); ok {
			name += named.Obj().Name() + "."
		}
	}
	return name + object.Name()
}

func (i *inspector) add(name, text string, at token.Pos) {
	i.settings = append(i.settings, used{name, text, i.where(at)})
}

func (i *inspector) problem(at ast.Node, format string, args ...any) {
	i.problems = append(i.problems, i.where(at.Pos())+": "+fmt.Sprintf(format, args...))
}

func (i *inspector) where(at token.Pos) string {
	position := i.files.Position(at)
	return fmt.Sprintf("%s:%d", position.Filename, position.Line)
}
