// Package report knows the forms that a report of a result document has, and writes one
// to a file. Each form is a package of its own below this one: a pure function of the
// same view (view.Build), so that the same document gives the same bytes, and no two
// forms disagree. Nothing here measures or stores anything.
//
//	reporter, err := report.ByName("html")
//	if err != nil { … }
//	err = report.WriteFile("report.html", view.Build(doc), reporter)
package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/bencher"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/benchstat"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/csv"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/html"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/markdown"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/terminal"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Reporter writes one form of a report.
type Reporter func(io.Writer, *view.Model) error

var reporters = []struct {
	name     string
	reporter Reporter
}{
	{"terminal", func(w io.Writer, m *view.Model) error { return terminal.Write(w, m, terminal.Style{}) }},
	{"html", html.Write},
	{"markdown", markdown.Write},
	{"csv", csv.Write},
	{"csv-raw", csv.WriteRaw},
	{"json", JSON},
	{"benchstat", benchstat.Write},
	{"bencher", bencher.Write},
}

// Formats are the names that ByName knows.
func Formats() []string {
	var names []string
	for _, r := range reporters {
		names = append(names, r.name)
	}
	return names
}

// ByName returns the reporter of that format. The terminal's is without colour
// and 100 columns wide; use terminal.Write for others.
func ByName(format string) (Reporter, error) {
	for _, r := range reporters {
		if r.name == format {
			return r.reporter, nil
		}
	}
	return nil, fault.Usage("formats: "+strings.Join(Formats(), ", "), "unknown format %q", format)
}

// JSON writes the document itself.
func JSON(w io.Writer, m *view.Model) error { return results.Encode(w, *m.Doc) }

// WriteFile writes a report to path, whole or not at all.
func WriteFile(path string, m *view.Model, reporter Reporter) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fault.New("name a file in a folder that can be written", "write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(file.Close()), os.Remove(file.Name()))
		}
	}()
	buffered := bufio.NewWriter(file)
	if err := reporter(buffered, m); err != nil {
		return err
	}
	if err := errors.Join(buffered.Flush(), file.Chmod(0o644), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
