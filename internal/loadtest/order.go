package loadtest

import (
	"fmt"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Order is which call comes when. It is the same function in test/k6/lib/order.js,
// line by line, and a test holds the two together: any call is drawn from the seed
// and its number alone, so that virtual users, and instances on several machines,
// agree without speaking to each other.
//
// Calls come in blocks. A block holds every operation of the mix of every runtime as
// often as the weights say, and only the order within it is drawn: whatever part of the
// run is looked at, each runtime did the same work beside the others.
type Order struct {
	seed  uint32
	block []cell
}

type cell struct{ runtime, operation string }

// Call is one call of the load.
type Call struct {
	Runtime, Operation string
	Pick               uint32 // of the item, modulo how many there are
	Body               string // what a create or an update sends
}

// NewOrder draws from the seed.
func NewOrder(seed uint32, runtimes []string, mix []results.MixShare) Order {
	o := Order{seed: seed}
	common := 0
	for _, one := range mix {
		common = divisor(one.Weight, common)
	}
	for _, runtime := range runtimes {
		for _, one := range mix {
			for range one.Weight / common {
				o.block = append(o.block, cell{runtime, one.Operation})
			}
		}
	}
	return o
}

func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Call is the call with the number k, counted from 0.
func (o Order) Call(k int64) Call {
	n := int64(len(o.block))
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	for i := n - 1; i > 0; i-- { // Fisher and Yates
		j := int64(random(o.seed, uint32(k/n), uint32(i))) % (i + 1)
		places[i], places[j] = places[j], places[i]
	}
	at := o.block[places[k%n]]
	draw := func(what uint32) uint32 { return random(o.seed+1, uint32(k), what) }
	return Call{Runtime: at.runtime, Operation: at.operation, Pick: draw(0), Body: body(draw(1), draw(2))}
}

// body is an item of constant size, so that no draw makes a call cheaper.
func body(name, price uint32) string {
	return fmt.Sprintf(`{"name":"Load test item %08x","description":"%s","price":%d.%d}`,
		name, strings.Repeat(fmt.Sprintf("%08x ", name), 11)[:96], 100+price%900, 1+price/900%9)
}

// random is a number that depends on the seed and a place alone.
func random(seed, a, b uint32) uint32 {
	return mixed(mixed(mixed(seed)+a*0x9e3779b1) + b*0x85ebca6b)
}

// mixed is the finaliser of MurmurHash3: every bit of x changes half of the result's.
func mixed(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x85ebca6b
	x ^= x >> 13
	x *= 0xc2b2ae35
	return x ^ x>>16
}
