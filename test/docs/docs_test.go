package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

var (
	fence   = regexp.MustCompile("(?ms)^[ \t]*```[a-z]*\n.*?^[ \t]*```[ \t]*$")
	code    = regexp.MustCompile("`[^`\n]+`")
	heading = regexp.MustCompile(`(?m)^(#{1,6}) (.+)$`)
	figure  = regexp.MustCompile(`[+−-]?\d[\d,.]*\d|\d`)
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shape is what must be the same in both languages: the levels of headings, commands, and
// the figures of measured tables, which are those with numbers on their right.
func shape(page string) map[string][]string {
	parts := map[string][]string{}
	for _, block := range fence.FindAllString(page, -1) {
		for line := range strings.Lines(block) {
			command, _, _ := strings.Cut(line, " #") // remarks are translated
			parts["code"] = append(parts["code"], strings.TrimSpace(command))
		}
	}
	page = fence.ReplaceAllString(page, "")
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		parts["headings"] = append(parts["headings"], m[1])
	}
	measured := false
	for line := range strings.Lines(page) {
		switch {
		case !strings.HasPrefix(line, "|"):
			measured = false
		case strings.HasPrefix(line, "|--"):
			measured = strings.Contains(line, "--:")
		case measured:
			parts["figures"] = append(parts["figures"], strings.Join(figure.FindAllString(line, -1), " "))
		}
	}
	return parts
}

// The German page has the English one's headings, commands and figures: whoever changes
// one has to change the other.
func TestReadmes(t *testing.T) {
	english, german := shape(read(t, "README.md")), shape(read(t, "README.de.md"))
	for _, part := range []string{"headings", "code", "figures"} {
		if len(english[part]) == 0 {
			t.Errorf("README.md: got no %s", part)
		}
		if !slices.Equal(english[part], german[part]) {
			t.Errorf("%s: README.md and README.de.md differ:\n  %q\n  %q", part, english[part], german[part])
		}
	}
}

// The index names every page: one that is on no list is found by nobody.
func TestIndexNamesEveryPage(t *testing.T) {
	index := read(t, "docs/README.md")
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 20 {
		t.Errorf("got %d pages, want those of docs", len(pages))
	}
	for _, page := range pages {
		if name := filepath.Base(page); name != "README.md" && !strings.Contains(index, "]("+name+")") {
			t.Errorf("docs/README.md: got no link to %s, want one under its reader", name)
		}
	}
}

// What troubleshooting.md says that the tool prints is in its sources.
func TestTroubleshootingQuotes(t *testing.T) {
	var sources strings.Builder
	for _, dir := range []string{"cmd", "internal", "config"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			sources.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	quotes := 0
	for line := range strings.Lines(read(t, "docs/troubleshooting.md")) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		for _, quote := range code.FindAllString(cells[1], -1) {
			quotes++
			if quote = strings.Trim(quote, "`"); !strings.Contains(sources.String(), quote) {
				t.Errorf("troubleshooting.md: nothing prints %q", quote)
			}
		}
	}
	if quotes < 20 {
		t.Errorf("got %d quotes, want at least 20", quotes)
	}
}
