package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Call is one request of a workload, before its item is known.
type Call struct {
	Operation string
	Draw      uint32 // picks the item among those that live then
}

// traffic is what one environment gets: the first call, then n warm ones.
type traffic interface {
	Calls(n int, seed uint64) []Call
	// Request is the next request for call, and what its answer must be.
	Request(call Call) (target.Request, want)
	// Learn takes note of what an answer made or removed.
	Learn(call Call, request target.Request, reply target.Reply)
}

// want is what an answer must be.
type want struct {
	status int // 0 for the answer to an event, which has none
	answer *expectation
}

// wrong says why the answer is not what it must be, "" where it is.
func (w want) wrong(reply target.Reply) string {
	switch {
	case reply.Failure != "":
		return inWords(reply.Failure)
	case w.status != 0 && reply.Status != w.status:
		return fmt.Sprintf("status %d instead of %d", reply.Status, w.status)
	}
	if why := w.answer.wrong(reply.Body); why != "" {
		return "the answer is not as expected: " + why
	}
	return ""
}

// inWords is a function error without its stack, which the function's log has.
func inWords(failure string) string {
	var said struct{ ErrorType, ErrorMessage string }
	if json.Unmarshal([]byte(failure), &said) != nil || said.ErrorType == "" {
		return failure
	}
	return strings.TrimSuffix(said.ErrorType+": "+said.ErrorMessage, ": ")
}

// share is an operation's part of a mix.
type share struct {
	operation string
	weight    int
}

// draw makes n calls in the proportions of a mix. The shares are exact up to
// rounding, whatever the seed: only the order is drawn, so that every
// environment does the same work.
func draw(n int, mix []share, random *rand.Rand) []Call {
	total := 0
	for _, one := range mix {
		total += one.weight
	}
	calls := make([]Call, 0, n)
	sum := 0
	for _, one := range mix {
		sum += one.weight
		for len(calls) < n*sum/total { // cumulative, so that rounding never loses a call
			calls = append(calls, Call{Operation: one.operation, Draw: random.Uint32()})
		}
	}
	random.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	return calls
}

// items is a client of the Items API. It remembers which items live: those that
// this environment made itself, so the key space stays bounded and no runtime
// reads what another wrote.
type items struct {
	prefix string
	mix    []share
	status func(contract int) want // what must come back where the contract says contract
	random *rand.Rand
	ids    []string
}

// maxItems bounds the key space of one environment.
const maxItems = 256

// newItems returns a client of the routes under prefix ("/x"), whose bodies are
// drawn from seed. A floor gets the same requests and answers 200 to them all.
func newItems(prefix string, mix []config.Share, floor bool, seed uint64) *items {
	c := &items{prefix: prefix, status: func(s int) want { return want{status: s} }, random: rand.New(rand.NewPCG(seed, 0x626f6479))} // "body"
	if floor {
		c.status = func(int) want { return want{status: http.StatusOK} }
	}
	for _, one := range mix {
		c.mix = append(c.mix, share{string(one.Operation), one.Percent})
	}
	return c
}

// Calls begins with a POST. A DELETE never takes the last living item: it
// changes places with the next POST.
func (c *items) Calls(n int, seed uint64) []Call {
	calls := draw(n, c.mix, rand.New(rand.NewPCG(seed, 0x63616c6c73))) // "calls"
	living := 1                                                        // made by the first call
	for i := range calls {
		if calls[i].Operation == string(config.Delete) && living == 1 {
			for j := i + 1; j < len(calls); j++ {
				if calls[j].Operation == string(config.Create) {
					calls[i], calls[j] = calls[j], calls[i]
					break
				}
			}
		}
		switch calls[i].Operation {
		case string(config.Create):
			living++
		case string(config.Delete):
			living--
		}
	}
	return append([]Call{{Operation: string(config.Create)}}, calls...)
}

func (c *items) Request(call Call) (target.Request, want) {
	json := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	plain := http.Header{"Accept": {"application/json"}}
	switch config.Operation(call.Operation) {
	case config.Create:
		return target.Request{Method: http.MethodPost, Path: c.prefix + "/items", Header: json, Body: c.body()}, c.status(http.StatusCreated)
	case config.List:
		return target.Request{Method: http.MethodGet, Path: c.prefix + "/items", Header: plain}, c.status(http.StatusOK)
	}
	id := "00000000-0000-4000-8000-000000000000" // a floor makes no items
	if len(c.ids) > 0 {
		id = c.ids[int(call.Draw)%len(c.ids)]
	}
	path := c.prefix + "/items/" + id
	switch config.Operation(call.Operation) {
	case config.Update:
		return target.Request{Method: http.MethodPut, Path: path, Header: json, Body: c.body()}, c.status(http.StatusOK)
	case config.Delete:
		return target.Request{Method: http.MethodDelete, Path: path, Header: plain}, c.status(http.StatusNoContent)
	default:
		return target.Request{Method: http.MethodGet, Path: path, Header: plain}, c.status(http.StatusOK)
	}
}

func (c *items) Learn(call Call, request target.Request, reply target.Reply) {
	switch {
	case call.Operation == string(config.Create) && reply.Status == http.StatusCreated:
		// The Location is a relative reference, "items/{id}".
		location := reply.Header.Get("Location")
		id := location[strings.LastIndex(location, "/")+1:]
		if len(c.ids) < maxItems {
			c.ids = append(c.ids, id)
		} else { // only a load gets here: one of the others is left to its time to live
			c.ids[int(call.Draw)%maxItems] = id
		}
	case call.Operation == string(config.Delete) && reply.Status == http.StatusNoContent:
		gone := request.Path[strings.LastIndex(request.Path, "/")+1:]
		for i, id := range c.ids {
			if id == gone {
				c.ids = append(c.ids[:i], c.ids[i+1:]...)
				return
			}
		}
	}
}

// body is an item of constant size: a name of 23 characters and a description of
// 96, so that no draw makes a call cheaper.
func (c *items) body() []byte {
	return fmt.Appendf(nil, `{"name":"Benchmark item %08x","description":"%s","price":%d.%d%d}`,
		c.random.Uint32(), strings.Repeat(fmt.Sprintf("%08x ", c.random.Uint32()), 11)[:96],
		100+c.random.IntN(900), c.random.IntN(10), 1+c.random.IntN(9))
}
