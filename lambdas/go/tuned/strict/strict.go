// Package strict reads and writes bodies with encoding/json alone, and takes nothing
// but what the API allows, to the letter.
package strict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/problem"
)

const maxDepth = 32

// Write answers with v as JSON.
func Write(c *gin.Context, status int, v any) error {
	body, err := encode(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	c.Status(status)
	_, err = c.Writer.Write(body)
	return err
}

// encode encodes without a trailing newline and without escaping what only HTML
// needs escaped.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Read returns a *problem.Problem if the body is not an object of valid fields.
func Read(c *gin.Context) (item.Fields, error) {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return item.Fields{}, err
	}
	return parse(body)
}

// parse keeps the values raw at first. Decoding into a struct would not do: encoding/json then matches names without
// regard to case. A map of raw values keeps names exact and lets the last
// duplicate win, and the raw text still tells an escaped lone surrogate, which
// encoding/json replaces silently, from a replacement character.
func parse(body []byte) (item.Fields, error) {
	// encoding/json replaces invalid UTF-8, takes null for a map, and follows
	// nesting further down than this API does.
	if !utf8.Valid(body) || !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return item.Fields{}, problem.Body
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return item.Fields{}, problem.Body
	}
	for name := range members {
		if name != "name" && name != "description" && name != "price" {
			return item.Fields{}, problem.Body
		}
	}
	if depth(body) > maxDepth {
		return item.Fields{}, problem.Body
	}

	name, nameOK := parseText(members["name"])
	description, descriptionOK := "", true
	if raw := members["description"]; raw != nil && string(raw) != "null" {
		description, descriptionOK = parseText(raw)
	}
	price, priceOK := parseNumber(members["price"])
	nameOK = nameOK && item.ValidName(name)
	descriptionOK = descriptionOK && item.ValidDescription(description)
	priceOK = priceOK && item.ValidPrice(price)
	if !nameOK || !descriptionOK || !priceOK {
		return item.Fields{}, problem.Fields(!nameOK, !descriptionOK, !priceOK)
	}
	return item.NewFields(name, description, price), nil
}

// parseText returns the string that raw stands for, and false if raw is no
// string, or one with a lone surrogate.
func parseText(raw json.RawMessage) (string, bool) {
	var s string
	if len(raw) == 0 || raw[0] != '"' || hasLoneSurrogate(raw) || json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
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

// parseNumber returns false if raw is no number, or one that no double holds.
func parseNumber(raw json.RawMessage) (float64, bool) {
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return 0, false
	}
	number, err := strconv.ParseFloat(string(raw), 64)
	return number, err == nil
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
