package dynamodb

import (
	"context"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb/builtin"
)

// builtinCommand starts this very program again: nothing can be missing.
func builtinCommand(_ context.Context, o Options) (launch, error) {
	command, err := builtin.Command(o.Port)
	if err != nil {
		return launch{}, err
	}
	return launch{command: command, description: Description{Kind: Builtin, Name: "the built-in database", Version: builtin.Version}}, nil
}
