package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/assets"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

var update = flag.Bool("update", false, "write the golden files anew")

// htmlBody is the page without what would only bloat a golden file.
func htmlBody(w io.Writer, m *view.Model) error {
	var page bytes.Buffer
	if err := writePage(&page, m, "// charts", "…"); err != nil {
		return err
	}
	text := regexp.MustCompile(`(?s)<style>.*</style>`).ReplaceAllString(page.String(), "<style>…</style>")
	_, err := io.WriteString(w, text)
	return err
}

// wholePage has everything but the bundle.
func wholePage(w io.Writer, m *view.Model) error {
	raw, err := packed(*m.Doc)
	if err != nil {
		return err
	}
	return writePage(w, m, "// charts", raw)
}

var goldens = map[string]Reporter{
	".txt":    func(w io.Writer, m *view.Model) error { return Terminal(w, m, Style{Width: 110}) },
	".80.txt": func(w io.Writer, m *view.Model) error { return Terminal(w, m, Style{Width: 80}) },
	".md":     Markdown,
	".csv":    CSV,
	".html":   htmlBody,
}

func TestGolden(t *testing.T) {
	for _, name := range reporttest.Names() {
		doc := reporttest.Fixture(name)
		if err := doc.Check(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for suffix, reporter := range goldens {
			t.Run(name+suffix, func(t *testing.T) {
				got := reporttest.Render(t, reporter, view.Build(doc))
				path := filepath.Join("testdata", name+suffix)
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("got another report (-want +got; -update writes it anew):\n%s", diff)
				}
			})
		}
	}
}

// The same document gives the same bytes, also after it was saved and loaded.
func TestSameDocumentSameBytes(t *testing.T) {
	doc := reporttest.Fixture("missing")
	var saved bytes.Buffer
	if err := results.Encode(&saved, doc); err != nil {
		t.Fatal(err)
	}
	loaded, err := results.Parse(saved.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for name, reporter := range map[string]Reporter{"terminal": reporters[0].reporter, "html": wholePage, "markdown": Markdown, "csv": CSV, "json": JSON} {
		first := reporttest.Render(t, reporter, view.Build(doc))
		if second := reporttest.Render(t, reporter, view.Build(doc)); first != second {
			t.Errorf("%s: got other bytes the second time", name)
		}
		if third := reporttest.Render(t, reporter, view.Build(loaded)); first != third {
			t.Errorf("%s: got other bytes from the loaded document:\n%s", name, cmp.Diff(first, third))
		}
	}
	var after bytes.Buffer
	if err := results.Encode(&after, doc); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(saved.Bytes(), after.Bytes()) {
		t.Error("got the document changed by the reports")
	}
}

func TestTerminalFits(t *testing.T) {
	for _, name := range reporttest.Names() {
		doc := reporttest.Fixture(name)
		for _, width := range []int{60, 80, 120} {
			text := reporttest.Render(t, func(w io.Writer, m *view.Model) error { return Terminal(w, m, Style{Width: width}) }, view.Build(doc))
			for _, line := range strings.Split(text, "\n") {
				if n := utf8.RuneCountInString(line); n > width && name != "huge" { // whose name alone is 43 columns
					t.Errorf("%s at %d: got a line of %d columns: %s", name, width, n, line)
				}
			}
		}
	}
}

func TestTerminalColours(t *testing.T) {
	doc := reporttest.Fixture("missing")
	coloured := reporttest.Render(t, func(w io.Writer, m *view.Model) error { return Terminal(w, m, Style{Color: true, Width: 100}) }, view.Build(doc))
	plain := reporttest.Render(t, func(w io.Writer, m *view.Model) error { return Terminal(w, m, Style{Width: 100}) }, view.Build(doc))
	if strings.Contains(plain, "\x1b") {
		t.Error("got escapes without colour")
	}
	if !strings.Contains(coloured, "\x1b[1m") {
		t.Error("got no bold with colour")
	}
	if got := regexp.MustCompile(`\x1b\[[0-9]+m`).ReplaceAllString(coloured, ""); got != plain {
		t.Errorf("got other words with colour:\n%s", cmp.Diff(plain, got))
	}
}

// The page asks for nothing from anywhere, and holds the document.
func TestPageIsSelfContained(t *testing.T) {
	doc := reporttest.Fixture("failed")
	page := reporttest.Render(t, wholePage, view.Build(doc))
	for _, pattern := range []string{`(?i)<(link|img|iframe|object|embed)\b`, `(?i)\b(src|srcset|action|poster)=`, `(?i)url\(\s*['"]?\s*(https?:)?//`, `@import`, `href="[^#]`} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			t.Errorf("got %q, want no reference out of the page", found)
		}
	}
	if !strings.Contains(page, `default-src 'none'`) {
		t.Error("got no content security policy")
	}
	raw := regexp.MustCompile(`(?s)id="raw">(.*?)</script>`).FindStringSubmatch(page)
	if raw == nil {
		t.Fatal("got no data in the page")
	}
	zip, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(raw[1])))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	if want := reporttest.Render(t, JSON, view.Build(doc)); string(got) != want {
		t.Error("got other data in the page than the document")
	}
	for _, hostile := range []string{"<b>500</b>", "<minimal>"} {
		if strings.Contains(page, hostile) {
			t.Errorf("got %s unescaped in the page", hostile)
		}
	}
}

func TestPageOfTheDefaultRunIsSmall(t *testing.T) {
	page := reporttest.Render(t, wholePage, view.Build(reporttest.Fixture("default")))
	if want := 3<<20 - 700<<10; len(page) > want {
		t.Errorf("got %d bytes without the bundle of 600 KB, want less than %d", len(page), want)
	}
}

func TestHTMLWithoutTheBundleSaysSo(t *testing.T) {
	err := HTML(io.Discard, view.Build(reporttest.Fixture("nothing")))
	if _, missing := assets.Files.ReadFile(bundle); missing == nil {
		if err != nil {
			t.Errorf("got %v, want no error with the bundle built", err)
		}
		return
	}
	if err == nil || !strings.Contains(fault.Hint(err), "make build") {
		t.Errorf("got %v, want a fault whose hint is make build", err)
	}
}

func TestCSVHasOneWidth(t *testing.T) {
	seen := map[string]bool{}
	for _, doc := range []results.Document{reporttest.Fixture("missing"), reporttest.Fixture("disk"), reporttest.Fixture("streamed"), reporttest.ThroughAPI()} {
		records, err := csv.NewReader(strings.NewReader(reporttest.Render(t, CSV, view.Build(doc)))).ReadAll() // checks the width itself
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			seen[r[17]] = true
		}
	}
	for _, metric := range append(view.Metrics, view.OperationMetrics...) {
		if !seen[metric.ID] {
			t.Errorf("got no line for %s", metric.ID)
		}
	}
}

func TestByName(t *testing.T) {
	for _, format := range Formats() {
		if reporter, err := ByName(format); err != nil || reporter == nil {
			t.Errorf("%s: got %v", format, err)
		}
	}
	if _, err := ByName("pdf"); !fault.IsUsage(err) || !strings.Contains(fault.Hint(err), "markdown") {
		t.Errorf("got %v, want a usage error that names the formats", err)
	}
}

func TestWriteFileLeavesNoHalf(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "report.md")
	full := errors.New("no space left on device")
	err := WriteFile(path, view.Build(results.Document{}), func(w io.Writer, _ *view.Model) error {
		if _, err := w.Write(make([]byte, 1<<16)); err != nil {
			return err
		}
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("got %d files, %v; want none", len(left), err)
	}
	if err := WriteFile(path, view.Build(reporttest.Fixture("small")), Markdown); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 || info.Mode().Perm() != 0o644 {
		t.Errorf("got %v, %v; want a readable file", info, err)
	}
}

// The surfaces that colours are made readable on are those of the style sheet.
func TestSurfacesMatchTheStyle(t *testing.T) {
	style, err := assets.Files.ReadFile("report.css")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`--surface: (#[0-9a-f]{6});`).FindAllStringSubmatch(string(style), -1)
	if len(found) != 3 || found[0][1] != lightSurface.String() || found[1][1] != darkSurface.String() || found[2][1] != darkSurface.String() {
		t.Errorf("got the surfaces %v, want %s and twice %s", found, lightSurface, darkSurface)
	}
}

func TestReadableColours(t *testing.T) {
	for _, color := range []string{"#ffff00", "#00add8", "#ffffff", "#000000", "#16191d", "#3178c6"} {
		for _, surface := range []rgb{lightSurface, darkSurface} {
			if got := contrast(parseColor(readable(color, surface)), surface); got < 2.95 {
				t.Errorf("%s on %s: got a contrast of %.2f, want 3", color, surface, got)
			}
		}
	}
	if got := readable("#3178c6", lightSurface); got != "#3178c6" {
		t.Errorf("got %s, want a readable colour kept", got)
	}
}

// A person reads the terminal's report without scrolling.
func TestTerminalIsAScreenful(t *testing.T) {
	for _, name := range reporttest.Names() {
		text := reporttest.Render(t, func(w io.Writer, m *view.Model) error { return Terminal(w, m, Style{Width: 80}) }, view.Build(reporttest.Fixture(name)))
		screen := 50
		if name == "missing" { // what lost the function that it stands beside has a table of its own
			screen = 80
		}
		if n := strings.Count(text, "\n"); n > screen {
			t.Errorf("%s: got %d lines of 80 columns, want %d at most", name, n, screen)
		}
	}
}
