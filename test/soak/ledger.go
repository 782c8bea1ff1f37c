package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
)

// ledger has a line for each call. A call's number is in its request id, so that a
// line of a log finds its call in no time, and nothing here grows during a run.
type ledger struct {
	prefix string // of request ids
	calls  int
	mu     sync.Mutex
	next   int
	over   bool
	lines  []line
	answer []outcome // of whoever made the call

	strangers atomic.Int64 // lines of a log about calls that nobody made
}

// line is what the log said of a call: how often it began, ended and was reported,
// and the report's own words. Whoever holds the log's lock writes it.
type line struct {
	starts, ends, reports uint8
	status                uint8
}

// What reports say of how a call ended.
const (
	fine uint8 = iota
	timedOut
	failed
)

func newLedger(seed uint64, calls int) *ledger {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seed)
	text := hex.EncodeToString(b[:])
	return &ledger{
		prefix: text[:8] + "-" + text[8:12] + "-4" + text[13:16] + "-8000-",
		calls:  calls, lines: make([]line, calls), answer: make([]outcome, calls),
	}
}

// take is the number of the next call, false when all have been made.
func (l *ledger) take() (int, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || l.next == l.calls {
		return 0, false
	}
	l.next++
	return l.next - 1, true
}

// shut ends the run before all calls have been made.
func (l *ledger) shut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

// made is how many calls have been begun.
func (l *ledger) made() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}

func (l *ledger) id(n int) string { return fmt.Sprintf("%s%012x", l.prefix, n) }

// number is the call with that request id, at the beginning of a text.
func (l *ledger) number(text []byte) (int, bool) {
	if len(text) < 36 || !bytes.HasPrefix(text, []byte(l.prefix)) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(text[len(l.prefix):36]), 16, 64)
	return int(n), err == nil && int(n) < l.calls
}

// book is one environment's log: a writer that counts platform lines.
type book struct {
	ledger *ledger
	rest   []byte // of a line that is not whole yet
}

var platform = []struct {
	mark  []byte
	count func(*line, []byte)
}{
	{[]byte("START RequestId: "), func(l *line, _ []byte) { l.starts++ }},
	{[]byte("END RequestId: "), func(l *line, _ []byte) { l.ends++ }},
	{[]byte("REPORT RequestId: "), func(l *line, text []byte) {
		l.reports++
		parsed, ok := report.Parse(string(text))
		switch {
		case !ok || parsed.Status == "error":
			l.status = failed
		case parsed.Status == "timeout":
			l.status = timedOut
		}
	}},
}

// Write counts the lines in b. What a function printed before it died may have no end:
// a mark counts wherever it stands.
func (b *book) Write(p []byte) (int, error) {
	b.rest = append(b.rest, p...)
	text := b.rest
	for {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			break
		}
		b.line(text[:i])
		text = text[i+1:]
	}
	b.rest = append(b.rest[:0], text...)
	return len(p), nil
}

func (b *book) line(text []byte) {
	for _, p := range platform {
		i := bytes.Index(text, p.mark)
		if i < 0 {
			continue
		}
		if n, ok := b.ledger.number(text[i+len(p.mark):]); ok {
			p.count(&b.ledger.lines[n], text[i:])
		} else {
			b.ledger.strangers.Add(1)
		}
		return
	}
}

// close compares what was answered with what the log says, call by call.
func (l *ledger) close(r *result) {
	made := l.made()
	for n := range made {
		got, logged := l.answer[n], l.lines[n]
		if got == unanswered {
			r.violate("call %d was sent and has no answer", n)
		}
		if logged.starts != 1 || logged.ends != 1 || logged.reports != 1 {
			r.violate("call %d (%s): the log has %d START, %d END, %d REPORT, want 1 of each", n, got, logged.starts, logged.ends, logged.reports)
			continue
		}
		r.Logged++
		if want := got.status(); logged.status != want {
			r.violate("call %d (%s): the REPORT says %d, want %d", n, got, logged.status, want)
		}
	}
	if strangers := l.strangers.Load(); strangers > 0 {
		r.violate("the log has %d lines about calls that nobody made", strangers)
	}
	r.Sent = made
}
