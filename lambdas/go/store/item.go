package store

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
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

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": text(id)}
}

func text(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func number(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }

// price keeps the shortest decimal that gives the same double.
func price(f float64) types.AttributeValue { return number(strconv.FormatFloat(f, 'f', -1, 64)) }

func toAttributes(item Item, expires time.Time) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"id":          text(item.ID),
		"name":        text(item.Name),
		"description": text(item.Description),
		"price":       price(item.Price),
		"runtime":     text(item.Runtime),
		"sourceIp":    text(item.SourceIP),
		"createdAt":   text(item.CreatedAt),
		"updatedAt":   text(item.UpdatedAt),
		"expiresAt":   number(strconv.FormatInt(expires.Unix(), 10)),
	}
}

func fromAttributes(attributes map[string]types.AttributeValue) (Item, error) {
	r := attributeReader{attributes: attributes}
	item := Item{
		ID:          r.text("id"),
		Name:        r.text("name"),
		Description: r.text("description"),
		Price:       r.number("price"),
		Runtime:     r.text("runtime"),
		SourceIP:    r.text("sourceIp"),
		CreatedAt:   r.text("createdAt"),
		UpdatedAt:   r.text("updatedAt"),
	}
	return item, r.err
}

// attributeReader reads attributes and keeps the first error.
type attributeReader struct {
	attributes map[string]types.AttributeValue
	err        error
}

func (r *attributeReader) text(name string) string {
	if value, ok := r.attributes[name].(*types.AttributeValueMemberS); ok {
		return value.Value
	}
	r.err = cmp.Or(r.err, fmt.Errorf("attribute %s: got %T, want a string", name, r.attributes[name]))
	return ""
}

func (r *attributeReader) number(name string) float64 {
	value, ok := r.attributes[name].(*types.AttributeValueMemberN)
	if !ok {
		r.err = cmp.Or(r.err, fmt.Errorf("attribute %s: got %T, want a number", name, r.attributes[name]))
		return 0
	}
	f, err := strconv.ParseFloat(value.Value, 64)
	if err != nil {
		r.err = cmp.Or(r.err, fmt.Errorf("attribute %s: %w", name, err))
	}
	return f
}
