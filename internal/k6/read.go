package k6

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

const hintFile = "pass what k6 wrote with --out json=FILE or --out csv=FILE, as it is or compressed with gzip"

// File counts the points of one file: of one instance of the test.
func (r *Reader) File(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fault.Usage(hintFile, "read k6's results: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	if err := r.read(filepath.Base(path), file); err != nil {
		return fault.New(hintFile, "read %s: %w", path, err)
	}
	return nil
}

// read finds out by the first bytes what the file is.
func (r *Reader) read(name string, from io.Reader) error {
	text := bufio.NewReaderSize(from, 1<<16)
	if magic, _ := text.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		packed, err := gzip.NewReader(text)
		if err != nil {
			return err
		}
		text = bufio.NewReaderSize(packed, 1<<16)
	}
	first, err := text.Peek(1)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if len(first) == 0 {
		return errors.New("got an empty file")
	}
	r.parts++
	r.users = 0
	defer func() { r.peak += r.users }()
	if first[0] == '{' {
		err = r.readJSON(text)
	} else {
		err = r.readCSV(text)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		// An instance that was killed leaves half a line, or half a compressed block.
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s is cut off: what k6 wrote last is missing.", name))
		return nil
	}
	return err
}

// envelope is a line of k6's JSON.
type envelope struct {
	Type   string `json:"type"`
	Metric string `json:"metric"`
	Data   struct {
		Time  time.Time `json:"time"`
		Value float64   `json:"value"`
		Tags  tags      `json:"tags"`
	} `json:"data"`
}

func (r *Reader) readJSON(text *bufio.Reader) error {
	var long []byte // a line that the buffer does not hold
	for number := 1; ; number++ {
		line, err := text.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, line...)
			line, err = text.ReadSlice('\n')
		}
		if len(long) > 0 {
			line, long = append(long, line...), nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if problem := r.addJSON(line); problem != nil {
			if errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return fmt.Errorf("line %d: %w", number, problem)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

func (r *Reader) addJSON(line []byte) error {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return nil
	}
	if metric := metricOf(line); metric != "" && line[len(line)-1] == '}' && !counted(metric) {
		return nil // most lines are these: decoding them would be most of the work
	}
	var e envelope
	if err := json.Unmarshal(line, &e); err != nil {
		return err
	}
	if e.Type != "Point" {
		return nil
	}
	return r.add(point{e.Metric, e.Data.Time, e.Data.Value, e.Data.Tags})
}

// metricOf is the name of a line's metric, without decoding it.
func metricOf(line []byte) string {
	_, rest, found := bytes.Cut(line, []byte(`"metric":"`))
	if !found {
		return ""
	}
	name, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(name)
}

func (r *Reader) readCSV(text *bufio.Reader) error {
	table := csv.NewReader(text)
	table.ReuseRecord, table.FieldsPerRecord = true, -1
	head, err := table.Read()
	if err != nil {
		return err
	}
	head = slices.Clone(head)
	column := func(name string) int { return slices.Index(head, name) }
	metric, when, value, extra := column("metric_name"), column("timestamp"), column("metric_value"), column("extra_tags")
	if min(metric, when, value) < 0 {
		return fmt.Errorf("got neither JSON lines nor a table with the columns metric_name, timestamp and metric_value, but %q", shorten(strings.Join(head, ",")))
	}
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := table.FieldPos(0)
		if len(row) < len(head) {
			if _, err := table.Read(); errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return fmt.Errorf("line %d: got %d columns, wanted %d", line, len(row), len(head))
		}
		if !counted(row[metric]) {
			continue
		}
		p := point{metric: row[metric]}
		if p.time, err = parseTime(row[when]); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		if p.value, err = strconv.ParseFloat(row[value], 64); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		for i, name := range head {
			p.tags.set(name, row[i])
		}
		if extra >= 0 {
			for pair := range strings.SplitSeq(row[extra], "&") {
				name, value, _ := strings.Cut(pair, "=")
				p.tags.set(name, value)
			}
		}
		if err := r.add(p); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func shorten(text string) string {
	if len(text) > 80 {
		return text[:77] + "…"
	}
	return text
}
