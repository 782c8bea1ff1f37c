package invokeapi

import "regexp"

// latest is the qualifier of the unpublished version.
const latest = "$LATEST"

// form is what the service's model says of a text: its pattern, as validation errors
// print it, and its length at most.
type form struct {
	pattern string
	max     int
	whole   *regexp.Regexp
}

func newForm(pattern string, most int) form {
	return form{pattern, most, regexp.MustCompile(`^(?:` + pattern + `)$`)}
}

func (f form) matches(value string) bool { return f.whole.MatchString(value) }

var (
	nameForm      = newForm(`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`, 256)
	qualifierForm = newForm(`\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`, 128)
	tenantForm    = newForm(`[a-zA-Z0-9\._:\/=+\-@ ]+`, 256)
	durableForm   = newForm(`[a-zA-Z0-9-_]+`, 64)
)

// The groups of nameForm that matter here.
const (
	nameGroup      = 11
	qualifierGroup = 13
)

// maxName is the limit of a function's name by itself, in characters.
const maxName = 64

// name takes a plain name, a partial ARN or an ARN, each with or without :qualifier.
func (v *violations) name(name string) (function, qualifier string) {
	v.text("functionName", name, nameForm)
	groups := nameForm.whole.FindStringSubmatch(name)
	if groups == nil {
		return "", ""
	}
	function, qualifier = groups[nameGroup], groups[qualifierGroup]
	if len(*v) == 0 && len(function) > maxName {
		v.tooLong("functionName", name, maxName)
	}
	return function, qualifier
}
