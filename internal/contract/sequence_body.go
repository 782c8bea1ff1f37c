package contract

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// body draws the body of a create or a replacement. The tables that it draws
// from are JSON as it is written, so that each spelling of a value is one.
func (g *drawing) body(r *CaseRequest, m mood) {
	members := [][2]string{{`"name"`, g.name(valid)}, {`"price"`, g.price(valid)}}
	if g.chance(60) {
		members = append(members, [2]string{`"description"`, g.description(valid)})
	}
	g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	if m != valid {
		members = g.twistMembers(members)
	}
	style := pick(g, styles)
	var parts []string
	for _, member := range members {
		parts = append(parts, style.before+member[0]+style.colon+member[1])
	}
	text := "{" + strings.Join(parts, ",") + style.after + "}"
	if m == hostile {
		text = g.twistText(text)
	}
	if m == nearly && g.chance(8) {
		r.Size = pick(g, []int{65535, 65536, 65537, 70000, 131072})
	}
	r.Base64 = g.chance(10)
	switch {
	case m == hostile && g.chance(8):
		r.Encoding = pick(g, []string{"utf-8-bom", "utf-16", "utf-16le", "utf-16be"})
		r.Base64 = g.chance(90)
	case !utf8.ValidString(text):
		r.Hex, r.Size = hex.EncodeToString([]byte(text)), 0
		r.Base64 = g.chance(90)
		return
	}
	r.Body = &text
}

func (g *drawing) name(m mood) string {
	if m == valid {
		if g.chance(30) {
			return g.text(1+g.IntN(30), goodCharacters)
		}
		return pick(g, goodNames)
	}
	if g.chance(30) {
		return g.text(g.IntN(110), append(goodCharacters, oddCharacters...))
	}
	return pick(g, append(oddStrings, oddValues...))
}

func (g *drawing) description(m mood) string {
	if m == valid {
		return pick(g, append(goodNames, `null`, `""`, `" "`, `"${repeat:1000:x}"`, `"${repeat:1000:👍}"`, g.text(g.IntN(60), goodCharacters)))
	}
	if g.chance(30) {
		return g.text(g.IntN(60), append(goodCharacters, oddCharacters...))
	}
	return pick(g, append(append(oddStrings, oddValues...), `"${repeat:1001:x}"`, `"${repeat:1001:👍}"`, `"${repeat:501:\ud83d\udc4d}"`))
}

func (g *drawing) text(length int, characters []string) string {
	var out strings.Builder
	out.WriteByte('"')
	for range length {
		out.WriteString(pick(g, characters))
	}
	out.WriteByte('"')
	return out.String()
}

func (g *drawing) price(m mood) string {
	if m == valid {
		if g.chance(50) {
			cents := g.IntN(100_000_001)
			return fmt.Sprintf("%d.%02d", cents/100, cents%100)
		}
		return pick(g, goodPrices)
	}
	if g.chance(30) {
		return g.number()
	}
	return pick(g, append(oddPrices, oddValues...))
}

// number is any, in any spelling that a number may have, and some that it may
// not.
func (g *drawing) number() string {
	digits := func(most int) string {
		var out strings.Builder
		for range g.IntN(most + 1) {
			out.WriteByte(pick(g, []byte("0123456789990")))
		}
		return out.String()
	}
	n := pick(g, []string{"", "", "", "-", "+"}) + pick(g, []string{"0", "1" + digits(6), "9" + digits(5), digits(25)})
	if g.chance(60) {
		n += "." + digits(pick(g, []int{1, 2, 3, 20}))
	}
	if g.chance(40) {
		n += pick(g, []string{"e", "E"}) + pick(g, []string{"", "+", "-"}) + digits(pick(g, []int{1, 1, 2, 4}))
	}
	return n
}

// twistMembers makes one thing odd about an object.
func (g *drawing) twistMembers(members [][2]string) [][2]string {
	at := g.IntN(len(members))
	replace := func(name, value string) [][2]string {
		for i := range members {
			if members[i][0] == name {
				members[i][1] = value
				return members
			}
		}
		return append(members, [2]string{name, value})
	}
	switch p := g.IntN(100); {
	case p < 20:
		return replace(`"name"`, g.name(nearly))
	case p < 35:
		return replace(`"description"`, g.description(nearly))
	case p < 60:
		return replace(`"price"`, g.price(nearly))
	case p < 65:
		return append(members[:at:at], members[at+1:]...)
	case p < 72:
		return append(members, [2]string{pick(g, oddMembers), pick(g, append(oddValues, "1", `"x"`))})
	case p < 80: // of duplicates, the last counts
		name := members[at][0]
		odd := pick(g, append(oddValues, `"y"`, "2"))
		if g.chance(50) {
			return append([][2]string{{name, odd}}, members...)
		}
		return append(members, [2]string{name, odd})
	case p < 85:
		members[at][0] = pick(g, oddMembers)
	case p < 92: // the same name, written otherwise
		members[at][0] = strings.Replace(members[at][0], "e", pick(g, []string{`\u0065`, `\u0065`, `\x65`, "\\u0065\\u0000"}), 1)
	default:
		members[at][1] = g.nested()
	}
	return members
}

// nested is about as deep as it may be: 32, the object around it included.
func (g *drawing) nested() string {
	depth := pick(g, []int{1, 29, 30, 31, 32, 33, 100})
	if g.chance(50) {
		return fmt.Sprintf("${repeat:%d:[}${repeat:%d:]}", depth, depth)
	}
	return fmt.Sprintf(`${repeat:%d:{"a":}1`, depth) + strings.Repeat("}", depth)
}

// twistText makes something odd about a document.
func (g *drawing) twistText(s string) string {
	p := g.IntN(100)
	if strings.Contains(s, "${") {
		p %= 55 // placeholders stay whole
	}
	switch {
	case p < 35:
		return pick(g, oddDocuments)
	case p < 55:
		return pick(g, oddAround) + s + pick(g, oddAround)
	case p < 65:
		return s[:g.IntN(len(s))]
	case p < 70:
		return strings.Replace(s, "}", ",}", 1)
	case p < 75:
		return strings.ReplaceAll(s, `"`, "'")
	}
	for range 1 + g.IntN(3) {
		at := g.IntN(len(s) + 1)
		s = s[:at] + pick(g, oddBytes) + s[min(len(s), at+g.IntN(2)):]
	}
	return s
}
