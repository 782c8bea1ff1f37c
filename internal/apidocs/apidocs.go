// Package apidocs serves the API's description with Swagger UI, so that every
// operation can be read and tried out on the machine it is served on. The page
// fetches nothing from elsewhere. The package refuses to know the API: it is
// handed the document.
//
//	docs, err := apidocs.New(api.OpenAPI, []string{"/go", "/python"})
//	mux.Handle("/docs", docs)
//	mux.Handle("/docs/", docs)
package apidocs

import (
	"embed"
	"fmt"
	"net/http"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway/gatewayresponse"
)

// files are the page, and Swagger UI as npm has it; see assets/build.mjs.
//
//go:embed assets/index.html assets/start.js all:assets/vendor
var files embed.FS

// Path is where the page is, with everything that it needs below.
const Path = "/docs"

// page is what is served, by its path below Path.
var page = map[string]struct{ file, contentType string }{
	"":                      {"assets/index.html", "text/html; charset=utf-8"},
	"/start.js":             {"assets/start.js", "text/javascript; charset=utf-8"},
	"/swagger-ui-bundle.js": {"assets/vendor/swagger-ui-bundle.js", "text/javascript; charset=utf-8"},
	"/swagger-ui.css":       {"assets/vendor/swagger-ui.css", "text/css; charset=utf-8"},
	"/LICENSE":              {"assets/vendor/LICENSE", "text/plain; charset=utf-8"},
	"/NOTICE":               {"assets/vendor/NOTICE", "text/plain; charset=utf-8"},
}

// policy lets the page load its own parts only, and send requests to its own
// server only. Swagger UI has styles and pictures in itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// Built tells whether Swagger UI is in this program.
func Built() bool {
	_, err := files.ReadFile(page["/swagger-ui-bundle.js"].file)
	return err == nil
}

// New serves a document, with these prefixes of the same server in place of its
// own list of servers.
func New(document []byte, prefixes []string) (http.Handler, error) {
	if !Built() {
		return nil, fault.New("make api-docs, then make bin/bench", "this bench was built without Swagger UI")
	}
	local, err := withServers(document, prefixes)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		below := strings.TrimPrefix(r.URL.Path, Path)
		part, ok := page[below]
		if below == "/openapi.yaml" {
			part.contentType, ok = "application/yaml", true
		}
		if !ok {
			refuse(w, gatewayresponse.MissingAuthenticationToken)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, gatewayresponse.Response{Status: http.StatusMethodNotAllowed, Detail: "The page can only be read."})
			return
		}
		content := local
		if part.file != "" {
			if content, err = files.ReadFile(part.file); err != nil {
				refuse(w, gatewayresponse.MissingAuthenticationToken)
				return
			}
		}
		header := w.Header()
		header.Set("Content-Type", part.contentType)
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		_, _ = w.Write(content) // a caller that has hung up needs no page
	}), nil
}

func refuse(w http.ResponseWriter, answer gatewayresponse.Response) {
	contentType, body := answer.Body(0)
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(answer.Status)
	_, _ = w.Write(body) // a caller that has hung up needs no answer
}

// withServers replaces the servers of a document and leaves the order of
// everything as it is.
func withServers(document []byte, prefixes []string) ([]byte, error) {
	var root yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(document, &root, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("read the API's description: %w", err)
	}
	var servers []map[string]string
	for _, prefix := range prefixes {
		servers = append(servers, map[string]string{"url": prefix, "description": strings.TrimPrefix(prefix, "/")})
	}
	for i, item := range root {
		if item.Key == "servers" {
			root[i].Value = servers
		}
	}
	local, err := yaml.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("write the API's description: %w", err)
	}
	return local, nil
}
