package local

import (
	"strings"
	"testing"
)

// What the languages' clients say of a name that nobody knows.
func TestUnreachable(t *testing.T) {
	for text, want := range map[string]string{
		`{"message":"operation error DynamoDB: GetItem, dial tcp: lookup dynamodb.us-east-1.amazonaws.com on [::1]:53: connection refused"}`: "reach dynamodb.us-east-1.amazonaws.com. Here the database alone can be reached, at AWS_ENDPOINT_URL_DYNAMODB",
		"started\nError: getaddrinfo ENOTFOUND dynamodb.eu-west-1.amazonaws.com\n":                                                           "reach dynamodb.eu-west-1.amazonaws.com.",
		`Could not connect to the endpoint URL: "https://sqs.us-east-1.amazonaws.com/"`:                                                      "reach sqs.us-east-1.amazonaws.com. Here the database alone can be reached; network: host",
		"java.net.UnknownHostException: bucket.s3.us-east-1.amazonaws.com":                                                                   "reach bucket.s3.us-east-1.amazonaws.com.",
		`{"image":"https://bucket.s3.amazonaws.com/lamp.png"}`:                                                                               "",
		"no such table": "",
	} {
		if got := unreachable(nil, []byte(text)); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want …%s…", text, got, want)
		}
	}
}
