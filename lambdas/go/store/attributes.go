package store

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
)

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": text(id)}
}

func text(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func number(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }

// price keeps the shortest decimal that gives the same double.
func price(f float64) types.AttributeValue { return number(strconv.FormatFloat(f, 'f', -1, 64)) }

func toAttributes(i item.Item, expires time.Time) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"id":          text(i.ID),
		"name":        text(i.Name),
		"description": text(i.Description),
		"price":       price(i.Price),
		"runtime":     text(i.Runtime),
		"sourceIp":    text(i.SourceIP),
		"createdAt":   text(i.CreatedAt),
		"updatedAt":   text(i.UpdatedAt),
		"expiresAt":   number(strconv.FormatInt(expires.Unix(), 10)),
	}
}

func fromAttributes(attributes map[string]types.AttributeValue) (item.Item, error) {
	r := attributeReader{attributes: attributes}
	i := item.Item{
		ID:          r.text("id"),
		Name:        r.text("name"),
		Description: r.text("description"),
		Price:       r.number("price"),
		Runtime:     r.text("runtime"),
		SourceIP:    r.text("sourceIp"),
		CreatedAt:   r.text("createdAt"),
		UpdatedAt:   r.text("updatedAt"),
	}
	return i, r.err
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
