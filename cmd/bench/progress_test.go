package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What is being done is told with its time and what it printed last, in one line.
func TestWork(t *testing.T) {
	var out bytes.Buffer
	u := newUI(&out, &out)
	w := u.Work("building rust-x86_64", "7m")
	if got, want := w.text(90*time.Second, 100), "building rust-x86_64, 1m30s of about 7m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	w.Line("   Compiling\x1b[1m tokio\r v1.54.1 \n")
	w.Line("\n")
	if got, want := w.text(91*time.Second, 100), "building rust-x86_64, 1m31s of about 7m: Compiling[1m tokio v1.54.1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := w.text(0, 20), "building rust-x86_6…"; got != want {
		t.Errorf("in 20 columns: got %q, want %q", got, want)
	}
	w.End()
	if out.Len() > 0 {
		t.Errorf("a log hears of it only after a while: got %q", out.String())
	}
}

// An installation is said at once, since much of it prints nothing for a minute.
func TestInstalling(t *testing.T) {
	var out bytes.Buffer
	u := newUI(&out, &out)
	w := u.installing("the client of nodejs24.x")
	w.Line("added 58 packages")
	w.End()
	if got, want := out.String(), "installing the client of nodejs24.x: once, and up to a minute\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A build is said to go on whether or not somebody knows how long it takes.
func TestBuildsAreShown(t *testing.T) {
	var out bytes.Buffer
	b := &buildProgress{ui: newUI(&out, &out), work: map[string]*work{}}
	b.Started("lamps-x86_64", 0)
	b.Started("rust-x86_64", 7*time.Minute)
	if got, want := out.String(), "building lamps-x86_64\nbuilding rust-x86_64 (about 7m with empty caches)\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, id := range []string{"lamps-x86_64", "rust-x86_64"} {
		b.Line(id, "Compiling")
		w := b.work[id]
		if w == nil || !strings.HasSuffix(w.text(time.Minute, 100), ": Compiling") {
			t.Errorf("%s: got nothing of what it prints", id)
			continue
		}
		w.End()
	}
}

// A bar, and what is said meanwhile, leave whole lines in a log.
func TestBarInALog(t *testing.T) {
	var out bytes.Buffer
	u := newUI(&out, &out)
	b := u.Bar("environments", 10)
	b.started, b.last = b.started.Add(-time.Minute), b.last.Add(-time.Minute)
	b.Step("go")
	b.Step("go")
	u.Say("said")
	b.End()
	b.End() // once more is nothing
	if got, want := out.String(), "environments 1/10, 9m left\nsaid\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Every environment variable that the sources read is on the page that lists them.
func TestVariablesAreListed(t *testing.T) {
	listed := ""
	for _, v := range variables {
		listed += v.name + ", "
	}
	functions := []string{"testdata", "handler", "sandboxtest", "soak"} // other programs than bench
	check := func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		for _, name := range functions {
			if d.IsDir() && d.Name() == name {
				return filepath.SkipDir
			}
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.SelectorExpr:
				name = f.Sel.Name
			case *ast.Ident:
				name = f.Name
			}
			if literal, ok := call.Args[0].(*ast.BasicLit); ok && (strings.EqualFold(name, "getenv") || name == "LookupEnv") {
				if variable, err := strconv.Unquote(literal.Value); err == nil && !strings.Contains(listed, variable+", ") {
					t.Errorf("%s reads %s, which bench environment does not list", path, variable)
				}
			}
			return true
		})
		return nil
	}
	for _, dir := range []string{".", "../../internal", "../../config"} {
		if err := filepath.WalkDir(dir, check); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenerOf(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	browser := func(names string) func(string) string { return func(string) string { return names } }
	if got, err := openerOf(browser("firefox:lynx"), "linux"); err == nil || err.Error() != "there is no firefox, no lynx, no xdg-open here" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, name := range []string{"lynx", "open", "xdg-open"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ names, system, want string }{{"firefox:lynx", "linux", "lynx"}, {"", "linux", "xdg-open"}, {"", "darwin", "open"}} {
		if got, err := openerOf(browser(c.names), c.system); err != nil || filepath.Base(got) != c.want {
			t.Errorf("BROWSER=%s on %s: got %q, %v, want %s", c.names, c.system, got, err, c.want)
		}
	}
}
