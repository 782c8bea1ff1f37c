package apidocs

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
)

func description(t *testing.T) []byte {
	t.Helper()
	document, err := fs.ReadFile(api.Files, "openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func get(t *testing.T, handler http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestThePageAndItsPartsAreServed(t *testing.T) {
	handler, err := New(description(t), []string{"/go", "/python"})
	if err != nil {
		t.Fatalf("%v: make test builds it first", err)
	}
	for path, want := range map[string]struct{ contentType, content string }{
		"/docs":                      {"text/html; charset=utf-8", "docs/swagger-ui-bundle.js"},
		"/docs/start.js":             {"text/javascript; charset=utf-8", "docs/openapi.yaml"},
		"/docs/swagger-ui-bundle.js": {"text/javascript; charset=utf-8", "SwaggerUIBundle"},
		"/docs/swagger-ui.css":       {"text/css; charset=utf-8", ".swagger-ui"},
		"/docs/LICENSE":              {"text/plain; charset=utf-8", "Apache License"},
		"/docs/openapi.yaml":         {"application/yaml", "openapi: 3.1.0"},
	} {
		w := get(t, handler, http.MethodGet, path)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != want.contentType || !strings.Contains(w.Body.String(), want.content) {
			t.Errorf("%s: got %d %s, want 200 %s with %s", path, w.Code, w.Header().Get("Content-Type"), want.contentType, want.content)
		}
		if got := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") {
			t.Errorf("%s: got the policy %q, want one that allows nothing by default", path, got)
		}
	}
	if w := get(t, handler, http.MethodGet, "/docs/../go.mod"); w.Code != http.StatusNotFound || !problem(w) {
		t.Errorf("another file: got %d %s %s, want 404 as a problem document", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if w := get(t, handler, http.MethodPost, "/docs"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" || !problem(w) {
		t.Errorf("POST: got %d, Allow %q %s, want 405 with GET, HEAD as a problem document", w.Code, w.Header().Get("Allow"), w.Body)
	}
}

func problem(w *httptest.ResponseRecorder) bool {
	var document struct{ Status int }
	err := json.Unmarshal(w.Body.Bytes(), &document)
	return err == nil && w.Header().Get("Content-Type") == "application/problem+json" && document.Status == w.Code
}

func TestOnlyTheServersDiffer(t *testing.T) {
	var before, after map[string]any
	if err := yaml.Unmarshal(description(t), &before); err != nil {
		t.Fatal(err)
	}
	local, err := withServers(description(t), []string{"/go", "/python"})
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(local, &after); err != nil {
		t.Fatal(err)
	}
	want := []any{map[string]any{"url": "/go", "description": "go"}, map[string]any{"url": "/python", "description": "python"}}
	if diff := cmp.Diff(want, after["servers"]); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
	delete(before, "servers")
	delete(after, "servers")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the rest (-want +got):\n%s", diff)
	}
	if _, err := withServers([]byte("{"), nil); err == nil {
		t.Error("a document that is none: want an error")
	}
}
