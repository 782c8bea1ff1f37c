package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Response is what the client gets.
type Response struct {
	StatusCode int
	Header     http.Header
	// Body is the answer's text; API.Response decodes it where the real API does.
	Body []byte

	base64 bool // the function says that the body is
}

// MalformedError says why an answer is no proxy answer. API Gateway logs it as
// "Malformed Lambda proxy response" and answers 502.
type MalformedError struct {
	Reason string // what was got and what was wanted
	Answer []byte // the beginning of the answer
}

func (e *MalformedError) Error() string {
	return "malformed proxy answer: " + e.Reason + ": " + string(e.Answer)
}

// Hint shows the form.
func (e *MalformedError) Hint() string {
	return `an answer is {"statusCode": 200, "headers": {"name": "value"}, "multiValueHeaders": {"name": ["value"]}, "body": "text", "isBase64Encoded": false} and nothing else`
}

// The statuses that an answer may have. AWS documents no limits; below 200 HTTP has
// no final answer, from 600 on it has no class.
const (
	minStatus = 200
	maxStatus = 599
)

// FromResponse translates a function's payload into the client's response, with the
// headers that API Gateway renames, drops or adds. Anything that API Gateway would
// refuse is a *MalformedError.
func FromResponse(payload []byte) (Response, error) {
	fail := func(format string, args ...any) (Response, error) {
		return Response{}, &MalformedError{Reason: fmt.Sprintf(format, args...), Answer: excerpt(payload)}
	}

	// A map, because names are case-sensitive and unknown ones are refused:
	// encoding/json does neither for a struct.
	var members map[string]json.RawMessage
	if err := json.Unmarshal(payload, &members); err != nil {
		return fail("want a JSON object (%v)", err)
	}
	if members == nil {
		return fail("it is null, want a JSON object")
	}

	response := Response{StatusCode: http.StatusOK}
	var single map[string]string
	var multi map[string][]string
	for _, name := range sortedKeys(members) {
		value := members[name]
		if isNull(value) && name != "statusCode" && known[name] {
			continue
		}
		var err error
		switch name {
		case "statusCode":
			response.StatusCode, err = parseStatus(value)
		case "headers":
			single, err = parseHeaders(value)
		case "multiValueHeaders":
			multi, err = parseMultiHeaders(value)
		case "body":
			var body string
			if json.Unmarshal(value, &body) != nil {
				err = fmt.Errorf("want a string or null")
			}
			response.Body = []byte(body)
		case "isBase64Encoded":
			if json.Unmarshal(value, &response.base64) != nil {
				err = fmt.Errorf("want a boolean or null")
			}
		default:
			return fail("the member %q is not known", name)
		}
		if err != nil {
			return fail("%s: %v", name, err)
		}
	}
	response.Header = answerHeaders(single, multi)
	return response, nil
}

var known = set("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded")

func parseStatus(value json.RawMessage) (int, error) {
	digits := string(value)
	var text string
	if json.Unmarshal(value, &text) == nil && !isNull(value) {
		digits = text
	}
	status, err := strconv.Atoi(digits)
	if err != nil || status < minStatus || status > maxStatus {
		return 0, fmt.Errorf("got %s, want an integer from %d to %d", excerpt(value), minStatus, maxStatus)
	}
	return status, nil
}

func parseHeaders(value json.RawMessage) (map[string]string, error) {
	var raw map[string]json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return nil, fmt.Errorf("want an object")
	}
	headers := make(map[string]string, len(raw))
	for name, v := range raw {
		text, err := headerText(v)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		headers[name] = text
	}
	return headers, nil
}

func parseMultiHeaders(value json.RawMessage) (map[string][]string, error) {
	var raw map[string]json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return nil, fmt.Errorf("want an object")
	}
	headers := make(map[string][]string, len(raw))
	for name, v := range raw {
		var list []json.RawMessage
		if json.Unmarshal(v, &list) != nil || isNull(v) {
			return nil, fmt.Errorf("%q: want a list of strings", name)
		}
		for _, item := range list {
			text, err := headerText(item)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", name, err)
			}
			headers[name] = append(headers[name], text)
		}
	}
	return headers, nil
}

func headerText(value json.RawMessage) (string, error) {
	var text string
	if json.Unmarshal(value, &text) == nil && !isNull(value) {
		return text, nil
	}
	if s := string(value); s == "true" || s == "false" {
		return s, nil
	}
	return "", fmt.Errorf("got %s, want a string", excerpt(value))
}

func isNull(value json.RawMessage) bool { return string(value) == "null" }

// excerpt is at most 200 bytes, cut between characters.
func excerpt(payload []byte) []byte {
	const limit = 200
	payload = bytes.ToValidUTF8(payload, []byte("\uFFFD"))
	if len(payload) <= limit {
		return payload
	}
	end := limit
	for !utf8.RuneStart(payload[end]) {
		end--
	}
	return append(payload[:end:end], "…"...)
}

func set(names ...string) map[string]bool {
	s := make(map[string]bool, len(names))
	for _, name := range names {
		s[name] = true
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
