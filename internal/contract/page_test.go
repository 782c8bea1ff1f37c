package contract

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

var update = flag.Bool("update", false, "write the pages that are made from data")

// declaring is a runtime with its declared differences, for differencesPage.
type declaring struct {
	Name     string
	Declared []Declared
}

// differencesPage writes the page for an API's users, as Markdown: where the
// languages' usual libraries really differ, by what is odd about a request.
func differencesPage(w io.Writer, s Suite, runtimes []declaring) error {
	var out strings.Builder
	out.WriteString(`# Where the languages' usual libraries differ

One contract holds for all. At its edges the libraries that a language's teams use
answer otherwise, and a stock function has them as they are: these differences are
declared beside each function (` + "`lambdas/*/" + DifferencesFile + "`" + `), tested to be exactly so, and listed
here. Tuned functions have none. This page is made from those files by ` + "`go test ./internal/contract -update`" + `.

| |`)
	for _, r := range runtimes {
		fmt.Fprintf(&out, " %s |", r.Name)
	}
	out.WriteString("\n|---|" + strings.Repeat("--:|", len(runtimes)) + "\n| cases of " + fmt.Sprint(len(s.Cases)) + " that differ |")
	for _, r := range runtimes {
		fmt.Fprintf(&out, " %d |", len(casesOf(s, r.Declared)))
	}
	out.WriteString("\n")
	for _, kind := range Traits() {
		var rows strings.Builder
		for _, r := range runtimes {
			for _, d := range r.Declared {
				if d.Kind == kind {
					row := fmt.Sprintf("| %s | %s | %s | [source](%s) |\n", r.Name, strings.Join(casesOf(s, []Declared{d}), "<br>"), strings.ReplaceAll(d.What, "|", `\|`), d.Source)
					if !strings.Contains(rows.String(), row) { // else another step of the same
						rows.WriteString(row)
					}
				}
			}
		}
		if rows.Len() > 0 {
			fmt.Fprintf(&out, "\n## %s\n\n| runtime | cases | what you see | why |\n|---|---|---|---|\n%s", strings.ReplaceAll(kind, "-", " "), rows.String())
		}
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write the differences: %w", err)
	}
	return nil
}

// docs/differences.md is what the runtimes' folders say.
func TestDifferencesPage(t *testing.T) {
	root := filepath.Join("..", "..")
	suite, err := Load(api.Files)
	if err != nil {
		t.Fatal(err)
	}
	runtimes, err := config.Discover(root)
	if err != nil {
		t.Fatal(err)
	}
	var all []declaring
	for _, r := range runtimes {
		declared, err := LoadDeclared(r.Dir, suite)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, declaring{r.DisplayName, declared})
	}
	var page strings.Builder
	if err := differencesPage(&page, suite, all); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "docs", "differences.md")
	if *update {
		if err := os.WriteFile(file, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != page.String() {
		t.Error("docs/differences.md is not what the files say: go test ./internal/contract -run DifferencesPage -update")
	}
}

func TestDifferencesPageOfTwo(t *testing.T) {
	suite := small(t, 18)
	declared, err := declare(t, suite, strings.Replace(refusesTwice, "is refused", "is a|b", 1))
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := differencesPage(&page, suite, []declaring{{"Ada", declared}, {"Brook", nil}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| cases of 20 that differ | 1 | 0 |\n", "\n## duplicate names\n",
		`| Ada | a/twice | A name that is there twice is a\|b. | [source](https://example.com/issue) |`,
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("got no %q in:\n%s", want, page.String())
		}
	}
}
