package builtin

import "fmt"

// failure is an error as the service sends it: always of status 400.
type failure struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
	Item    item   `json:",omitempty"`
}

func (f *failure) Error() string { return f.Type + ": " + f.Message }

// The name spaces of the service's errors.
const (
	ofService    = "com.amazonaws.dynamodb.v20120810#"
	ofValidation = "com.amazon.coral.validate#"
	ofProtocol   = "com.amazon.coral.service#"
)

func invalid(format string, a ...any) *failure {
	return &failure{Type: ofValidation + "ValidationException", Message: fmt.Sprintf(format, a...)}
}

// beyond refuses what this database does not do.
func beyond(format string, a ...any) *failure {
	return invalid("bench's built-in database does not know "+format+": choose another with --dynamodb dynalite", a...)
}

func noTable() *failure {
	return &failure{Type: ofService + "ResourceNotFoundException", Message: "Requested resource not found"}
}

func conditionFailed(old item) *failure {
	return &failure{Type: ofService + "ConditionalCheckFailedException", Message: "The conditional request failed", Item: old}
}
