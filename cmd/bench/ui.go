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
	"sync"

	"github.com/vbauerster/mpb/v8"
	"golang.org/x/term"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

type ui struct {
	stdout, stderr io.Writer
	terminal       bool // standard error is one that can be redrawn
	mu             sync.Mutex
	drawn          *mpb.Progress // what is redrawn at the moment; nil for nothing
	drawers        int           // how many bars are in it
}

func newUI(stdout, stderr io.Writer) *ui {
	return &ui{stdout: stdout, stderr: stderr, terminal: columns(stderr) > 0 && os.Getenv("TERM") != "dumb"}
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
	if n := columns(w); n > 0 {
		return n
	}
	return 100
}

// columns is 0 where w is no terminal, or one of no size, as programs that record others
// make them: nothing can be drawn there.
func columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return n
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
	line := fmt.Sprintf(format+"\n", args...)
	if u.drawn != nil { // above the bars, which stay the last lines
		if _, err := u.drawn.Write([]byte(line)); err == nil {
			return
		}
	}
	fmt.Fprint(u.stderr, line)
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
