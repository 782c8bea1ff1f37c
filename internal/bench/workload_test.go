package bench

import (
	"encoding/json"
	"net/http"
	"testing"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

func TestCallsKeepTheMixAndAnItemAlive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		got := map[config.Operation]int{}
		living := 1
		for _, call := range newItems("", config.Defaults().Mix, false, seed).Calls(40, seed)[1:] {
			got[config.Operation(call.Operation)]++
			switch config.Operation(call.Operation) {
			case config.Create:
				living++
			case config.Delete:
				living--
			}
			if living < 1 {
				t.Fatal("got no living item, want one for every read")
			}
		}
		want := map[config.Operation]int{config.Create: 8, config.Read: 20, config.List: 4, config.Update: 4, config.Delete: 4}
		for operation, n := range want {
			if got[operation] != n {
				t.Errorf("got %d calls of %s, want %d", got[operation], operation, n)
			}
		}
	})
}

func TestCallsLoseNoneToRounding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.IntRange(0, 300).Draw(t, "n")
		if got := len(newItems("", config.Defaults().Mix, false, 1).Calls(want, 1)) - 1; got != want {
			t.Errorf("got %d calls, want %d", got, want)
		}
	})
}

// TestClientReadsOnlyWhatLives plays the server: every id asked for must exist
// at that moment.
func TestClientReadsOnlyWhatLives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		client := newItems("/x", config.Defaults().Mix, false, seed)
		items := map[string]bool{}
		for n, call := range client.Calls(60, seed) {
			request, want := client.Request(call)
			reply := target.Reply{Status: want.status, Header: http.Header{}}
			path := request.Path
			switch {
			case request.Method == http.MethodPost:
				var item struct {
					Name  string
					Price float64
				}
				if err := json.Unmarshal(request.Body, &item); err != nil || item.Name == "" || item.Price <= 0 {
					t.Fatalf("got body %s (%v), want an item", request.Body, err)
				}
				id := string(rune('a'+n%26)) + string(rune('a'+n/26))
				items["/x/items/"+id] = true
				reply.Header.Set("Location", "items/"+id)
			case path == "/x/items":
			case !items[path]:
				t.Fatalf("got %s %s, which does not live", request.Method, path)
			case request.Method == http.MethodDelete:
				delete(items, path)
			}
			client.Learn(call, request, reply)
		}
	})
}

func TestBodiesAreOfOneSize(t *testing.T) {
	client := newItems("", nil, false, 9)
	want := len(client.body())
	for range 1000 {
		if got := len(client.body()); got != want {
			t.Fatalf("got a body of %d bytes, want %d as before", got, want)
		}
	}
}
