package contract

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf16"
)

// request makes the request that a case writes.
func (r *run) request(c CaseRequest) (Request, error) {
	request := Request{Method: c.Method, Header: http.Header{}, Base64: c.Base64, SourceIP: c.SourceIP}
	if request.Method == "" {
		request.Method = http.MethodGet
	}
	var err error
	if request.Path, err = r.vars.expand(c.Path); err != nil {
		return Request{}, err
	}
	if !strings.Contains(c.Path, "${prefix}") && !strings.Contains(c.Path, "${root}") {
		request.Path = r.options.Mount + request.Path
	}
	if request.Query, err = r.vars.expand(c.Query); err != nil {
		return Request{}, err
	}
	if request.Body, err = r.body(c); err != nil {
		return Request{}, err
	}
	if request.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, v := range c.Headers {
		request.Header.Del(name)
		values, isList := v.([]any)
		if !isList && v != nil {
			values = []any{v}
		}
		for _, v := range values {
			expanded, err := r.vars.expand(fmt.Sprint(v))
			if err != nil {
				return Request{}, err
			}
			request.Header.Add(name, expanded)
		}
	}
	return request, nil
}

func (r *run) body(c CaseRequest) ([]byte, error) {
	var s string
	var err error
	switch {
	case c.Hex != "":
		b, err := hex.DecodeString(strings.ReplaceAll(c.Hex, " ", ""))
		if err != nil {
			return nil, fmt.Errorf("hex: %w", err)
		}
		return b, nil
	case c.Body != nil:
		if s, err = r.vars.expand(*c.Body); err != nil {
			return nil, err
		}
	case c.JSON != nil:
		v, err := fromYAML(c.JSON)
		if err != nil {
			return nil, err
		}
		if v, err = r.vars.expandValue(v); err != nil {
			return nil, err
		}
		s = v.encode()
	default:
		return nil, nil
	}
	if c.Size > 0 {
		if len(s) > c.Size {
			return nil, fmt.Errorf("the body has %d bytes, more than the size %d", len(s), c.Size)
		}
		s += strings.Repeat(" ", c.Size-len(s)) // space behind a document is part of no value
	}
	return encodeText(s, c.Encoding)
}

// encodeText makes bytes of a text in an encoding that JSON must not have.
func encodeText(s, encoding string) ([]byte, error) {
	switch encoding {
	case "", "utf-8":
		return []byte(s), nil
	case "utf-8-bom":
		return []byte("\uFEFF" + s), nil
	case "latin-1":
		var b []byte
		for _, r := range s {
			if r > 0xFF {
				return nil, fmt.Errorf("%q is not in Latin-1", r)
			}
			b = append(b, byte(r))
		}
		return b, nil
	case "utf-16le", "utf-16be", "utf-16":
		if encoding == "utf-16" {
			s = "\uFEFF" + s
		}
		var b []byte
		for _, unit := range utf16.Encode([]rune(s)) {
			if encoding == "utf-16le" {
				b = append(b, byte(unit), byte(unit>>8))
			} else {
				b = append(b, byte(unit>>8), byte(unit))
			}
		}
		return b, nil
	}
	return nil, fmt.Errorf("unknown encoding %q", encoding)
}
