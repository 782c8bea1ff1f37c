// Package item is what an item is, and what callers may say about one.
package item

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

const (
	maxNameRunes        = 100
	maxDescriptionRunes = 1000
	maxPrice            = 1_000_000
	maxPriceDecimals    = 2
)

// Item is an item as callers see it. The table has its expiry as well.
type Item struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Price       float64 `json:"price"`
	Runtime     string  `json:"runtime"`
	SourceIP    string  `json:"sourceIp"`
	CreatedAt   string  `json:"createdAt"`
	UpdatedAt   string  `json:"updatedAt"`
}

// Timestamp is how an item keeps a time: RFC 3339 in UTC with milliseconds.
func Timestamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// Fields is what a caller decides about an item.
type Fields struct {
	Name        string
	Description string
	Price       float64
}

// NewFields makes fields of what is valid.
func NewFields(name, description string, price float64) Fields {
	return Fields{Name: trim(name), Description: description, Price: price + 0} // -0 + 0 is 0.
}

// ValidName reports whether an item may have the name, without the space around it.
func ValidName(name string) bool {
	name = trim(name)
	return name != "" && utf8.RuneCountInString(name) <= maxNameRunes && isText(name)
}

func trim(name string) string { return strings.Trim(name, "\t\n\r ") }

// ValidDescription reports whether an item may have the description.
func ValidDescription(description string) bool {
	return utf8.RuneCountInString(description) <= maxDescriptionRunes && isText(description)
}

// isText is false for control characters other than tab, line feed and carriage return.
func isText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' })
}

// ValidPrice accepts a number in range whose shortest decimal that gives the
// same double has at most two decimal places.
func ValidPrice(price float64) bool {
	_, decimals, _ := strings.Cut(strconv.FormatFloat(price, 'f', -1, 64), ".")
	return price >= 0 && price <= maxPrice && len(decimals) <= maxPriceDecimals
}

// IsID reports whether s is a UUID in its canonical form: lower case, with
// hyphens, without braces or a prefix.
func IsID(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && id.String() == s
}
