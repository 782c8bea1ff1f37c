// Command go is the Go implementation of the Items API, a Lambda function behind
// API Gateway, as its libraries are published and documented. It takes no flags:
// everything is in environment variables.
//
//	PORT=8080 AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 go run ./lambdas/go
package main

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/adapter"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/app"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/client"
)

func main() {
	app.Main(app.Parts{Lambda: adapter.Start, Client: client.New, JSON: app.GinJSON})
}
