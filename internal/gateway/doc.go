// Package gateway answers HTTP on loopback as an API Gateway REST API answers it:
// a request becomes a proxy event (payload format 1.0), a function is invoked, its
// proxy answer becomes the response. ToEvent and FromResponse are that translation
// alone, without HTTP, for whoever invokes functions directly.
//
//	handler := gateway.New(gateway.Options{
//		Routes: []gateway.Route{{
//			Resource: "/go/{proxy+}", Function: "multi-runtime-benchmark-go-dev",
//			API: gateway.API{Kind: gateway.REST, Stage: "dev"},
//		}},
//		Invoker: pools,
//	})
//	listener, err := gateway.Listen("127.0.0.1:8080")
//	if err != nil {
//		return err
//	}
//	return gateway.NewServer(handler).Serve(listener)
//
// It refuses to listen on anything but loopback, to know what a function is (the
// caller's Invoker does), and to forgive a function what API Gateway would not.
//
// # What is modelled
//
// An API is a REST API with a regional endpoint, whose resources have ANY and a Lambda
// proxy integration; or an HTTP API or a function URL, both with payload format 2.0.
// GET /health is a mock where a runtime of our stack is served. There is no stage in
// the local URL; its name stands in requestContext. Where AWS's documentation is
// silent, behaviour follows what others have recorded against the real service. Of
// payload format 2.0: an HTTP API decodes the path, a function URL does not; a body is
// base64 unless its type is text/*, application/json, application/xml or
// application/javascript. Of REST APIs:
//
//   - path keeps its percent-encoding and its trailing slash. Slashes in front are
//     folded into one in path and routing, not in requestContext.path. The path
//     parameter proxy loses the trailing slash and stays encoded.
//   - Names and values of the query are percent-decoded, "+" is a space, ";" splits as
//     "&" does. The single-value map holds the last value, an empty map is null.
//   - Without binary media types a request body is passed as text and
//     isBase64Encoded is false: a byte that is not UTF-8 arrives as U+FFFD, it is lost.
//     An API with a matching type in API.Binary passes base64, as Request.Base64 does.
//   - An answer marked isBase64Encoded is decoded where the first type of the client's
//     Accept is in API.Binary; otherwise the client gets the base64 text.
//   - Request line and header values of more than 10,240 bytes are refused: 414 or 431.
//   - An answer may lack statusCode (200) or give it as a string of digits; header
//     values may be booleans; a member that is not statusCode, headers,
//     multiValueHeaders, body or isBase64Encoded makes it malformed (502).
//   - Content-Type is application/json where the function gives none.
//
// Not modelled: the original spelling of header names (net/http canonicalises them),
// the CloudFront headers of an edge-optimised endpoint, X-HTTP-Method-Override,
// authorizers, throttling by the stage, caching, the refusal of "|", "{" and "}" in a
// query. Two things are stricter here than what is known of AWS: header values that
// are numbers or null, and a status outside 200 to 599, are malformed.
package gateway
