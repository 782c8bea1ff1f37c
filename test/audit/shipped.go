package main

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// thing is what one lock file, or one of our programs, brings to users.
type thing struct {
	name string // of its bill, such as lambdas-python
	kind kind
	path string // of the lock file or the program's package, from the root
}

type kind string

const (
	goProgram kind = "Go"
	npmLock   kind = "npm"
	pipLock   kind = "PyPI"
	cargoLock kind = "Cargo"
	mavenPOM  kind = "Maven"
)

// shipped are the lock files of everything that is deployed, shipped, or fetched by
// bench when it runs, and our Go programs, which share a go.sum. What only tests
// and checks need is none of it.
func shipped(ctx context.Context, root string) ([]thing, error) {
	list := exec.CommandContext(ctx, "git", "ls-files")
	list.Dir = root
	files, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list the files of the repository: %w", err)
	}
	return things(strings.Fields(string(files))), nil
}

func things(files []string) []thing {
	kinds := map[string]kind{"package-lock.json": npmLock, "requirements.txt": pipLock, "Cargo.lock": cargoLock, "pom.xml": mavenPOM}
	var found []thing
	for _, file := range files {
		dir := path.Dir(file)
		if strings.HasPrefix(file, "test/") || strings.Contains(file, "testdata/") || strings.HasSuffix(dir, "class-check") {
			continue
		}
		name := strings.NewReplacer("/", "-", ".", "").Replace(dir)
		if dir == "." {
			name = "cdk-command"
		}
		if k, ok := kinds[path.Base(file)]; ok {
			if slices.ContainsFunc(found, func(t thing) bool { return t.name == name }) {
				name += "-" + strings.ToLower(string(k))
			}
			found = append(found, thing{name: name, kind: k, path: file})
		}
		// A Go runtime's program, and ours: what else lies below them has no more modules.
		if path.Base(file) == "main.go" && (strings.HasPrefix(dir, "cmd/") || path.Dir(dir) == "lambdas") {
			found = append(found, thing{name: name, kind: goProgram, path: dir})
		}
	}
	return found
}
