package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheWallsTestsExist: docs/security.md says of each wall which test tries it.
func TestTheWallsTestsExist(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, pattern := range []string{"internal/engine/*_test.go", "internal/engine/sandbox/*_test.go", "stacks/*_test.go"} {
		files, err := filepath.Glob("../../" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", pattern, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(content)
		}
	}
	names := regexp.MustCompile("`(Test[A-Za-z0-9]+)(?:/([^`]+))?`").FindAllStringSubmatch(string(page), -1)
	if len(names) < 30 {
		t.Errorf("got %d tests' names, want one for each wall", len(names))
	}
	for _, name := range names {
		if !strings.Contains(sources.String(), "func "+name[1]+"(") {
			t.Errorf("there is no test %s", name[1])
		}
		if name[2] != "" && !strings.Contains(sources.String(), `"`+name[2]+`"`) {
			t.Errorf("%s has no case %q", name[1], name[2])
		}
	}
	// And none of its attacks is left out.
	attacks, err := os.ReadFile("../../internal/engine/attacks_linux_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range regexp.MustCompile(`(?m)^\t\t\{"([^"]+)", (?:map|")`).FindAllStringSubmatch(string(attacks), -1) {
		if !strings.Contains(string(page), "`TestAttacksAreRefused/"+row[1]+"`") {
			t.Errorf("docs/security.md does not say who refuses %q", row[1])
		}
	}
}
