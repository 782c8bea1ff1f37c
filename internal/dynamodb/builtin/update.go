package builtin

import "maps"

// change is what an UpdateExpression does with an item, given as it was.
type change struct {
	attributes []string // that it names as targets
	apply      func(old, new item) error
}

// updates reads a whole UpdateExpression, each of its clauses at most once.
func (p *parser) updates() []change {
	var changes []change
	seen := map[string]bool{}
	for p.next != "" {
		var one func() change
		clause := ""
		switch {
		case p.accept("SET"):
			clause, one = "SET", p.set
		case p.accept("REMOVE"):
			clause, one = "REMOVE", p.removal
		case p.accept("ADD"):
			clause, one = "ADD", p.addition
		case p.accept("DELETE"):
			panic(beyond("the clause DELETE in %s", p.parameter))
		default:
			p.unexpected()
		}
		if seen[clause] {
			p.fail("The %q section can only be used once in an update expression;", clause)
		}
		seen[clause] = true
		changes = append(changes, one())
		for p.accept(",") {
			changes = append(changes, one())
		}
	}
	targets := map[string]bool{}
	for _, c := range changes {
		for _, name := range c.attributes {
			if targets[name] {
				p.fail("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [%s], path two: [%s]", name, name)
			}
			targets[name] = true
		}
	}
	return changes
}

func (p *parser) removal() change {
	name := p.attribute()
	return change{[]string{name}, func(_, new item) error { delete(new, name); return nil }}
}

func (p *parser) set() change {
	name := p.attribute()
	p.expect("=")
	source := p.source()
	if sign := p.next; p.accept("+") || p.accept("-") {
		source = sumOf(source, p.source(), sign == "-")
	}
	return change{[]string{name}, func(old, new item) error {
		v, there := source(old)
		if !there {
			return invalid("The provided expression refers to an attribute that does not exist in the item")
		}
		if v.kind() == "" {
			return wrongType()
		}
		new[name] = v
		return nil
	}}
}

func wrongType() error {
	return invalid("An operand in the update expression has an incorrect data type")
}

// addition counts: ADD attribute :number.
func (p *parser) addition() change {
	name := p.attribute()
	v := p.value()
	if v.SS != nil || v.NS != nil || v.BS != nil {
		panic(beyond("sets in ADD"))
	}
	if v.N == nil {
		p.fail("Incorrect operand type for operator or function; operator: ADD, operand type: %s", v.kind())
	}
	return change{[]string{name}, func(old, new item) error {
		before, there := old[name]
		if !there {
			new[name] = v
			return nil
		}
		if before.N == nil {
			return wrongType()
		}
		new[name] = sum(before, v, false)
		return nil
	}}
}

// sumOf adds two operands, or takes the second from the first. The sum of what
// aren't numbers is a value without a type.
func sumOf(left, right operand, minus bool) operand {
	return func(i item) (value, bool) {
		a, one := left(i)
		b, two := right(i)
		if !one || !two {
			return value{}, false
		}
		if a.N == nil || b.N == nil {
			return value{}, true
		}
		return sum(a, b, minus), true
	}
}

// source is an operand, or if_not_exists(attribute, operand).
func (p *parser) source() operand {
	function, ok := p.function()
	if !ok {
		return p.operand()
	}
	switch function {
	case "if_not_exists":
		name := p.attribute()
		p.expect(",")
		otherwise := p.operand()
		p.expect(")")
		return func(i item) (value, bool) {
			if v, there := i[name]; there {
				return v, true
			}
			return otherwise(i)
		}
	case "list_append":
		panic(beyond("the function list_append in %s", p.parameter))
	}
	p.fail("Invalid function name; function: %s", function)
	return nil
}

// changed is the item after all changes; each sees it as it was before.
func changed(old item, changes []change) (item, error) {
	result := maps.Clone(old)
	for _, c := range changes {
		if err := c.apply(old, result); err != nil {
			return nil, err
		}
	}
	return result, nil
}
