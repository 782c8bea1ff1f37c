// Package fault carries what a person needs beside an error: a hint on what to
// do next, and whether the tool was called wrongly (exit code 2) or the work
// failed (exit code 1). It does not print: cmd/bench does.
//
//	return fault.Usage("known runtimes: go, python", "unknown runtime %q", name)
package fault

import (
	"errors"
	"fmt"
)

// Error is an error with a hint. Unwrap gives the cause, if there is one.
type Error struct {
	err   error
	hint  string
	usage bool
}

func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the error that the message was made from.
func (e *Error) Unwrap() error { return e.err }

// Hint says in one line what to do about it.
func (e *Error) Hint() string { return e.hint }

// New is a failure of the work: exit code 1. The format takes %w.
func New(hint, format string, args ...any) error {
	return &Error{err: fmt.Errorf(format, args...), hint: hint}
}

// Usage is a mistake of the caller: exit code 2. The format takes %w.
func Usage(hint, format string, args ...any) error {
	return &Error{err: fmt.Errorf(format, args...), hint: hint, usage: true}
}

// Hint returns the first hint in err's chain, or "".
func Hint(err error) string {
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) {
		return hinter.Hint()
	}
	return ""
}

// IsUsage reports whether the caller made the mistake.
func IsUsage(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.usage
}
