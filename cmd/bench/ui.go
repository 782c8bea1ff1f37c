package main

// How bench talks, and the only file that does:
//
//   - Data goes to standard output, words for people to standard error.
//   - An error is one line "error: …", followed by "hint: …" when there is
//     something to do about it. No stack, no "failed to".
//   - A warning is a full sentence and says what follows from it.
//   - Anything that takes over two seconds shows progress: bars on a terminal,
//     one line per finished step elsewhere.
//   - Colour only on a terminal, never with NO_COLOR or TERM=dumb.

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

type ui struct {
	stdout, stderr io.Writer
	terminal       bool // standard error is one that can be redrawn
	mu             sync.Mutex
}

func newUI(stdout, stderr io.Writer) *ui {
	return &ui{stdout: stdout, stderr: stderr, terminal: isTerminal(stderr) && os.Getenv("TERM") != "dumb"}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colour reports whether w may carry colours.
func colour(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// width of w in columns: a terminal's own, else what a log line bears.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return 100
}

func (u *ui) paint(code, text string) string {
	if !colour(u.stderr) {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Say prints one line for a person.
func (u *ui) Say(format string, args ...any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	fmt.Fprintf(u.stderr, format+"\n", args...)
}

// Warn prints one full sentence.
func (u *ui) Warn(format string, args ...any) {
	u.Say("%s %s", u.paint("33", "warning:"), fmt.Sprintf(format, args...))
}

// Error prints err, every error that was joined into it, and their hints.
func (u *ui) Error(err error) {
	var several interface{ Unwrap() []error }
	if errors.As(err, &several) && fault.Hint(err) == "" {
		for _, one := range several.Unwrap() {
			u.Error(one)
		}
		return
	}
	u.Say("%s %s", u.paint("31", "error:"), err)
	if hint := fault.Hint(err); hint != "" {
		u.Say("%s %s", u.paint("36", "hint:"), hint)
	}
}

// JSON prints a value as indented JSON: data, so to standard output.
func (u *ui) JSON(value any) error {
	encoder := json.NewEncoder(u.stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return nil
}

// bar is the progress of one piece of work of known length.
type bar struct {
	u        *ui
	name     string
	total    int
	done     int
	last     time.Time
	started  time.Time
	note     string
	progress *mpb.Progress
	inner    *mpb.Bar
	mu       sync.Mutex
}

// Bar starts showing progress of total steps. On a terminal it is a bar with
// the time left; elsewhere a line every ten seconds, so that a log stays short.
func (u *ui) Bar(name string, total int) *bar {
	b := &bar{u: u, name: name, total: total, started: time.Now(), last: time.Now()}
	if u.terminal {
		b.progress = mpb.New(mpb.WithOutput(u.stderr), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
		b.inner = b.progress.AddBar(int64(total),
			mpb.PrependDecorators(decor.Name(name+" "), decor.CountersNoUnit("%d/%d")),
			mpb.AppendDecorators(decor.OnComplete(decor.Any(func(s decor.Statistics) string { return b.left() }), "done"),
				decor.Any(func(decor.Statistics) string { return b.text() })),
			mpb.BarRemoveOnComplete(),
		)
	}
	return b
}

func (b *bar) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.note == "" {
		return ""
	}
	return "  " + b.note
}

func (b *bar) left() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.leftLocked()
}

func (b *bar) leftLocked() string {
	if b.done == 0 {
		return ""
	}
	elapsed := time.Since(b.started)
	left := time.Duration(float64(elapsed) / float64(b.done) * float64(b.total-b.done))
	return roughly(left) + " left"
}

// Step moves the bar on by one; note says what it is about.
func (b *bar) Step(note string) {
	b.mu.Lock()
	b.done++
	b.note = note
	line := ""
	if b.inner == nil && (time.Since(b.last) > 10*time.Second) && b.done < b.total {
		b.last = time.Now()
		line = fmt.Sprintf("%s %d/%d, %s", b.name, b.done, b.total, b.leftLocked())
	}
	b.mu.Unlock()
	if b.inner != nil {
		b.inner.Increment()
	}
	if line != "" {
		b.u.Say("%s", line)
	}
}

// Note says what goes on between two steps.
func (b *bar) Note(text string) {
	b.mu.Lock()
	b.note = text
	b.mu.Unlock()
	if b.inner == nil {
		b.u.Say("%s", text)
	}
}

// End takes the bar away, whether or not it was completed.
func (b *bar) End() {
	if b.inner == nil {
		return
	}
	b.inner.Abort(true)
	b.progress.Wait()
}

// roughly prints a duration as a person says it: 4m10s, 12s, 0.3s.
func roughly(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return d.Round(time.Second).String()
	default:
		text := d.Round(time.Second).String()
		if strings.HasSuffix(text, "m0s") {
			return strings.TrimSuffix(text, "0s")
		}
		return text
	}
}

// plural counts: "1 artifact is", "3 artifacts are".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
