package config_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// dependencies lists what the packages import, directly or not.
func dependencies(t *testing.T, patterns ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-deps"}, patterns...)...)
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return strings.Fields(string(out))
}

// Building bench takes seconds and needs no Node as long as this holds.
func TestOnlyTheCDKAppImportsTheCDK(t *testing.T) {
	deps := dependencies(t, "./internal/...", "./lambdas/go/...", "./config", "./dashboards", "./cmd/bench")
	if len(deps) < 50 {
		t.Fatalf("got %d packages, want the whole program: %v", len(deps), deps)
	}
	for _, p := range deps {
		for _, no := range []string{"github.com/aws/aws-cdk-go", "github.com/aws/jsii-runtime-go", "github.com/aws/constructs-go", "github.com/cdklabs/"} {
			if strings.HasPrefix(p, no) {
				t.Errorf("got %s among the dependencies, want nothing of %s", p, no)
			}
		}
	}
}

// What is drawn and alarmed is data: its tests take milliseconds.
func TestDashboardsKnowConfigOnly(t *testing.T) {
	for _, p := range dependencies(t, "./dashboards") {
		_, ours, found := strings.Cut(p, "multi-runtime-benchmark/multi-runtime-benchmark/")
		if found && !slices.Contains([]string{"dashboards", "config", "internal/fault", "internal/yamltext"}, ours) {
			t.Errorf("got %s, want config alone", ours)
		}
	}
}

// Everything may import config; so config imports nothing of ours but errors, and how
// a text is read.
func TestConfigKnowsNothingOfOurs(t *testing.T) {
	for _, p := range dependencies(t, "./config") {
		_, ours, found := strings.Cut(p, "multi-runtime-benchmark/multi-runtime-benchmark/")
		if found && !slices.Contains([]string{"config", "internal/fault", "internal/yamltext"}, ours) {
			t.Errorf("got %s, want only internal/fault and internal/yamltext", ours)
		}
		if strings.HasPrefix(p, "github.com/aws/") {
			t.Errorf("got %s, want nothing of AWS", p)
		}
	}
}
