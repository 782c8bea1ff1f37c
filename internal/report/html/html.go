// Package html writes a report as one page that needs nothing else: no network, no other
// file. A section is data for the template of package assets, and beside it what the
// charts of that section draw.
package html

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"sync"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/assets"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// bundle is the script that draws the charts.
const bundle = "vendor/charts.js"

// page is the template.
var page = sync.OnceValues(func() (*template.Template, error) {
	return template.ParseFS(assets.Files, "report.html")
})

// Write writes one page that needs nothing else: no network, no other file. It
// works without scripts, too, but for the charts. A bench that was built without
// the charts' bundle says so instead.
func Write(w io.Writer, m *view.Model) error {
	script, err := assets.Files.ReadFile(bundle)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New("run make build, which bundles the charts from npm; the other formats work without them",
			"this bench was built without the charts of the HTML report")
	}
	if err != nil {
		return fmt.Errorf("read the charts: %w", err)
	}
	raw, err := Packed(*m.Doc)
	if err != nil {
		return err
	}
	return Page(w, m, string(script), raw)
}

// Page writes the page with the script that draws and the data that it
// offers for download.
func Page(w io.Writer, m *view.Model, script, raw string) error {
	style, err := assets.Files.ReadFile("report.css")
	if err != nil {
		return fmt.Errorf("read the style: %w", err)
	}
	t, err := page()
	if err != nil {
		return fmt.Errorf("parse the page: %w", err)
	}
	content := newPage(m)
	content.CSS = template.CSS(string(style) + "\n" + runtimeColors(m.Doc.Runtimes))
	content.Raw = template.HTML(raw) // base64: no character of it means anything to HTML
	content.Script = template.JS(script)
	charts, err := json.Marshal(chartsOf(m)) // escapes <, > and &
	if err != nil {
		return fmt.Errorf("encode the charts: %w", err)
	}
	content.Charts = template.JS(charts)
	var buffer bytes.Buffer // so that a fault of the template leaves no half page
	if err := t.Execute(&buffer, content); err != nil {
		return fmt.Errorf("render the page: %w", err)
	}
	if _, err := buffer.WriteTo(w); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// Packed is the document, compressed and in base64.
func Packed(doc results.Document) (string, error) {
	var buffer bytes.Buffer
	text := base64.NewEncoder(base64.StdEncoding, &buffer)
	zip, err := gzip.NewWriterLevel(text, gzip.BestCompression)
	if err != nil {
		return "", fmt.Errorf("pack the data: %w", err)
	}
	if err := errors.Join(results.Encode(zip, doc), zip.Close(), text.Close()); err != nil {
		return "", fmt.Errorf("pack the data: %w", err)
	}
	return buffer.String(), nil
}
