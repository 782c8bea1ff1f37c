package invokeapi

import "regexp"

// latest is the qualifier of the unpublished version.
const latest = "$LATEST"

// namePattern is the service's own, as its validation errors print it.
const namePattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`

var nameForm = regexp.MustCompile(`^` + namePattern + `$`)

// The groups of namePattern that matter here.
const (
	nameGroup      = 11
	qualifierGroup = 13
)

// parseName takes a plain name, a partial ARN or an ARN, each with or without
// :qualifier, and the query's qualifier. An empty qualifier means $LATEST.
func parseName(name, query string) (function, qualifier string, fault *apiError) {
	groups := nameForm.FindStringSubmatch(name)
	if groups == nil {
		return "", "", notMatching("functionName", name, namePattern)
	}
	function, qualifier = groups[nameGroup], groups[qualifierGroup]
	switch {
	case qualifier == "":
		qualifier = query
	case query != "" && query != qualifier:
		return "", "", qualifierConflict()
	}
	return function, qualifier, nil
}
