// Command json is the stock function with the tuned JSON.
package main

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/adapter"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/app"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/client"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/tuned/strict"
)

func main() {
	app.Main(app.Parts{Lambda: adapter.Start, Client: client.New, JSON: app.JSON{Read: strict.Read, Write: strict.Write}})
}
