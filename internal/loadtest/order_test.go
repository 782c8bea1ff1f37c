package loadtest

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

var fixedMix = []results.MixShare{{Operation: "create", Weight: 20}, {Operation: "read", Weight: 50}, {Operation: "list", Weight: 10}, {Operation: "update", Weight: 10}, {Operation: "delete", Weight: 10}}

// TestOrderIsTheSameInJavaScript compares the calls that bench load sends with those
// that k6 sends.
func TestOrderIsTheSameInJavaScript(t *testing.T) {
	runtimes := []string{"go", "kotlin", "python"}
	const calls = 10_000
	for _, seed := range []uint32{0, 1, 42, 1<<32 - 1} {
		mix, err := json.Marshal(fixedMix)
		if err != nil {
			t.Fatal(err)
		}
		names, err := json.Marshal(runtimes)
		if err != nil {
			t.Fatal(err)
		}
		script := fmt.Sprintf(`import { order } from "../../test/k6/lib/order.js";
const call = order(%d, %s, %s);
console.log(JSON.stringify(Array.from({ length: %d }, (_, k) => call(k)).map((c) => ({ Runtime: c.runtime, Operation: c.operation, Pick: c.pick, Body: c.body }))));`, seed, names, mix, calls)
		text, err := exec.CommandContext(t.Context(), "node", "--input-type=module", "--eval", script).Output()
		if err != nil {
			t.Fatalf("run node: %v", err)
		}
		var theirs []Call
		if err := json.Unmarshal(text, &theirs); err != nil {
			t.Fatal(err)
		}
		if len(theirs) != calls {
			t.Fatalf("got %d calls, want %d", len(theirs), calls)
		}
		order := NewOrder(seed, runtimes, fixedMix)
		for k, got := range theirs {
			if want := order.Call(int64(k)); got != want {
				t.Fatalf("seed %d, call %d: got %+v in JavaScript, want %+v", seed, k, got, want)
			}
		}
	}
}

func TestEachBlockHoldsTheWholeMixOfEachRuntime(t *testing.T) {
	order := NewOrder(7, []string{"a", "b"}, fixedMix)
	var orders []string
	for block := range int64(50) {
		got, text := map[Call]int{}, ""
		for i := range int64(20) {
			call := order.Call(block*20 + i)
			got[Call{Runtime: call.Runtime, Operation: call.Operation}]++
			text += call.Runtime + call.Operation + " "
		}
		orders = append(orders, text)
		for _, runtime := range []string{"a", "b"} {
			for _, share := range fixedMix {
				if n := got[Call{Runtime: runtime, Operation: share.Operation}]; n != share.Weight/10 {
					t.Errorf("block %d: got %d times %s of %s, want %d", block, n, share.Operation, runtime, share.Weight/10)
				}
			}
		}
	}
	for i := range orders {
		if i > 0 && orders[i] == orders[i-1] {
			t.Errorf("blocks %d and %d have one order", i-1, i)
		}
	}
}

func TestAllBodiesAreOfOneSize(t *testing.T) {
	order := NewOrder(3, []string{"a"}, fixedMix)
	size := len(order.Call(0).Body)
	for k := range int64(2000) {
		body := order.Call(k).Body
		var item struct {
			Name, Description string
			Price             float64
		}
		if err := json.Unmarshal([]byte(body), &item); err != nil || len(body) != size || item.Name == "" || item.Price < 100 {
			t.Fatalf("got %q (%v), want an item of %d bytes", body, err, size)
		}
	}
}
