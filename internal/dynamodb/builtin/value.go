package builtin

import (
	"bytes"
	"encoding/json"
	"slices"
)

// value is an attribute's value as it travels: exactly one member is there.
type value struct {
	S    *string  `json:",omitempty"`
	N    *string  `json:",omitempty"`
	B    *[]byte  `json:",omitempty"`
	BOOL *bool    `json:",omitempty"`
	NULL *bool    `json:",omitempty"`
	M    *item    `json:",omitempty"`
	L    *[]value `json:",omitempty"`
	SS   []string `json:",omitempty"`
	NS   []string `json:",omitempty"`
	BS   [][]byte `json:",omitempty"`
}

type item map[string]value

// kind is the name of the value's type, "" where it has none or several.
func (v value) kind() string {
	kind := ""
	for _, member := range []struct {
		name  string
		there bool
	}{
		{"S", v.S != nil}, {"N", v.N != nil}, {"B", v.B != nil}, {"BOOL", v.BOOL != nil}, {"NULL", v.NULL != nil},
		{"M", v.M != nil}, {"L", v.L != nil}, {"SS", v.SS != nil}, {"NS", v.NS != nil}, {"BS", v.BS != nil},
	} {
		if !member.there {
			continue
		}
		if kind != "" {
			return ""
		}
		kind = member.name
	}
	return kind
}

// maxDepth is how deep lists and maps may lie within each other.
const maxDepth = 32

// check validates an attribute's value and brings its numbers and sets into the
// one form in which the service gives them back. It returns the size in bytes
// that the service counts.
func (v *value) check(depth int) (size int, err error) {
	if depth > maxDepth {
		return 0, invalid("Nesting Levels have exceeded supported limits")
	}
	switch v.kind() {
	case "S":
		return len(*v.S), nil
	case "N":
		return checkNumber(v.N)
	case "B":
		return len(*v.B), nil
	case "BOOL":
		return 1, nil
	case "NULL":
		if !*v.NULL {
			return 0, invalid("One or more parameter values were invalid: Null attribute value types must have the value of true")
		}
		return 1, nil
	case "M":
		size, err := v.M.check(depth + 1)
		return size + 3 + len(*v.M), err
	case "L":
		size := 3 + len(*v.L)
		for i := range *v.L {
			n, err := (*v.L)[i].check(depth + 1)
			if err != nil {
				return 0, err
			}
			size += n
		}
		return size, nil
	case "SS":
		return checkSet(v.SS, "string set  may not be empty", func(s *string) (int, error) { return len(*s), nil })
	case "NS":
		return checkSet(v.NS, "number set  may not be empty", checkNumber)
	case "BS":
		return checkBinarySet(v.BS)
	}
	return 0, invalid("Supplied AttributeValue is empty or has more than one datatypes set, must contain exactly one of the supported datatypes")
}

func checkSet(set []string, empty string, check func(*string) (int, error)) (int, error) {
	if len(set) == 0 {
		return 0, invalid("One or more parameter values were invalid: An %s", empty)
	}
	size := 0
	for i := range set {
		n, err := check(&set[i])
		if err != nil {
			return 0, err
		}
		size += n
	}
	slices.Sort(set)
	if len(slices.Compact(slices.Clone(set))) < len(set) {
		return 0, invalid("One or more parameter values were invalid: Input collection contains duplicates.")
	}
	return size, nil
}

func checkBinarySet(set [][]byte) (int, error) {
	if len(set) == 0 {
		return 0, invalid("One or more parameter values were invalid: Binary sets should not be empty")
	}
	size := 0
	for _, b := range set {
		size += len(b)
	}
	slices.SortFunc(set, bytes.Compare)
	if len(slices.CompactFunc(slices.Clone(set), bytes.Equal)) < len(set) {
		return 0, invalid("One or more parameter values were invalid: Input collection contains duplicates.")
	}
	return size, nil
}

// check validates all attributes and returns their size in bytes, names included.
func (i item) check(depth int) (size int, err error) {
	for name, v := range i {
		n, err := v.check(depth)
		if err != nil {
			return 0, err
		}
		i[name] = v
		size += len(name) + n
	}
	return size, nil
}

// equal compares values that have been checked.
func (v value) equal(w value) bool { return bytes.Equal(encode(v), encode(w)) }

// compare orders two strings, numbers or binaries; other types have no order.
func (v value) compare(w value) (order int, ok bool) {
	switch {
	case v.S != nil && w.S != nil:
		return bytes.Compare([]byte(*v.S), []byte(*w.S)), true
	case v.N != nil && w.N != nil:
		return rational(*v.N).Cmp(rational(*w.N)), true
	case v.B != nil && w.B != nil:
		return bytes.Compare(*v.B, *w.B), true
	}
	return 0, false
}

// encode writes what is known to be writable, without the escapes for HTML that
// a client would have to undo.
func encode(v any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // our own types only
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
