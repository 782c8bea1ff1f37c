package gateway

import "strings"

// parseQuery decodes a query string as a REST API does: ";" splits as "&" does
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html),
// "+" is a space, and a name without "=" has the empty value. A percent sign that
// begins no escape stays as it is. It returns nil for an empty query.
func parseQuery(raw string) map[string][]string {
	var query map[string][]string
	pairs := strings.FieldsFunc(raw, func(c rune) bool { return c == '&' || c == ';' })
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if query == nil {
			query = make(map[string][]string, len(pairs))
		}
		name = unescape(name)
		query[name] = append(query[name], unescape(value))
	}
	return query
}

func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			out.WriteByte(' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			out.WriteByte(fromHex(s[i+1])<<4 | fromHex(s[i+2]))
			i += 2
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func fromHex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}
