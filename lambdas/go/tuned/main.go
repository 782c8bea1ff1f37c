// Command tuned is the Go function as a specialist makes it: its own adapter, client
// and JSON, on one thread of Go's scheduler (GOMAXPROCS=1, see runtime.yaml).
package main

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/app"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/tuned/client"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/tuned/event"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/tuned/strict"
)

func main() {
	app.Main(app.Parts{Lambda: event.Start, Client: client.New, JSON: app.JSON{Read: strict.Read, Write: strict.Write}})
}
