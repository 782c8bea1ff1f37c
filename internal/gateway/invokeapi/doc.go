// Package invokeapi answers Lambda's Invoke API on loopback, so that every AWS SDK and
// the CLI can call local functions with an endpoint URL:
//
//	api := invokeapi.New(invokeapi.Options{Invoker: pools})
//	defer api.Close()
//	go gateway.NewServer(api).Serve(listener)
//
//	aws lambda invoke --endpoint-url http://127.0.0.1:9001 --function-name NAME out.json
//
// It serves POST /2015-03-31/functions/{name}/invocations and POST
// /2021-11-15/functions/{name}/response-streaming-invocations with the headers, limits and
// error words of the service, and refuses every other operation. Signatures are not
// checked; account, region and partition of an ARN are accepted and ignored.
//
// An event (X-Amz-Invocation-Type: Event) is answered with 202 and runs once, in a
// goroutine; while the function is throttled it is tried again as Lambda does, after
// 1 s, 2 s, 4 s and so on up to 5 minutes. At most 1,000 events with 64 MiB of payloads
// wait or run; more are refused with TooManyRequestsException. What is not modelled: the
// two more attempts after a function error, dead-letter queues and destinations, durable
// functions, tenants, and a stream's bandwidth.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
package invokeapi
