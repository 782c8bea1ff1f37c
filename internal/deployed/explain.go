package deployed

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// permissions are what Find needs.
const permissions = "cloudformation:DescribeStacks, and apigateway:GET on /apikeys/*"

// Explain says what AWS refused, in one line, and what to do about it. doing is what
// was tried: "read the API key …". allow are the actions that it takes.
func Explain(err error, region, doing, allow string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	var unknown *net.DNSError
	var refused smithy.APIError
	switch {
	case errors.As(err, &unknown):
		return fault.New("is "+region+" a region of AWS, and is there a network?", "%s: nobody is called %s", doing, unknown.Name)
	case !errors.As(err, &refused):
		return fault.New("is there a network, and does AWS answer in "+region+"?", "%s: %s", doing, oneLine(err))
	}
	hint := "AWS's own words stand above"
	switch refused.ErrorCode() {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedException", "UnauthorizedOperation":
		hint = "allow " + allow + "; or choose another AWS_PROFILE"
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		hint = "the credentials are too old: sign in again, for example with aws sso login"
	case "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature":
		hint = "AWS does not know these credentials in " + region + ": aws sts get-caller-identity tells whose they are; a region may have to be switched on first"
	case "NotFoundException":
		hint = "somebody has deleted it: deploy again with -c apiKey=false, and then without"
	case "Throttling", "ThrottlingException", "TooManyRequestsException":
		hint = "too many ask at once: wait a moment"
	}
	return fault.New(hint, "%s: %s: %s", doing, refused.ErrorCode(), oneLine(errors.New(refused.ErrorMessage())))
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
