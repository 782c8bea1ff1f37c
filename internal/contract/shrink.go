package contract

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// shrinkTries bounds how long a difference is made smaller.
const shrinkTries = 600

// shrink makes a sequence that differs smaller as long as it does: fewer
// requests and rows, then less in each. It is deterministic if differs is.
func shrink(s Sequence, differs func(Sequence) bool) Sequence {
	tries := 0
	for {
		smaller := false
		for candidate := range candidates(s) {
			if tries++; tries > shrinkTries {
				return s
			}
			if differs(candidate) {
				s, smaller = candidate, true
				break
			}
		}
		if !smaller {
			return s
		}
	}
}

// candidates are sequences that are a little simpler, the most so first.
func candidates(s Sequence) func(yield func(Sequence) bool) {
	return func(yield func(Sequence) bool) {
		// Half of the requests at a time, then fewer, down to single ones.
		for size := (len(s.Requests) + 1) / 2; size > 0; size /= 2 {
			for at := len(s.Requests) - size; at > -size; at -= size {
				from := max(at, 0)
				if len(s.Requests) == at+size-from {
					continue // nothing would be left
				}
				fewer := Sequence{s.Rows, slices.Delete(slices.Clone(s.Requests), from, at+size)}
				if !yield(fewer) {
					return
				}
			}
		}
		for i := range s.Rows {
			if !yield(Sequence{slices.Delete(slices.Clone(s.Rows), i, i+1), s.Requests}) {
				return
			}
		}
		for i := range s.Requests {
			for simpler := range simplerRequests(s.Requests[i].CaseRequest) {
				requests := slices.Clone(s.Requests)
				requests[i].CaseRequest = simpler
				if !yield(Sequence{s.Rows, requests}) {
					return
				}
			}
		}
	}
}

// simplestBody is what any body is tried to be replaced by.
const simplestBody = `{"name":"x","price":1}`

func simplerRequests(r CaseRequest) func(yield func(CaseRequest) bool) {
	return func(yield func(CaseRequest) bool) {
		try := func(change func(*CaseRequest)) bool {
			simpler := r
			simpler.Headers = maps.Clone(r.Headers)
			change(&simpler)
			return yield(simpler)
		}
		for _, name := range sortedNames(r.Headers) {
			if !try(func(c *CaseRequest) { delete(c.Headers, name) }) {
				return
			}
			if values, ok := r.Headers[name].([]any); ok && !try(func(c *CaseRequest) { c.Headers[name] = values[0] }) {
				return
			}
		}
		if r.Base64 && !try(func(c *CaseRequest) { c.Base64 = false }) {
			return
		}
		if r.Size > 0 && !try(func(c *CaseRequest) { c.Size = 0 }) {
			return
		}
		if r.Encoding != "" && !try(func(c *CaseRequest) { c.Encoding = "" }) {
			return
		}
		if rest, ok := strings.CutPrefix(r.Path, "${prefix}"); ok && !try(func(c *CaseRequest) { c.Path = rest }) {
			return
		}
		for shorter := range shorterTexts(r.Query) {
			if !try(func(c *CaseRequest) { c.Query = shorter }) {
				return
			}
		}
		switch {
		case r.Hex != "":
			raw, err := hex.DecodeString(r.Hex)
			if err != nil {
				return
			}
			for shorter := range shorterTexts(string(raw)) {
				if shorter != "" && !try(func(c *CaseRequest) { c.Hex = hex.EncodeToString([]byte(shorter)) }) {
					return
				}
			}
		case r.Body != nil:
			if *r.Body != simplestBody {
				simplest := simplestBody
				if len(*r.Body) >= len(simplest) && !try(func(c *CaseRequest) { c.Body = &simplest }) {
					return
				}
			}
			if !try(func(c *CaseRequest) { c.Body = nil }) {
				return
			}
			for shorter := range shorterTexts(*r.Body) {
				if !try(func(c *CaseRequest) { c.Body = &shorter }) {
					return
				}
			}
		}
	}
}

// shorterTexts leaves parts out: half of the text at a time, down to single
// characters. A placeholder that is cut is no longer one, or an error, which
// differs in nothing.
func shorterTexts(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for size := (len(s) + 1) / 2; size > 0; size /= 2 {
			for from := 0; from < len(s); from += size {
				if !yield(s[:from] + s[min(len(s), from+size):]) {
					return
				}
			}
		}
	}
}
