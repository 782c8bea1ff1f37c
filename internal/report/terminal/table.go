package terminal

import (
	"strings"
	"unicode/utf8"
)

// column is a column of a text table. Narrow terminals lose the columns of the
// highest drop first; zero is never dropped.
type column[T any] struct {
	head string
	left bool // aligned left
	drop int
	cell func(T) string
}

// textTable lays rows out within width columns. It returns the lines, the heads
// first, and the heads that did not fit.
func textTable[T any](columns []column[T], rows []T, width int) (lines []string, dropped []string) {
	for {
		cells := make([][]string, 0, len(rows)+1)
		head := make([]string, len(columns))
		for i, c := range columns {
			head[i] = c.head
		}
		cells = append(cells, head)
		for _, row := range rows {
			line := make([]string, len(columns))
			for i, c := range columns {
				line[i] = c.cell(row)
			}
			cells = append(cells, line)
		}
		widths := make([]int, len(columns))
		total := 2 * (len(columns) - 1)
		for i := range columns {
			for _, line := range cells {
				widths[i] = max(widths[i], utf8.RuneCountInString(line[i]))
			}
			total += widths[i]
		}
		victim := -1
		for i, c := range columns {
			if c.drop > 0 && (victim < 0 || c.drop >= columns[victim].drop) {
				victim = i
			}
		}
		if total > width && victim >= 0 {
			dropped = append(dropped, columns[victim].head)
			columns = append(columns[:victim:victim], columns[victim+1:]...)
			continue
		}
		for _, line := range cells {
			lines = append(lines, alignLine(columns, widths, line))
		}
		return lines, dropped
	}
}

func alignLine[T any](columns []column[T], widths []int, line []string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(line[i]))
		if c.left {
			parts[i] = line[i] + space
		} else {
			parts[i] = space + line[i]
		}
	}
	return strings.TrimRight(strings.Join(parts, "  "), " ")
}

// wrap breaks text between words into lines of at most width runes; a longer
// word stays whole, and a "%" stays with its number. The first line begins with
// label, the others with as much space.
func wrap(label, text string, width int) []string {
	var words []string
	for _, word := range strings.Fields(text) {
		if strings.HasPrefix(word, "%") && len(words) > 0 {
			words[len(words)-1] += " " + word
			continue
		}
		words = append(words, word)
	}
	indent := strings.Repeat(" ", utf8.RuneCountInString(label))
	var lines []string
	line := label
	for i, word := range words {
		switch {
		case i == 0:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = indent + word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
