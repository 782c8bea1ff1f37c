package builtin

import (
	"bytes"
	"strings"
)

// condition tells whether an item, which may be empty, meets it.
type condition func(item) bool

// operand is a value given or an item's; false where the item has none.
type operand func(item) (value, bool)

// subject is a comparison's first operand. The others must not be the same
// attribute.
type subject struct {
	operand
	operator, attribute string
}

func (p *parser) beside(s subject) operand {
	if p.attributeAhead() == s.attribute && s.attribute != "" {
		p.fail("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: [%s]", s.operator, s.attribute)
	}
	return p.operand()
}

// conditions reads OR, which binds least.
func (p *parser) conditions() condition {
	left := p.conjunction()
	for p.accept("OR") {
		before, right := left, p.conjunction()
		left = func(i item) bool { return before(i) || right(i) }
	}
	return left
}

func (p *parser) conjunction() condition {
	left := p.negation()
	for p.accept("AND") {
		before, right := left, p.negation()
		left = func(i item) bool { return before(i) && right(i) }
	}
	return left
}

func (p *parser) negation() condition {
	if p.accept("NOT") {
		inner := p.negation()
		return func(i item) bool { return !inner(i) }
	}
	if p.accept("(") {
		inner := p.conditions()
		p.expect(")")
		return inner
	}
	if name, ok := p.function(); ok {
		return p.test(name)
	}
	attribute := p.attributeAhead()
	left := p.operand()
	return p.comparison(subject{left, strings.ToUpper(p.next), attribute})
}

func (p *parser) operand() operand {
	if p.is(':') {
		v := p.value()
		return func(item) (value, bool) { return v, true }
	}
	name := p.attribute()
	return func(i item) (value, bool) { v, there := i[name]; return v, there }
}

// test reads the rest of a function that is a condition by itself.
func (p *parser) test(name string) (c condition) {
	switch name {
	case "attribute_exists":
		attribute := p.attribute()
		c = func(i item) bool { _, there := i[attribute]; return there }
	case "attribute_not_exists":
		attribute := p.attribute()
		c = func(i item) bool { _, there := i[attribute]; return !there }
	case "begins_with":
		whole := p.operand()
		p.expect(",")
		start := p.operand()
		c = func(i item) bool { return begins(i, whole, start) }
	case "attribute_type", "contains", "size":
		panic(beyond("the function %s in %s", name, p.parameter))
	default:
		p.fail("Invalid function name; function: %s", name)
	}
	p.expect(")")
	return c
}

func begins(i item, whole, start operand) bool {
	a, one := whole(i)
	b, two := start(i)
	switch {
	case !one || !two:
		return false
	case a.S != nil && b.S != nil:
		return strings.HasPrefix(*a.S, *b.S)
	case a.B != nil && b.B != nil:
		return bytes.HasPrefix(*a.B, *b.B)
	}
	return false
}

func (p *parser) comparison(left subject) condition {
	switch comparator := left.operator; comparator {
	case "=", "<>":
		p.advance()
		right := p.beside(left)
		return func(i item) bool {
			a, one := left.operand(i)
			b, two := right(i)
			return (one && two && a.equal(b)) == (comparator == "=")
		}
	case "<", "<=", ">", ">=":
		p.advance()
		right := p.beside(left)
		return func(i item) bool {
			order, ok := ordered(i, left.operand, right)
			return ok && (order < 0 && comparator[0] == '<' || order > 0 && comparator[0] == '>' || order == 0 && len(comparator) == 2)
		}
	}
	if p.accept("BETWEEN") {
		low := p.beside(left)
		p.expect("AND")
		high := p.beside(left)
		return func(i item) bool {
			above, one := ordered(i, left.operand, low)
			below, two := ordered(i, left.operand, high)
			return one && two && above >= 0 && below <= 0
		}
	}
	if p.accept("IN") {
		p.expect("(")
		among := []operand{p.beside(left)}
		for p.accept(",") {
			among = append(among, p.beside(left))
		}
		p.expect(")")
		return func(i item) bool {
			a, there := left.operand(i)
			for _, candidate := range among {
				if b, ok := candidate(i); there && ok && a.equal(b) {
					return true
				}
			}
			return false
		}
	}
	p.unexpected()
	return nil
}

func ordered(i item, left, right operand) (order int, ok bool) {
	a, one := left(i)
	b, two := right(i)
	if !one || !two {
		return 0, false
	}
	return a.compare(b)
}
