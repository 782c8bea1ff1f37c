package toolchain

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// word is one word of a candidate after expansion.
type word struct {
	text string
	// glob: it has an unquoted *, ? or [.
	glob bool
}

// Split splits a line as a shell would: blanks part words, quotes and
// backslashes keep them together, ~ at a word's beginning is the home folder,
// $NAME and ${NAME} are variables (not inside single quotes). There is no other
// syntax. An unset variable is an error: its candidate can't be meant.
func Split(line string, getenv func(string) (string, bool)) ([]string, error) {
	words, err := split(line, getenv)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return texts, nil
}

var variable = regexp.MustCompile(`^(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))`)

func split(line string, getenv func(string) (string, bool)) ([]word, error) {
	var words []word
	var text strings.Builder
	inWord, glob := false, false
	var quote byte
	finish := func() {
		if inWord {
			words = append(words, word{text.String(), glob})
			text.Reset()
			inWord, glob = false, false
		}
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\'' && quote == 0, c == '"' && quote == 0:
			quote, inWord = c, true
		case c == quote && quote != 0:
			quote = 0
		case c == '$' && quote != '\'':
			match := variable.FindStringSubmatch(line[i+1:])
			if match == nil {
				return nil, fmt.Errorf("a $ without a variable's name in %q", line)
			}
			name := match[1] + match[2]
			value, ok := getenv(name)
			if !ok || value == "" {
				return nil, fmt.Errorf("$%s is not set", name)
			}
			text.WriteString(value)
			inWord = true
			i += len(match[0])
		case quote == '\'':
			text.WriteByte(c)
		case c == '\\':
			if i+1 == len(line) {
				return nil, fmt.Errorf("a backslash at the end of %q", line)
			}
			i++
			text.WriteByte(line[i])
			inWord = true
		case quote != 0:
			text.WriteByte(c)
		case c == ' ' || c == '\t' || c == '\n':
			finish()
		case c == '~' && !inWord && (i+1 == len(line) || line[i+1] == '/' || line[i+1] == ' '):
			home, ok := getenv("HOME")
			if !ok || home == "" {
				return nil, fmt.Errorf("$HOME is not set")
			}
			text.WriteString(home)
			inWord = true
		default:
			if strings.IndexByte("*?[", c) >= 0 {
				glob = true
			}
			text.WriteByte(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("an open quote in %q", line)
	}
	finish()
	if len(words) == 0 {
		return nil, fmt.Errorf("no command in %q", line)
	}
	return words, nil
}

// commands expands one candidate into the commands to run: more than one where
// its program is a glob, the highest version first.
func commands(candidate string, getenv func(string) (string, bool)) ([][]string, error) {
	words, err := split(candidate, getenv)
	if err != nil {
		return nil, err
	}
	programs := []string{words[0].text}
	if words[0].glob {
		programs, err = filepath.Glob(words[0].text)
		if err != nil {
			return nil, fmt.Errorf("glob %q: %w", words[0].text, err)
		}
		if len(programs) == 0 {
			return nil, fmt.Errorf("no file matches")
		}
		slices.SortFunc(programs, func(a, b string) int { return natural(b, a) })
	}
	var all [][]string
	for _, p := range programs {
		if strings.Contains(p, "/") && !filepath.IsAbs(p) {
			return nil, fmt.Errorf("a relative path: begin with / or ~, or give a name alone")
		}
		command := []string{p}
		for _, w := range words[1:] {
			command = append(command, w.text)
		}
		all = append(all, command)
	}
	return all, nil
}

// natural compares as people do: 3.9 before 3.13.
func natural(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da > 0 && db > 0 {
			na, nb := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(b[:db], "0")
			if len(na) != len(nb) {
				return len(na) - len(nb)
			}
			if c := strings.Compare(na, nb); c != 0 {
				return c
			}
			a, b = a[da:], b[db:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

// digits counts the digits at the beginning.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
