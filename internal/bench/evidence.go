package bench

import (
	"strings"
	"unicode"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// evidenceBytes is how much is kept of what a failure left.
const evidenceBytes = 1 << 10

// evidence is what a wrong answer left: the beginning of its body, or, where there is
// none, the last lines that the function printed.
func evidence(reply target.Reply) string {
	if len(reply.Body) > 0 {
		return beginning(string(reply.Body))
	}
	return lastLines(string(reply.Log))
}

// beginning is at most evidenceBytes of a text, without half a character.
func beginning(text string) string {
	text = printable(text)
	if len(text) <= evidenceBytes {
		return text
	}
	return strings.ToValidUTF8(text[:evidenceBytes-len("…")], "") + "…"
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

// lastLines are the last lines of a log that are the function's own, of at most
// evidenceBytes.
func lastLines(log string) string {
	var kept []string
	size := 0
	lines := strings.Split(printable(log), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimRight(lines[i], "\r\t ")
		if line == "" || fromPlatform(line) {
			continue
		}
		if size += len(line) + 1; size > evidenceBytes {
			if len(kept) == 0 { // a single line that is too long
				return "…" + strings.ToValidUTF8(line[len(line)-evidenceBytes+len("…"):], "")
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
