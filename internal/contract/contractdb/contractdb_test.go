package contractdb_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract/contractdb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
)

func TestRowsAndFaults(t *testing.T) {
	cache := os.Getenv("BENCH_CACHE_DIR")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(dir, "multi-runtime-benchmark")
	}
	db, err := dynamodb.Start(t.Context(), dynamodb.Options{CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tap, err := dynamodb.NewTap(db.Endpoint(), dynamodb.TapOptions{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tap.Close()
	port, err := tap.Open()
	if err != nil {
		t.Fatal(err)
	}
	through := sdk.New(db.Client().Options(), func(o *sdk.Options) { o.BaseEndpoint = aws.String(port.URL()) })
	direct := contractdb.Rows{Client: db.Client(), Table: db.TableName()}
	tapped := contractdb.Rows{Client: through, Table: db.TableName()}
	faults := contractdb.Faults{Port: port}

	if row, err := direct.Get(t.Context(), "1"); row != nil || err != nil {
		t.Errorf("no row: got %v %v", row, err)
	}
	want := contract.Row{"id": {Type: "S", Value: "1"}, "price": {Type: "N", Value: "19.99"}}
	if err := direct.Put(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if got, err := direct.Get(t.Context(), "1"); err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v %v, want %v", got, err, want)
	}
	if all, err := direct.All(t.Context()); err != nil || len(all) != 1 || !maps.Equal(all[0], want) {
		t.Errorf("all rows: got %v %v, want the one", all, err)
	}
	if err := direct.Put(t.Context(), contract.Row{"id": {Type: "B", Value: "1"}}); err == nil {
		t.Error("a type that rows don't have: want an error")
	}

	if err := faults.Set([]contract.Fault{{Operation: "GetItem", Kind: "throttled", Count: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := tapped.Get(t.Context(), "1"); err == nil {
		t.Error("throttled: want an error")
	}
	if got, err := tapped.Get(t.Context(), "1"); err != nil || !maps.Equal(got, want) {
		t.Errorf("after the fault: got %v %v, want %v", got, err, want)
	}
	if err := tapped.Delete(t.Context(), "1"); err != nil {
		t.Error(err)
	}
	if got, want := faults.Attempts(), []string{"GetItem", "GetItem", "DeleteItem"}; !slices.Equal(got, want) {
		t.Errorf("attempts: got %v, want %v", got, want)
	}
	if got := faults.Attempts(); len(got) != 0 {
		t.Errorf("attempts again: got %v, want none", got)
	}
	if row, err := direct.Get(t.Context(), "1"); row != nil || err != nil {
		t.Errorf("deleted: got %v %v", row, err)
	}
	if err := faults.Set([]contract.Fault{{Kind: "nonsense"}}); err == nil {
		t.Error("a kind of fault that there isn't: want an error")
	}
}
