package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// formula works out what CloudWatch's metric math has of use here: numbers, ids,
// + - * /, parentheses, FILL(x, value) and PERIOD(x). Not a number is a missing point.
type formula struct {
	tokens []string
	values map[string]float64
	period float64
}

var tokens = regexp.MustCompile(`[A-Za-z_]\w*|\d+(\.\d+)?|\S`)

func evaluate(expression string, values map[string]float64, period float64) (result float64, err error) {
	f := &formula{tokens: tokens.FindAllString(expression, -1), values: values, period: period}
	defer func() {
		if wrong := recover(); wrong != nil {
			err = fmt.Errorf("formula %q: %v", expression, wrong)
		}
	}()
	if result = f.sum(); len(f.tokens) > 0 {
		panic(fmt.Sprintf("got %q at the end", f.tokens[0]))
	}
	return result, nil
}

// next takes the token if it is one of the wanted; any without.
func (f *formula) next(wanted ...string) string {
	if len(f.tokens) == 0 {
		if len(wanted) == 1 {
			panic("got its end, want " + wanted[0])
		}
		return ""
	}
	token := f.tokens[0]
	for _, w := range wanted {
		if token == w {
			f.tokens = f.tokens[1:]
			return token
		}
	}
	if len(wanted) == 1 {
		panic(fmt.Sprintf("got %q, want %q", token, wanted[0]))
	}
	return ""
}

func (f *formula) sum() float64 {
	for left := f.product(); ; {
		switch f.next("+", "-") {
		case "+":
			left += f.product()
		case "-":
			left -= f.product()
		default:
			return left
		}
	}
}

func (f *formula) product() float64 {
	for left := f.atom(); ; {
		switch f.next("*", "/") {
		case "*":
			left *= f.atom()
		case "/":
			left /= f.atom()
		default:
			return left
		}
	}
}

func (f *formula) atom() float64 {
	if f.next("(", "") == "(" {
		value := f.sum()
		f.next(")")
		return value
	}
	if len(f.tokens) == 0 {
		panic("got its end, want a value")
	}
	token := f.tokens[0]
	f.tokens = f.tokens[1:]
	switch {
	case token == "FILL":
		f.next("(")
		value := f.sum()
		f.next(",")
		otherwise := f.sum()
		f.next(")")
		if math.IsNaN(value) {
			return otherwise
		}
		return value
	case token == "PERIOD":
		f.next("(")
		f.sum()
		f.next(")")
		return f.period
	case strings.ContainsAny(token[:1], "0123456789"):
		number, err := strconv.ParseFloat(token, 64)
		if err != nil {
			panic(err)
		}
		return number
	}
	value, known := f.values[token]
	if !known {
		panic(fmt.Sprintf("got %q, want an id", token))
	}
	return value
}
