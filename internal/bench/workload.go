package bench

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Call is one request of a workload, before its item is known.
type Call struct {
	Operation config.Operation
	Draw      uint32 // picks the item among those that live then
}

// Calls draws n warm calls in the proportions of mix.
// The shares are exact up to rounding, whatever the seed: only the order is
// drawn, so that every environment does the same work. A DELETE never takes the
// last living item: it changes places with the next call that needs none to
// live.
func Calls(n int, mix []config.Share, seed uint64) []Call {
	random := rand.New(rand.NewPCG(seed, 0x63616c6c73)) // "calls"
	total := 0
	for _, share := range mix {
		total += share.Percent
	}
	calls := make([]Call, 0, n)
	sum := 0
	for _, share := range mix {
		sum += share.Percent
		for len(calls) < n*sum/total { // cumulative, so that rounding never loses a call
			calls = append(calls, Call{Operation: share.Operation, Draw: random.Uint32()})
		}
	}
	random.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	living := 1 // made by the first call
	for i := range calls {
		if calls[i].Operation == config.Delete && living == 1 {
			for j := i + 1; j < len(calls); j++ {
				if calls[j].Operation == config.Create {
					calls[i], calls[j] = calls[j], calls[i]
					break
				}
			}
		}
		switch calls[i].Operation {
		case config.Create:
			living++
		case config.Delete:
			living--
		}
	}
	return calls
}

// Client makes requests out of calls and remembers which items live: those that
// this environment made itself, so the key space stays bounded and no runtime
// reads what another wrote.
type Client struct {
	prefix string
	random *rand.Rand
	ids    []string
}

// NewClient returns a client of the routes under prefix ("/x"), whose bodies
// are drawn from seed.
func NewClient(prefix string, seed uint64) *Client {
	return &Client{prefix: prefix, random: rand.New(rand.NewPCG(seed, 0x626f6479))} // "body"
}

// Request is the next request for call, and the status that it must get.
func (c *Client) Request(call Call) (target.Request, int) {
	json := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	plain := http.Header{"Accept": {"application/json"}}
	switch call.Operation {
	case config.Create:
		return target.Request{Method: http.MethodPost, Path: c.prefix + "/items", Header: json, Body: c.body()}, http.StatusCreated
	case config.List:
		return target.Request{Method: http.MethodGet, Path: c.prefix + "/items", Header: plain}, http.StatusOK
	}
	id := "00000000-0000-4000-8000-000000000000"
	if len(c.ids) > 0 {
		id = c.ids[int(call.Draw)%len(c.ids)]
	}
	path := c.prefix + "/items/" + id
	switch call.Operation {
	case config.Update:
		return target.Request{Method: http.MethodPut, Path: path, Header: json, Body: c.body()}, http.StatusOK
	case config.Delete:
		return target.Request{Method: http.MethodDelete, Path: path, Header: plain}, http.StatusNoContent
	default:
		return target.Request{Method: http.MethodGet, Path: path, Header: plain}, http.StatusOK
	}
}

// Learn takes note of what an answer made or removed.
func (c *Client) Learn(call Call, request target.Request, reply target.Reply) {
	switch {
	case call.Operation == config.Create && reply.Status == http.StatusCreated:
		// The Location is a relative reference, "items/{id}".
		location := reply.Header.Get("Location")
		c.ids = append(c.ids, location[strings.LastIndex(location, "/")+1:])
	case call.Operation == config.Delete && reply.Status == http.StatusNoContent:
		gone := request.Path[strings.LastIndex(request.Path, "/")+1:]
		for i, id := range c.ids {
			if id == gone {
				c.ids = append(c.ids[:i], c.ids[i+1:]...)
				return
			}
		}
	}
}

// body is an item of constant size: about 180 bytes with a name of 23
// characters and a description of 96, so that no draw makes a call cheaper.
func (c *Client) body() []byte {
	return fmt.Appendf(nil, `{"name":"Benchmark item %08x","description":"%s","price":%d.%d%d}`,
		c.random.Uint32(), strings.Repeat(fmt.Sprintf("%08x ", c.random.Uint32()), 11)[:96],
		100+c.random.IntN(900), c.random.IntN(10), 1+c.random.IntN(9))
}
