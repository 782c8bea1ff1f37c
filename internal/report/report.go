// Package report turns a result document into something to read: a terminal
// table, HTML, Markdown, CSV or the document itself. Every reporter is a pure
// function of the document, so that the same document gives the same bytes, and
// all show the figures of one model (Build), so that they never disagree. The
// package measures nothing and stores nothing.
//
//	reporter, err := report.ByName("html")
//	if err != nil { … }
//	err = report.WriteFile("report.html", report.Build(doc), reporter)
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
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Reporter writes one form of a report.
type Reporter func(io.Writer, *view.Model) error

// Style is what a terminal can show.
type Style struct {
	Color bool // the caller has looked at NO_COLOR and at where the text goes
	Width int  // columns; 0 is 100
}

var reporters = []struct {
	name     string
	reporter Reporter
}{
	{"terminal", func(w io.Writer, m *view.Model) error { return Terminal(w, m, Style{}) }},
	{"html", HTML},
	{"markdown", Markdown},
	{"csv", CSV},
	{"csv-raw", CSVRaw},
	{"json", JSON},
	{"benchstat", Benchstat},
	{"bencher", Bencher},
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
// and 100 columns wide; use Terminal for others.
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
