package report

import (
	"io"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func HTML(w io.Writer, doc results.Document) error { return fault.New("", "not yet") }
