package reporttest

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"
)

// ReadCSV returns the lines of what write makes of a model.
func ReadCSV[M any](t *testing.T, write func(io.Writer, M) error, model M) [][]string {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(Render(t, write, model))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// Render returns what write makes of a model.
func Render[M any](t *testing.T, write func(io.Writer, M) error, model M) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, model); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
