package router

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

func TestNamesOfAFunction(t *testing.T) {
	one := Functions{config.FunctionName("go", config.Dev): &engine.Pool{}}
	two := Functions{config.FunctionName("go", config.Dev): &engine.Pool{}, config.FunctionName("rust", config.Dev): &engine.Pool{}}
	for _, c := range []struct {
		functions       Functions
		name, qualifier string
		want            bool
	}{
		{one, "go", "", true},
		{one, config.FunctionName("go", config.Dev), "$LATEST", true},
		{one, "function", "", true},
		{one, "go", "live", false},
		{one, "rust", "", false},
		{two, "rust", "", true},
		{two, "function", "", false},
		{nil, "function", "", false},
	} {
		if got := c.functions.Has(c.name, c.qualifier); got != c.want {
			t.Errorf("%s:%s of %d: got %t, want %t", c.name, c.qualifier, len(c.functions), got, c.want)
		}
	}
	if _, err := one.Invoke(t.Context(), "rust", nil, gateway.InvokeOptions{}); !errors.Is(err, gateway.ErrNotFound) || !strings.Contains(err.Error(), "rust") {
		t.Errorf("got %v, want it not found", err)
	}
}

func TestWhereAGuestIs(t *testing.T) {
	const base, name = "http://127.0.0.1:3000", "multi-runtime-benchmark-mine-dev"
	guest := config.Runtime{Name: "mine", Integration: config.REST, Variants: map[string]config.Variant{"f": {Kind: config.Guest, Default: true}}}
	queue, url, below, ours := guest, guest, guest, guest
	queue.Integration, url.Integration, below.Prefixes = config.Event, config.URL, []string{"/mine"}
	ours.Prefixes, ours.Variants = []string{"/go", "/golang"}, map[string]config.Variant{"f": {Kind: config.API, Default: true}}
	for want, r := range map[string]config.Runtime{
		base + "/  " + name + "\n" + base + "/{proxy+}  " + name:             guest,
		base + "/mine  " + name + "\n" + base + "/mine/{proxy+}  " + name:    below,
		base + "/go/items  " + name + "\n" + base + "/golang/items  " + name: ours,
		base + "/  " + name: url,
		base + "/2015-03-31/functions/" + name + "/invocations  " + name: queue,
	} {
		if got := strings.Join(Addresses(base, r, local.Routes(r, name), name), "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	if got := Shared(local.Routes(guest, "a"), local.Routes(url, "b")); got != "" {
		t.Errorf("got %q shared, want the other to take what is left", got)
	}
	if got := Shared(local.Routes(guest, "a"), local.Routes(guest, "b")); got != "/" {
		t.Errorf("got %q shared, want the root", got)
	}
}

// Paths reach who they are for as they are.
func TestSplit(t *testing.T) {
	says := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, name+" "+r.URL.Path) })
	}
	for path, want := range map[string]string{
		"/2015-03-31/functions/go/invocations":                    "invoke /2015-03-31/functions/go/invocations",
		"/2021-11-15/functions/go/response-streaming-invocations": "invoke /2021-11-15/functions/go/response-streaming-invocations",
		"/docs":        "docs /docs",
		"/docs/a.js":   "docs /docs/a.js",
		"/docs-of-all": "front /docs-of-all",
		"//go//items":  "front //go//items",
		"/go/docs":     "front /go/docs",
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.URL.Path = path
		answer := httptest.NewRecorder()
		Split(says("front"), says("invoke"), says("docs")).ServeHTTP(answer, request)
		if got := answer.Body.String(); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
		if strings.HasPrefix(want, "docs") {
			answer := httptest.NewRecorder()
			Split(says("front"), says("invoke"), nil).ServeHTTP(answer, request)
			if got := answer.Body.String(); got != "front "+path {
				t.Errorf("%s: got %q where there is no such page, want the gateway", path, got)
			}
		}
	}
}
