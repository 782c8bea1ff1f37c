package dynamodb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/leaktest"
)

// What is installed for the tests goes once into the cache folder that everybody
// uses (BENCH_CACHE_DIR moves it).
func testCache() string {
	if dir := os.Getenv("BENCH_CACHE_DIR"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "multi-runtime-benchmark")
}

// shared is one database for all tests that keep to items of their own.
var shared = sync.OnceValues(func() (*Database, error) {
	return Start(context.Background(), Options{CacheDir: testCache()})
})

var sharedStarted bool

func testDatabase(t testing.TB) *Database {
	t.Helper()
	sharedStarted = true
	db, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestMain(m *testing.M) { os.Exit(leaktest.Run(tests{m})) }

// tests are those of this package, and the end of the database that they share.
type tests struct{ *testing.M }

func (t tests) Run() int {
	code := t.M.Run()
	if sharedStarted {
		if db, err := shared(); err == nil {
			if err := db.Err(); err != nil {
				fmt.Fprintln(os.Stderr, "the database did not survive the tests:", err)
				code = 1
			}
			db.Close()
		}
	}
	return code
}
