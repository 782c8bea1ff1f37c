//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// library deploys the app of docs/constructs.md, as somebody who imports the
// constructs would, and calls it.
func (d *deployment) library(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(d.root, "docs", "constructs.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```go\n")
	program, _, closed := strings.Cut(rest, "```\n")
	if !found || !closed {
		t.Fatal("got no program in docs/constructs.md")
	}
	// Below the module, so that its imports are found.
	source, err := os.MkdirTemp(".", "library-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(source) })
	if err := os.WriteFile(filepath.Join(source, "main.go"), []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	app, outputs := filepath.Join(folder, "shop"), filepath.Join(folder, "outputs.json")
	command(d.ctx, t, "", nil, "go", "build", "-o", app, "./"+source)

	cmd := d.cdkCommand("deploy", "--app", app, "--output", filepath.Join(folder, "cdk.out"), "--outputs-file", outputs, "--require-approval", "never")
	cmd.Env = append(cmd.Env, "CDK_VALIDATION=false", "JSII_NODE="+d.node)
	run(t, cmd)
	content, err := os.ReadFile(outputs)
	if err != nil {
		t.Fatal(err)
	}
	var told map[string]struct {
		URL string `json:"Url"`
	}
	if err := json.Unmarshal(content, &told); err != nil {
		t.Fatal(err)
	}
	base := strings.TrimSuffix(d.address(t, told["Shop"].URL, "prod"), "/")
	for _, call := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{http.MethodGet, "/health", "", http.StatusOK, `"status"`},
		{http.MethodGet, "/go/health", "", http.StatusOK, `"runtime":"go"`},
		{http.MethodPost, "/go/items", `{"name": "lamp", "price": 12.5}`, http.StatusCreated, `"lamp"`},
		{http.MethodGet, "/go/items", "", http.StatusOK, `"lamp"`},
	} {
		request, err := http.NewRequestWithContext(d.ctx, call.method, base+call.path, strings.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := (&http.Client{Timeout: time.Minute}).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != call.status || !strings.Contains(string(body), call.says) {
			t.Errorf("%s %s: got %d %s, want %d and %s", call.method, call.path, response.StatusCode, body, call.status, call.says)
		}
	}
	destroy := d.cdkCommand("destroy", "--app", app, "--output", filepath.Join(folder, "cdk.out"), "--force", "Shop")
	destroy.Env = append(destroy.Env, "CDK_VALIDATION=false", "JSII_NODE="+d.node)
	run(t, destroy)
}
