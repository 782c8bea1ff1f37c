package main

import "testing"

// A server on loopback answers no page of another origin: the contract's web page
// must be one of its own there, and a stranger everywhere else.
func TestOwnOrigin(t *testing.T) {
	for base, want := range map[string]string{
		"http://127.0.0.1:3000":          "http://127.0.0.1:3000",
		"http://localhost:3000/":         "http://localhost:3000",
		"http://[::1]:8080":              "http://[::1]:8080",
		"https://api.example.com/dev":    "",
		"http://192.168.1.4:3000":        "",
		"http://localhost.example.com:1": "",
	} {
		if got := ownOrigin(base); got != want {
			t.Errorf("%s: got %q, want %q", base, got, want)
		}
	}
}
