package report

import (
	"errors"
	"io"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

var errNotYet = errors.New("this report is not written yet")

// Terminal writes a screenful for a person.
func Terminal(w io.Writer, doc results.Document, style Style) error { return errNotYet }

// HTML writes one self-contained page.
func HTML(w io.Writer, doc results.Document) error { return errNotYet }

// Markdown writes tables for a pull request or a README.
func Markdown(w io.Writer, doc results.Document) error { return errNotYet }

// CSV writes every figure of every cell.
func CSV(w io.Writer, doc results.Document) error { return errNotYet }
