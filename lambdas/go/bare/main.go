// Command bare is the floor of the Go runtime: the smallest function there can
// be, without a framework, an SDK or a look at the event. Its figures are what
// aws-lambda-go itself costs.
package main

import "github.com/aws/aws-lambda-go/lambda"

// response is the part of an API Gateway proxy answer that is needed.
type response struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
}

func handle() (response, error) {
	return response{
		StatusCode: 200,
		Headers:    map[string]string{"Content-Type": "application/json"},
		Body:       `{"status":"ok"}`,
	}, nil
}

func main() { lambda.Start(handle) }
