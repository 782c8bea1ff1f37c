package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/csv"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/html"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/markdown"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/terminal"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

var update = flag.Bool("update", false, "write the golden files anew")

// htmlBody is the page without what would only bloat a golden file.
func htmlBody(w io.Writer, m *view.Model) error {
	var page bytes.Buffer
	if err := html.Page(&page, m, "// charts", "…"); err != nil {
		return err
	}
	text := regexp.MustCompile(`(?s)<style>.*</style>`).ReplaceAllString(page.String(), "<style>…</style>")
	_, err := io.WriteString(w, text)
	return err
}

// wholePage has everything but the bundle.
func wholePage(w io.Writer, m *view.Model) error {
	raw, err := html.Packed(*m.Doc)
	if err != nil {
		return err
	}
	return html.Page(w, m, "// charts", raw)
}

var goldens = map[string]Reporter{
	".txt":    func(w io.Writer, m *view.Model) error { return terminal.Write(w, m, terminal.Style{Width: 110}) },
	".80.txt": func(w io.Writer, m *view.Model) error { return terminal.Write(w, m, terminal.Style{Width: 80}) },
	".md":     markdown.Write,
	".csv":    csv.Write,
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
	for name, reporter := range map[string]Reporter{"terminal": reporters[0].reporter, "html": wholePage, "markdown": markdown.Write, "csv": csv.Write, "json": JSON} {
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
	if err := WriteFile(path, view.Build(reporttest.Fixture("small")), markdown.Write); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 || info.Mode().Perm() != 0o644 {
		t.Errorf("got %v, %v; want a readable file", info, err)
	}
}
