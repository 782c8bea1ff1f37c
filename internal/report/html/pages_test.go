package html

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/assets"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

var pages = flag.String("pages", "", "write the whole page of every fixture into this folder, for test/browser")

// Whole pages with the bundle are small: that of the default run, or, with a
// folder, those of all fixtures.
func TestPages(t *testing.T) {
	if _, err := assets.Files.ReadFile(bundle); err != nil {
		t.Skip("the charts are not bundled: make report-assets")
	}
	names := []string{"default"}
	if *pages != "" {
		names = reporttest.Names()
	}
	for _, name := range names {
		page := reporttest.Render(t, Write, view.Build(reporttest.Fixture(name)))
		if len(page) > 3<<20 {
			t.Errorf("%s: got %d bytes, want less than 3 MB", name, len(page))
		}
		if *pages == "" {
			continue // nobody wants the files
		}
		if err := os.WriteFile(filepath.Join(*pages, name+".html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		var document bytes.Buffer
		if err := results.Encode(&document, reporttest.Fixture(name)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*pages, name+".json"), document.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHTMLWithoutTheBundleSaysSo(t *testing.T) {
	err := Write(io.Discard, view.Build(reporttest.Fixture("nothing")))
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
