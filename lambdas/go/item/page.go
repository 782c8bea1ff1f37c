package item

import (
	"encoding/base64"
	"strconv"

	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/problem"
)

const (
	maxLimit     = 100
	defaultLimit = 20
)

// Page is a part of the table and the token of the next part.
type Page struct {
	Items     []Item `json:"items"`
	NextToken string `json:"nextToken,omitempty"`
}

// ParseLimit reads the limit's query values; none means the default.
func ParseLimit(values []string) (int, error) {
	if len(values) == 0 {
		return defaultLimit, nil
	}
	limit, err := strconv.Atoi(values[0])
	if err != nil || len(values) > 1 || limit < 1 || limit > maxLimit || strconv.Itoa(limit) != values[0] {
		return 0, problem.Limit
	}
	return limit, nil
}

// ParseNextToken returns the id that the token's query values stand for, or ""
// if there is no token.
func ParseNextToken(values []string) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(values[0])
	if err != nil || len(values) > 1 || base64.RawURLEncoding.EncodeToString(raw) != values[0] {
		return "", problem.NextToken
	}
	id, err := uuid.FromBytes(raw)
	if err != nil {
		return "", problem.NextToken
	}
	return id.String(), nil
}

// NextToken is the token of the page after the item with this id.
func NextToken(id string) (string, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(parsed[:]), nil
}
