package local

import (
	"context"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
)

// Pool is a function as a gateway sees it: environments are made on demand,
// each with a database port of its own.
func (l *Lab) Pool(function engine.Function) *engine.Pool {
	function.PerEnvironment = func(_ string, private bool) (engine.Own, error) {
		port, err := openPort(l.tap, private)
		if err != nil {
			return engine.Own{}, err
		}
		return own(port, private), nil
	}
	return engine.NewPool(l.engine, function)
}

// Spawn starts an environment whose database port the caller has in hand. A failed
// init is no error, see engine.Environment.Init.
func (l *Lab) Spawn(ctx context.Context, function engine.Function) (*engine.Environment, *dynamodb.Port, error) {
	return spawn(ctx, l.engine.Spawn, l.tap, function)
}

// spawn starts an environment with a port of the tap for itself, by one of the
// engine's two ways.
func spawn(ctx context.Context, start func(context.Context, engine.Function) (*engine.Environment, error), tap *dynamodb.Tap, function engine.Function) (*engine.Environment, *dynamodb.Port, error) {
	var port *dynamodb.Port
	function.PerEnvironment = func(_ string, private bool) (_ engine.Own, err error) {
		if port, err = openPort(tap, private); err != nil {
			return engine.Own{}, err
		}
		return own(port, private), nil
	}
	env, err := start(ctx, function)
	return env, port, err
}

// databasePort is where the database is in an environment's own network.
const databasePort = 8000

// openPort opens a port of the tap for one environment.
func openPort(tap *dynamodb.Tap, private bool) (*dynamodb.Port, error) {
	if private {
		return tap.OpenAt("127.0.0.1:" + strconv.Itoa(databasePort))
	}
	return tap.Open()
}

// own is what an environment gets of it. A listener that can't be closed is gone
// already.
func own(port *dynamodb.Port, private bool) engine.Own {
	o := engine.Own{
		Env:   map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": port.URL()},
		Close: func() { _ = port.Close() },
	}
	if private {
		o.Ports = []sandbox.Port{{Number: databasePort, Serve: port.Serve}}
	} else {
		n, _ := strconv.Atoi(port.URL()[strings.LastIndexByte(port.URL(), ':')+1:]) // a listener's own
		o.Connects = []int{n}
	}
	return o
}
