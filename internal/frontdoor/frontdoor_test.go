package frontdoor_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/frontdoor"
)

// Every row is a request as a browser or a program sends it to port 3000.
func TestWhoIsAnswered(t *testing.T) {
	type header map[string][]string
	origin := func(o string) header { return header{"Origin": {o}} }
	site := func(s ...string) header { return header{"Sec-Fetch-Site": s} }
	for _, c := range []struct {
		host   string
		header header
		want   bool
	}{
		{"127.0.0.1:3000", nil, true},
		{"127.0.0.1", nil, true},
		{"127.255.0.9:3000", nil, true},
		{"127.0.0.1.:3000", nil, true},
		{"localhost:3000", nil, true},
		{"localhost", nil, true},
		{"localhost.:3000", nil, true},
		{"LOCALHOST:3000", nil, true},
		{"LocalHost.", nil, true},
		{"[::1]:3000", nil, true},
		{"[::1]", nil, true},
		{"[0:0:0:0:0:0:0:1]:3000", nil, true},

		{"", nil, false},
		{"evil.example:3000", nil, false},
		{"evil.example", nil, false},
		{"localhost.evil.example:3000", nil, false},
		{"127.0.0.1.evil.example:3000", nil, false},
		{"evil-localhost:3000", nil, false},
		{"evil.localhost:3000", nil, false},
		{"0.0.0.0:3000", nil, false},
		{"192.168.1.7:3000", nil, false},
		{"10.127.0.1:3000", nil, false},
		{"127.1:3000", nil, false},
		{"2130706433:3000", nil, false},
		{"0x7f000001:3000", nil, false},
		{"[::]:3000", nil, false},
		{"[fe80::1]:3000", nil, false},
		{"[::1%25lo]:3000", nil, false},
		{"[127.0.0.1]:3000", nil, false},
		{"::1", nil, false},
		{"[::1", nil, false},
		{"localhost..:3000", nil, false},
		{"localhost@evil.example:3000", nil, false},
		{"127.0.0.1:3001", nil, false},
		{"localhost:80", nil, false},
		{"localhost:03000", nil, false},
		{"localhost:3000:3000", nil, false},
		{"localhost:x", nil, false},

		{"127.0.0.1:3000", origin("http://127.0.0.1:3000"), true},
		{"LOCALHOST:3000", origin("http://localhost:3000"), true},
		{"[::1]:3000", origin("http://[::1]:3000"), true},
		{"localhost.:3000", origin("http://localhost.:3000"), true},
		{"127.0.0.1:3000", origin("http://127.0.0.1:4000"), false},
		{"127.0.0.1:3000", origin("http://127.0.0.1"), false},
		{"127.0.0.1:3000", origin("http://localhost:3000"), false},
		{"127.0.0.1:3000", origin("https://127.0.0.1:3000"), false},
		{"127.0.0.1:3000", origin("https://evil.example"), false},
		{"127.0.0.1:3000", origin("http://127.0.0.1:3000.evil.example"), false},
		{"127.0.0.1:3000", origin("null"), false},
		{"127.0.0.1:3000", origin("file://"), false},
		{"127.0.0.1:3000", origin(""), false},
		{"127.0.0.1:3000", header{"Origin": {"http://127.0.0.1:3000", "https://evil.example"}}, false},
		// A rebound name is its own origin: only the host tells.
		{"evil.example:3000", origin("http://evil.example:3000"), false},
		{"evil.example:3000", site("same-origin"), false},

		{"127.0.0.1:3000", site("same-origin"), true},
		{"127.0.0.1:3000", site("none"), true},
		{"127.0.0.1:3000", site("same-site"), false},
		{"127.0.0.1:3000", site("cross-site"), false},
		{"127.0.0.1:3000", site("Cross-Site"), false},
		{"127.0.0.1:3000", site(""), false},
		{"127.0.0.1:3000", site("none", "cross-site"), false},
		{"127.0.0.1:3000", header{"Origin": {"http://127.0.0.1:3000"}, "Sec-Fetch-Site": {"cross-site"}}, false},
	} {
		t.Run(fmt.Sprint(c.host, " ", c.header), func(t *testing.T) {
			request := httptest.NewRequest("POST", "/go/items", nil)
			request.Host, request.Header = c.host, http.Header(c.header)
			err := frontdoor.Check(request, &net.TCPAddr{Port: 3000})
			if got := err == nil; got != c.want {
				t.Errorf("got %v (%v), want %v", got, err, c.want)
			}
		})
	}
}

// A Unix socket has no port that a host could be wrong about.
func TestWithoutAPortAnyWillDo(t *testing.T) {
	request := httptest.NewRequest("GET", "/", nil)
	request.Host = "127.0.0.1:9"
	for _, local := range []net.Addr{nil, &net.UnixAddr{Name: "/run/x"}} {
		if err := frontdoor.Check(request, local); err != nil {
			t.Errorf("%v: got %v, want an answer", local, err)
		}
	}
	request.Host = "evil.example:9"
	if frontdoor.Check(request, nil) == nil {
		t.Error("a foreign host was let in")
	}
}

func TestGuard(t *testing.T) {
	ran := 0
	server := httptest.NewServer(frontdoor.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran++ })))
	defer server.Close()
	ask := func(change func(*http.Request)) *http.Response {
		t.Helper()
		request, err := http.NewRequest("POST", server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		change(request)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		return answer
	}
	if got := ask(func(*http.Request) {}); got.StatusCode != 200 || ran != 1 {
		t.Errorf("a program: got %d and %d calls, want 200 and one", got.StatusCode, ran)
	}
	for name, change := range map[string]func(*http.Request){
		"host": func(r *http.Request) { r.Host = "evil.example" },
		"port": func(r *http.Request) { r.Host = "127.0.0.1:1" },
		"page": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
	} {
		answer := ask(change)
		var problem struct {
			Type, Title, Detail string
			Status              int
		}
		err := json.NewDecoder(answer.Body).Decode(&problem)
		if err != nil || answer.StatusCode != 403 || answer.Header.Get("Content-Type") != "application/problem+json" ||
			problem.Type != "about:blank" || problem.Title != "Forbidden" || problem.Status != 403 || problem.Detail == "" {
			t.Errorf("%s: got %d %s %+v (%v), want a problem document of 403", name, answer.StatusCode, answer.Header.Get("Content-Type"), problem, err)
		}
	}
	if ran != 1 {
		t.Errorf("got %d calls behind the door, want one", ran)
	}
}

// A server on loopback answers no page of another origin: who asks as a page must be one of
// its own there, and a stranger everywhere else.
func TestOrigin(t *testing.T) {
	for server, want := range map[string]string{
		"http://127.0.0.1:3000":          "http://127.0.0.1:3000",
		"http://localhost:3000/":         "http://localhost:3000",
		"http://[::1]:8080":              "http://[::1]:8080",
		"http://[::1]/x":                 "http://[::1]",
		"https://api.example.com/dev":    "",
		"http://192.168.1.4:3000":        "",
		"http://localhost.example.com:1": "",
		"http://%zz":                     "",
	} {
		got := frontdoor.Origin(server)
		if got != want {
			t.Errorf("%s: got %q, want %q", server, got, want)
		}
		if got == "" {
			continue
		}
		request := httptest.NewRequest(http.MethodGet, server, nil)
		request.Header.Set("Origin", got)
		if err := frontdoor.Check(request, nil); err != nil {
			t.Errorf("%s: its own page is not let in: %v", server, err)
		}
	}
}
