// Command event is the stock function with the tuned event adapter.
package main

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/app"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/client"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/tuned/event"
)

func main() {
	app.Main(app.Parts{Lambda: event.Start, Client: client.New, JSON: app.GinJSON})
}
