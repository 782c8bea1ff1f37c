package scaffold

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// samEnv takes over a function's variables, its own before those of all.
func (in *inspection) samEnv(t template, name string) {
	all := map[string]any{}
	from := map[string]string{}
	for _, keys := range []string{"Globals.Function", properties(name)} {
		keys += ".Environment.Variables"
		variables, _ := at(t.root, strings.Split(keys, ".")...).(map[string]any)
		for variable, value := range variables {
			all[variable], from[variable] = value, t.where(keys+"."+variable)
		}
	}
	for _, variable := range slices.Sorted(maps.Keys(all)) {
		value := all[variable]
		if c, ok := value.(call); ok && c.name == "Ref" && at(t.root, "Resources", text(c.on)) != nil {
			in.open(fmt.Sprintf("%s is %v, which is only known in AWS: here it is %q.", from[variable], c, text(c.on)))
			value = text(c.on)
		}
		in.variable(variable, value, from[variable], t.resolve)
	}
}

// variable adds an environment variable, or says that its value is not known here.
func (in *inspection) variable(name string, value any, from string, resolve func(any) (string, bool)) {
	resolved, ok := resolve(value)
	if !ok {
		if in.asIs {
			in.open(fmt.Sprintf("%s is %v, which is only known in AWS: the function goes without it.", from, value))
			return
		}
		in.Env = append(in.Env, Variable{Name: name, Unknown: fmt.Sprint(value)})
		in.open(fmt.Sprintf("%s is %v, which is only known in AWS: write a value into env.", from, value))
		return
	}
	in.Env = append(in.Env, Variable{Name: name, Value: resolved})
	in.because("env", name, from) // and not its value: it may be a secret
}

var reference = regexp.MustCompile(`\$\{([^}]*)\}`)

// pseudoParameters are those that CloudFormation brings, as functions see them here.
var pseudoParameters = map[string]string{
	"AWS::Region": "us-east-1", "AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com",
}

// resolve is a value as far as the template alone tells: parameters are their defaults.
func (t template) resolve(value any) (string, bool) {
	c, ok := value.(call)
	if !ok {
		switch value.(type) {
		case map[string]any, []any:
			return "", false
		}
		return text(value), true
	}
	parameter := func(name string) (string, bool) {
		if v, ok := pseudoParameters[name]; ok {
			return v, true
		}
		v := at(t.root, "Parameters", name, "Default")
		return text(v), v != nil
	}
	switch on := c.on.(type) {
	case string:
		if c.name == "Ref" {
			return parameter(on)
		}
		if c.name != "Sub" {
			return "", false
		}
		known := true
		replaced := reference.ReplaceAllStringFunc(on, func(one string) string {
			v, ok := parameter(one[2 : len(one)-1])
			known = known && ok
			return v
		})
		return replaced, known
	case []any:
		if c.name == "Join" && len(on) == 2 {
			words, _ := on[1].([]any)
			var parts []string
			for _, word := range words {
				part, ok := t.resolve(word)
				if !ok {
					return "", false
				}
				parts = append(parts, part)
			}
			return strings.Join(parts, text(on[0])), true
		}
	}
	return "", false
}

// numbers takes over the sizes that a function has under these names.
func (in *inspection) numbers(resolve func(any) (string, bool), property func(string) (any, string), memory, timeout, storage string) error {
	for _, field := range []struct {
		key, name string
		to        *int
	}{{memory, "memory", &in.Memory}, {timeout, "timeout", &in.Timeout}, {storage, "ephemeralStorage", &in.EphemeralStorage}} {
		v, from := property(field.key)
		if size := at(v, "Size"); size != nil { // SAM's storage
			v, from = size, from+".Size"
		}
		if v == nil {
			continue
		}
		resolved, known := resolve(v)
		if !known {
			in.open(fmt.Sprintf("%s is %v, which is only known in AWS: here it is the default.", from, v))
			continue
		}
		n, err := strconv.Atoi(resolved)
		if err != nil {
			return fault.Usage("for example "+field.key+": 512", "%s: got %v, want a whole number", from, v)
		}
		*field.to = n
		in.because(field.name, resolved, from)
	}
	return nil
}
