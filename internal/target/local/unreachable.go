package local

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// awsHost is the name of one of AWS's hosts, in a line that tells of trouble with
// reaching it.
var (
	awsHost = regexp.MustCompile(`\b[a-z0-9][a-z0-9.-]*\.amazonaws\.com(?:\.cn)?\b`)
	trouble = regexp.MustCompile(`(?i)look ?up|getaddrinfo|enotfound|eai_again|resolve|unknown ?host|dns|connect|dispatch|no such host`)
)

// unreachable says why a function whose network is private did not reach a host that
// what it answered or printed names; "" where it names none.
func unreachable(texts ...[]byte) string {
	for _, text := range texts {
		if !bytes.Contains(text, []byte(".amazonaws.com")) { // as good as always, and quick
			continue
		}
		for line := range strings.Lines(string(text)) {
			host := awsHost.FindString(line)
			switch {
			case host == "" || !trouble.MatchString(line):
			case strings.HasPrefix(host, "dynamodb"):
				return fmt.Sprintf("The function tried to reach %s. Here the database alone can be reached, at AWS_ENDPOINT_URL_DYNAMODB, which AWS SDKs from before 2023 do not read: update the SDK, or give its client that endpoint.", host)
			default:
				return fmt.Sprintf("The function tried to reach %s. Here the database alone can be reached; network: host in its manifest lets it out.", host)
			}
		}
	}
	return ""
}
