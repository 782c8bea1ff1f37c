package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

const (
	maxBodyBytes        = 65_536
	maxDepth            = 32
	maxNameRunes        = 100
	maxDescriptionRunes = 1000
	maxPrice            = 1_000_000
	maxPriceDecimals    = 2
	maxLimit            = 100
	defaultLimit        = 20
)

// page is a part of the table and the token of the next part.
type page struct {
	Items     []store.Item `json:"items"`
	NextToken string       `json:"nextToken,omitempty"`
}

// parseFields reads a request body and returns a *problem if it is not an
// object of valid fields.
//
// Decoding into a struct would not do: encoding/json then matches names without
// regard to case. A map of raw values keeps names exact and lets the last
// duplicate win, and the raw text still tells an escaped lone surrogate, which
// encoding/json replaces silently, from a replacement character.
func parseFields(body []byte) (store.Fields, error) {
	// encoding/json replaces invalid UTF-8, takes null for a map, and follows
	// nesting further down than this API does.
	if !utf8.Valid(body) || !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return store.Fields{}, errBody
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return store.Fields{}, errBody
	}
	for name := range members {
		if name != "name" && name != "description" && name != "price" {
			return store.Fields{}, errBody
		}
	}
	if depth(body) > maxDepth {
		return store.Fields{}, errBody
	}

	var f store.Fields
	var errs []fieldError
	var ok bool
	if f.Name, ok = parseName(members["name"]); !ok {
		errs = append(errs, fieldError{"name", "must be a string of 1 to 100 characters"})
	}
	if f.Description, ok = parseDescription(members["description"]); !ok {
		errs = append(errs, fieldError{"description", "must be a string of at most 1000 characters"})
	}
	if f.Price, ok = parsePrice(members["price"]); !ok {
		errs = append(errs, fieldError{"price", "must be a number from 0 to 1000000 with at most 2 decimal places"})
	}
	if errs != nil {
		return store.Fields{}, invalidFields(errs)
	}
	return f, nil
}

func parseName(raw json.RawMessage) (string, bool) {
	s, ok := parseText(raw)
	s = strings.Trim(s, "\t\n\r ")
	return s, ok && s != "" && utf8.RuneCountInString(s) <= maxNameRunes
}

func parseDescription(raw json.RawMessage) (string, bool) {
	if raw == nil || string(raw) == "null" {
		return "", true
	}
	s, ok := parseText(raw)
	return s, ok && utf8.RuneCountInString(s) <= maxDescriptionRunes
}

// parseText returns the string that raw stands for, and false if raw is no
// string, or one with a lone surrogate or a control character other than tab,
// line feed and carriage return.
func parseText(raw json.RawMessage) (string, bool) {
	var s string
	if len(raw) == 0 || raw[0] != '"' || hasLoneSurrogate(raw) || json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	isControl := func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }
	return s, !strings.ContainsFunc(s, isControl)
}

// hasLoneSurrogate looks for an escaped UTF-16 surrogate without its other half
// in a valid JSON string. Unescaped ones cannot occur in valid UTF-8.
func hasLoneSurrogate(raw []byte) bool {
	high := false // The escape right before was the first half of a pair.
	for i := 0; i < len(raw); i++ {
		var unit uint64
		if raw[i] == '\\' {
			i++
			if raw[i] == 'u' {
				unit, _ = strconv.ParseUint(string(raw[i+1:i+5]), 16, 16)
				i += 4
			}
		}
		low := unit >= 0xDC00 && unit <= 0xDFFF
		if high != low {
			return true
		}
		high = unit >= 0xD800 && unit <= 0xDBFF
	}
	return false // A string ends with a quote, so no first half is left over.
}

// parsePrice accepts a number in range whose shortest decimal that gives the
// same double has at most two decimal places.
func parsePrice(raw json.RawMessage) (float64, bool) {
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return 0, false
	}
	price, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || price < 0 || price > maxPrice {
		return 0, false
	}
	_, decimals, _ := strings.Cut(strconv.FormatFloat(price, 'f', -1, 64), ".")
	return price + 0, len(decimals) <= maxPriceDecimals // -0 + 0 is 0.
}

// depth returns how deep a valid JSON text is nested.
func depth(text []byte) int {
	deepest, depth, inString := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// isID reports whether s is a UUID in its canonical form: lower case, with
// hyphens, without braces or a prefix.
func isID(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && id.String() == s
}

// parseLimit reads the limit's query values; none means the default.
func parseLimit(values []string) (int, error) {
	if len(values) == 0 {
		return defaultLimit, nil
	}
	limit, err := strconv.Atoi(values[0])
	if err != nil || len(values) > 1 || limit < 1 || limit > maxLimit || strconv.Itoa(limit) != values[0] {
		return 0, errLimit
	}
	return limit, nil
}

// parseNextToken returns the id that the token's query values stand for, or ""
// if there is no token.
func parseNextToken(values []string) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(values[0])
	if err != nil || len(values) > 1 || base64.RawURLEncoding.EncodeToString(raw) != values[0] {
		return "", errNextToken
	}
	id, err := uuid.FromBytes(raw)
	if err != nil {
		return "", errNextToken
	}
	return id.String(), nil
}

// nextToken is the token of the page after the item with this id.
func nextToken(id string) (string, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(parsed[:]), nil
}
