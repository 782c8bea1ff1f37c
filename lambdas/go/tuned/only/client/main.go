// Command client is the stock function with the tuned client of the database.
package main

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/adapter"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/app"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/tuned/client"
)

func main() {
	app.Main(app.Parts{Lambda: adapter.Start, Client: client.New, JSON: app.GinJSON})
}
