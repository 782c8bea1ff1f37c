package gateway

import (
	"cmp"
	"slices"
	"strings"
)

// pathParameters says whether the folded path belongs to the resource, and with which
// parameters, null where it has none: {id} takes one segment, {proxy+} at the end all
// that are left, at least one. API Gateway ignores slashes at the end here, so that no
// parameter is empty. Values stay percent-encoded.
func pathParameters(resource, path string) (map[string]string, bool) {
	var parameters map[string]string
	add := func(name, value string) {
		if parameters == nil {
			parameters = map[string]string{}
		}
		parameters[name] = value
	}
	want, got := segments(resource), segments(path)
	for i, segment := range want {
		if i >= len(got) || got[i] == "" && weight(segment) == parameter {
			return nil, false
		}
		switch name := strings.Trim(segment, "{+}"); weight(segment) {
		case greedy:
			add(name, strings.Join(got[i:], "/"))
			return parameters, true
		case parameter:
			add(name, got[i])
		case fixed:
			if got[i] != segment {
				return nil, false
			}
		}
	}
	return parameters, len(got) == len(want)
}

// segments are those between slashes; "/" has none.
func segments(path string) []string {
	path = strings.TrimRight(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path[1:], "/")
}

// The kinds of segment, the most particular one first.
const (
	fixed = iota
	parameter
	greedy
)

func weight(segment string) int {
	switch {
	case !strings.HasPrefix(segment, "{"):
		return fixed
	case strings.HasSuffix(segment, "+}"):
		return greedy
	}
	return parameter
}

// Match returns the resource that takes the path, as API Gateway chooses: from the
// left, a segment as it is written before a parameter, a parameter before {proxy+}.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
func Match(resources []string, path string) (resource string, ok bool) {
	path = foldLeadingSlashes(path)
	for _, candidate := range slices.SortedFunc(slices.Values(resources), byPrecedence) {
		if _, ok := pathParameters(candidate, path); ok {
			return candidate, true
		}
	}
	return "", false
}

// byPrecedence orders resources so that the first that takes a path is the one.
func byPrecedence(a, b string) int {
	x, y := segments(a), segments(b)
	for i := range min(len(x), len(y)) {
		if c := cmp.Compare(weight(x[i]), weight(y[i])); c != 0 {
			return c
		}
		if c := strings.Compare(x[i], y[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(y), len(x))
}
