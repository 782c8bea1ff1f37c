package bench

import (
	"strings"
	"unicode"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// evidenceBytes is how much is kept of what a failure left.
const evidenceBytes = 1 << 10

// leastLines is the room, in bytes, in which the end of a log says anything.
const leastLines = 80

// evidence is what a wrong answer left: the beginning of its body, the last lines that
// the function printed as far as there is room, and what is known of the cause.
func evidence(reply target.Reply) string {
	if room := evidenceBytes - len(reply.Hint) - 1; len(reply.Body) > 0 {
		text := beginning(string(reply.Body), room)
		if room -= len(text) + 1; room >= leastLines {
			text = strings.Trim(text+"\n"+lastLines(string(reply.Log), room), "\n")
		}
		return withHint(text, reply.Hint)
	}
	return printed(string(reply.Log), reply.Hint)
}

// printed is what a function left that died: the last lines of its log, and what is
// known of the cause.
func printed(log, hint string) string {
	return withHint(lastLines(log, evidenceBytes-len(hint)-1), hint)
}

func withHint(text, hint string) string { return strings.Trim(text+"\n"+hint, "\n") }

// beginning is at most limit bytes of a text, without half a character.
func beginning(text string, limit int) string {
	text = printable(text)
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit-len("…")], "") + "…"
}

// printable is a text that can do nothing to a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// platform begins the lines of a log that Lambda writes.
var platform = []string{"START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START ", "INIT_REPORT "}

// lastLines are the last lines of a log that are the function's own, of at most limit
// bytes.
func lastLines(log string, limit int) string {
	var kept []string
	size := 0
	lines := strings.Split(printable(log), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimRight(lines[i], "\r\t ")
		if line == "" || fromPlatform(line) {
			continue
		}
		if size += len(line) + 1; size > limit {
			if len(kept) == 0 { // a single line that is too long
				return "…" + strings.ToValidUTF8(line[len(line)-limit+len("…"):], "")
			}
			break
		}
		kept = append([]string{line}, kept...)
	}
	return strings.Join(kept, "\n")
}

func fromPlatform(line string) bool {
	for _, begin := range platform {
		if strings.HasPrefix(line, begin) {
			return true
		}
	}
	return false
}
