package dynamodb

import (
	"context"
	"errors"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// kinds are the databases that the store's operations are asked of: those that
// bench brings, and dynoxide where it is installed. A build tag adds DynamoDB
// Local.
var kinds = func() []Kind {
	all := []Kind{Builtin, Dynalite}
	if _, err := toolchain.Find(context.Background(), dynoxideTool); err == nil {
		all = append(all, Dynoxide)
	}
	return all
}()

// eachKind runs a test on a fresh database of every kind.
func eachKind(t *testing.T, test func(*testing.T, *Database)) {
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) { test(t, start(t, Options{Kind: kind})) })
	}
}

// cpuOf is a database's processor time so far.
func cpuOf(t testing.TB, db *Database) (seconds float64) {
	t.Helper()
	used, err := db.CPU()
	if errors.Is(err, errors.ErrUnsupported) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return used.Seconds()
}
