package contract

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a path and a query may hold is drawn from the whole of Unicode: runtimes
// have ideas of their own of what is space, a digit or a letter, and which
// characters end a path.

// drawnFrom are the classes that character classes of a language's own are about:
// rare in all of Unicode, and so drawn by themselves. The last is of characters on
// which URL parsers, regular expressions and JSON disagree.
var drawnFrom = [][]rune{
	runes(unicode.White_Space), runes(unicode.Cf), runes(unicode.Cc), runes(unicode.Nd),
	runes(unicode.Mn), runes(unicode.Lt), runes(unicode.Pattern_Syntax), runes(unicode.Noncharacter_Code_Point), runes(unicode.Co),
	[]rune("#\\;|%\u0085\u00a0\u2028\u2029\ufeff"),
}

func runes(table *unicode.RangeTable) []rune {
	const most = 2000 // of private use there are 137,468, all alike
	var all []rune
	add := func(from, to, stride rune) {
		for r := from; r <= to && len(all) < most; r += stride {
			all = append(all, r)
		}
	}
	for _, r := range table.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range table.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return all
}

// character is any that UTF-8 has.
func (g *drawing) character() rune {
	p := g.IntN(100)
	r := rune(g.IntN(unicode.MaxRune + 1))
	switch {
	case p < 30:
		r = rune('!' + g.IntN('~'-'!'+1))
	case p < 60:
		r = pick(g, pick(g, drawnFrom))
	case p < 70:
		r = rune(g.IntN(0x800))
	case p < 85:
		r = rune(g.IntN(0x10000))
	}
	if !utf8.ValidRune(r) { // a surrogate
		return unicode.ReplacementChar
	}
	return r
}

// strange is a text of 1 to most characters, or a naughty one, as it may stand in a
// request's first line.
func (g *drawing) strange(most int) string {
	text := pick(g, naughty)
	if g.chance(70) {
		text = ""
		for range 1 + g.IntN(most) {
			text += string(g.character())
		}
	}
	encoded := 10 // percent of the characters that are escaped, where nothing asks for it
	if g.chance(20) {
		encoded = 100
	}
	var out strings.Builder
	for _, r := range text {
		// No request line has these, and a question mark ends a path.
		if must := r <= ' ' || r == 0x7f || r == '?'; must || g.chance(encoded) {
			for _, b := range []byte(string(r)) {
				fmt.Fprintf(&out, "%%%02X", b)
			}
			continue
		}
		out.WriteRune(r)
	}
	return strings.ReplaceAll(out.String(), "${", "$%7B") // would be a placeholder
}

// strangeID is no id, but may be nearly one.
func (g *drawing) strangeID() string {
	id := []rune(pick(g, []string{noID, "6f9619ff-8b86-4011-b42d-00c04fc964ff"}))
	at := g.IntN(len(id))
	switch p := g.IntN(100); {
	case p < 20:
		return string(id) + g.strange(2)
	case p < 30:
		return g.strange(2) + string(id)
	case p < 45:
		return string(id[:at]) + g.strange(1) + string(id[at+1:])
	}
	return g.strange(8)
}

func (g *drawing) strangePath() string {
	return pick(g, []string{
		"/" + g.strange(6), "/items" + g.strange(2), "/items/" + g.strangeID(), "/items/" + g.strangeID(), "/items/" + g.strangeID() + "/" + g.strange(3),
		"/" + g.strange(2) + "items", "/health" + g.strange(2), "/metrics" + g.strange(2), "/items/" + g.strangeID() + "#" + g.strange(2), "/" + g.strange(3) + "/" + g.strangeID(),
	})
}

// naughty are texts that programs have stumbled over: each looks like something
// that it is not meant to be.
var naughty = []string{
	// nothing, and kinds of it
	"nil", "NIL", "none", "(null)", "void 0", "NaN", "-Infinity", "1/0", "\\0", "\x00", "\x00x", "\ufeff", "\ufffe", "\uffff", "\ufffd", "\u200b", "\u2060", "\u00ad", "\u034f", "\u115f", "\u3164", "\u180e",
	// space that is seen by some
	"\u00a0", "a\u00a0b", "\u0085", "\u1680", "\u2003", "\u2028", "\u2029x", "\u202f", "\u205f", "\u3000", "\t", "\r\n", "\v\f", "\x1c\x1d\x1e\x1f",
	// numbers in other clothes
	"١٢٣", "１２３", "𝟏𝟐𝟑", "½", "ⅷ", "²", "1e999", "0x1p-2", "-0", "+1", "1_000", "1.0.0", "0777", "²³/₄", "٪", "1\u066b5", "9223372036854775808",
	// letters that change their number, or their neighbours
	"ß", "ẞ", "ŉ", "ΐ", "ﬃ", "İ", "ı", "ǅ", "ς", "K", "Å", "e\u0301", "\u0301", "a\u0308\u0323", "각", "각", "\u0e33", "ﷺ", "Ⱥ", "ᾳ", "ſ", "i\u0307",
	// directions
	"\u202eabc", "\u202dabc\u202c", "\u2066\u2069", "\u200f\u200e", "שלום", "مرحبا", "a\u061cb", "\U000e0001\U000e007f",
	// pictures of several characters
	"👍🏽", "👩‍👩‍👧‍👦", "🏴\U000e0067\U000e0062\U000e007f", "🇩🇪🇫🇷", "☺\ufe0f", "1\ufe0f\u20e3", "\ufe0f", "\u200d", "🫠", "\U0001f3ff", "\U0010ffff", "\U000f0000", "\U0001d11e",
	// ends and beginnings of paths, queries and other things
	"#", "#x", "x#y", "##", "%23", "%2F", "/", "//", "\\", "..\\..", "....//", ";", ";x=1", "&", "&amp;", "=", "@", ":", ":80", "*", "**", "~", "~user", "|", "^", "`", "[", "]", "{", "}", "{{7*7}}", "<%= 7 %>", "#{7}", "$(id)", "`id`", "$HOME", "%HOME%", "%s%n", "%d", "{0}", "!!", "!x",
	"con", "nul.txt", "aux:", "x:$data", ".htaccess", ".git", "file:x", "javascript:0", "data:,x", "http:x", "//host/x", "\\\\host\\x",
	// words of other languages
	"'", "\"", "''", "' or ''='", "\" or 1=1 --", "); drop table items", "/*", "--", "<b>", "</x>", "<!--", "]]>", "&#0;", "<?x?>", "<!DOCTYPE x>", "__proto__", "constructor.prototype", "()=>0", "(?:", "(a+)+$", "[^", "\\u0041", "\\x41", "&nbsp", "%u0041", "\x1b[31m", "\a\b", "=1+1", "@x", "-x", "--help", "-rf",
}
