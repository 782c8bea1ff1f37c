// Package loadtesttest is an Items API in memory, for tests of load generators.
package loadtesttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// API answers for every runtime under its name, as the real ones do. The zero value is
// ready.
type API struct {
	// Spoil may answer in its place, by returning another status than 0. n counts the
	// requests from 0.
	Spoil func(n int, r *http.Request) int
	// Key, where there is one, is wanted of every request.
	Key string
	// Close ends the connection behind each answer.
	Close bool
	// Runtimes are what GET /health names.
	Runtimes []string

	mu    sync.Mutex
	items map[string]json.RawMessage
	n     int
	seen  map[string]bool // runtimes that were called: their first call is a cold one
	calls []string
}

type item struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Price       float64 `json:"price"`
	Runtime     string  `json:"runtime"`
	SourceIP    string  `json:"sourceIp"`
	CreatedAt   string  `json:"createdAt"`
	UpdatedAt   string  `json:"updatedAt"`
}

// Left is how many items there are.
func (a *API) Left() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.items)
}

// Calls are the requests so far, as METHOD /path.
func (a *API) Calls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.calls...)
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.Close {
		w.Header().Set("Connection", "close")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.items == nil {
		a.items, a.seen = map[string]json.RawMessage{}, map[string]bool{}
	}
	if a.Key != "" && r.Header.Get("X-Api-Key") != a.Key {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if r.URL.Path == "/health" {
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "ok", "runtimes": a.Runtimes})
		return
	}
	a.calls = append(a.calls, r.Method+" "+r.URL.Path)
	runtime, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/items")
	id = strings.TrimPrefix(id, "/")
	w.Header().Set("X-Cold-Start", fmt.Sprint(!a.seen[runtime]))
	a.seen[runtime] = true
	a.n++
	if a.Spoil != nil {
		if status := a.Spoil(a.n-1, r); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	_, there := a.items[id]
	switch {
	case r.Method == http.MethodPost:
		a.put(w, r, runtime, fmt.Sprintf("%08x-0000-4000-8000-000000000000", a.n), http.StatusCreated)
	case id == "":
		page := struct {
			Items []json.RawMessage `json:"items"`
		}{[]json.RawMessage{}}
		for _, text := range a.items {
			if len(page.Items) < 20 {
				page.Items = append(page.Items, text)
			}
		}
		_ = json.NewEncoder(w).Encode(page)
	case !there:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodPut:
		a.put(w, r, runtime, id, http.StatusOK)
	case r.Method == http.MethodDelete:
		delete(a.items, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		_, _ = w.Write(a.items[id])
	}
}

func (a *API) put(w http.ResponseWriter, r *http.Request, runtime, id string, status int) {
	const now = "2026-01-02T03:04:05.678Z"
	made := item{ID: id, Runtime: runtime, SourceIP: "127.0.0.1", CreatedAt: now, UpdatedAt: now}
	if err := json.NewDecoder(r.Body).Decode(&made); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	text, err := json.Marshal(made)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	a.items[id] = text
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
