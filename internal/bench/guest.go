package bench

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// GuestRequest is one request of a guest's own request file, a YAML list. The
// first one is the first call of every environment.
//
//   - name: search
//     method: POST
//     path: /search
//     headers: {Content-Type: application/json}
//     body: '{"q":"lamp"}'
//     status: 200   # what must come back; default 200
//     weight: 3     # share among the warm calls; default 1
type GuestRequest struct {
	Name    string            `yaml:"name"`
	Method  string            `yaml:"method"`
	Path    string            `yaml:"path"`
	Query   string            `yaml:"query"`
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
	Status  int               `yaml:"status"`
	Weight  int               `yaml:"weight"`
}

// LoadGuestRequests reads the request file of a guest variant. Without one the
// guest gets GET on its first prefix, or on "/".
func LoadGuestRequests(r config.Runtime, v config.Variant) ([]GuestRequest, error) {
	if v.Requests == "" {
		path := prefix(r)
		if path == "" {
			path = "/"
		}
		return []GuestRequest{{Name: "get", Method: http.MethodGet, Path: path, Status: http.StatusOK, Weight: 1}}, nil
	}
	file := filepath.Join(r.Dir, v.Requests)
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Usage("name an existing file in "+config.ManifestName+": requests", "read the requests of %s: %w", r.Name, err)
	}
	return parseGuestRequests(file, text)
}

func parseGuestRequests(file string, text []byte) ([]GuestRequest, error) {
	const hint = "a request file is a list of {name, method, path, query, headers, body, status, weight}"
	var requests []GuestRequest
	if err := yaml.UnmarshalWithOptions(text, &requests, yaml.Strict()); err != nil {
		return nil, fault.Usage(hint, "%s: %w", file, err)
	}
	if len(requests) == 0 {
		return nil, fault.Usage(hint, "%s: got no request, want at least one", file)
	}
	seen := map[string]bool{}
	for i := range requests {
		one := &requests[i]
		if one.Method == "" {
			one.Method = http.MethodGet
		}
		if one.Status == 0 {
			one.Status = http.StatusOK
		}
		if one.Weight == 0 {
			one.Weight = 1
		}
		wrong := ""
		switch {
		case one.Name == "" || seen[one.Name]:
			wrong = fmt.Sprintf("name: got %q, want a name of its own", one.Name)
		case !strings.HasPrefix(one.Path, "/"):
			wrong = fmt.Sprintf("path: got %q, want one that begins with /", one.Path)
		case one.Status < 100 || one.Status > 599:
			wrong = fmt.Sprintf("status: got %d, want 100 to 599", one.Status)
		case one.Weight < 0:
			wrong = fmt.Sprintf("weight: got %d, want a positive number", one.Weight)
		}
		if wrong != "" {
			return nil, fault.Usage(hint, "%s: request %d: %s", file, i+1, wrong)
		}
		seen[one.Name] = true
	}
	return requests, nil
}

// guest sends the requests of a request file.
type guest struct{ requests []GuestRequest }

func (g guest) Calls(n int, seed uint64) []Call {
	shares := make([]share, len(g.requests))
	for i, one := range g.requests {
		shares[i] = share{one.Name, one.Weight}
	}
	calls := draw(n, shares, rand.New(rand.NewPCG(seed, 0x6775657374))) // "guest"
	return append([]Call{{Operation: g.requests[0].Name}}, calls...)
}

func (g guest) Request(call Call) (target.Request, int) {
	for _, one := range g.requests {
		if one.Name == call.Operation {
			header := http.Header{}
			for name, value := range one.Headers {
				header.Set(name, value)
			}
			return target.Request{Method: one.Method, Path: one.Path, Query: one.Query, Header: header, Body: []byte(one.Body)}, one.Status
		}
	}
	panic("bench: a call of an operation that was never drawn: " + call.Operation)
}

func (guest) Learn(Call, target.Request, target.Reply) {}
