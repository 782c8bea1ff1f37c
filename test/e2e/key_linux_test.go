//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
)

// where asks bench where the environment is, once: neither API nor key is replaced in
// this story.
func (d *deployment) where(t *testing.T) deployed.Environment {
	t.Helper()
	if d.found.URL == "" {
		stdout, _ := run(t, d.bench("target", "--environment", config.Dev, "--suffix", suffix, "--json"))
		if err := json.Unmarshal([]byte(stdout), &d.found); err != nil {
			t.Fatal(err)
		}
	}
	return d.found
}

// key is what callers must send.
func (d *deployment) key(t *testing.T) string {
	t.Helper()
	return d.where(t).Key
}

// bench is the program that people use, in the emulator's account.
func (d *deployment) bench(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(d.ctx, filepath.Join(d.root, "bin", "bench"), args...)
	cmd.Dir, cmd.Env = d.root, append(os.Environ(), d.emulator.env...)
	return cmd
}

// verify holds all runtimes to a part of the contract, with bench's own words: the
// key comes from the stack's outputs, as does who is there. The emulator answers at
// another address than AWS would.
func (d *deployment) verify(t *testing.T) {
	found := d.where(t)
	for _, r := range d.runtimes {
		if found.Functions[r.Name] != config.FunctionName(r.Name, environment) {
			t.Errorf("%s: got the function %q", r.Name, found.Functions[r.Name])
		}
	}
	_, said := run(t, d.bench("verify", "--environment", config.Dev, "--suffix", suffix, "--base-url", d.url(t), "--case", "health/shape", "--case", "items/create/minimal"))
	for _, r := range d.runtimes {
		if want := r.Name + ": 2 passed"; !strings.Contains(said, want) {
			t.Errorf("got %s, want %s", said, want)
		}
	}
}

// locked: dev asks for a key as every environment does. GET /health is the API's own.
func (d *deployment) locked(t *testing.T) {
	for path, want := range map[string]int{"/health": http.StatusOK, d.runtimes[0].Prefixes[0] + "/health": http.StatusForbidden, d.runtimes[0].Prefixes[0] + "/items": http.StatusForbidden} {
		request, err := http.NewRequestWithContext(d.ctx, http.MethodGet, d.url(t)+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != want || (want == http.StatusForbidden && !strings.Contains(string(body), "API key")) {
			t.Errorf("GET %s without a key: got %d %s, want %d", path, response.StatusCode, body, want)
		}
	}
}
