package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// Steps of one runtime start from the same variables, and a step that adds one
// must not write it over another step's.
func TestStepsKeepTheirVariables(t *testing.T) {
	r := config.Runtime{Name: "go", Test: []string{"test"}, ClassCheck: []string{"check"},
		Variants: map[string]config.Variant{"stock": {Name: "stock", Default: true}}}
	shared := append(make([]string, 0, 8), "PATH=/bin")
	environment := map[string][]string{"go": shared}
	tests := testSteps([]config.Runtime{r}, environment, "TEST_DYNAMODB_ENDPOINT=http://127.0.0.1:1")
	classes := classSteps("/root", []config.Runtime{r}, environment)
	if got, want := tests[0].env, []string{"PATH=/bin", "TEST_DYNAMODB_ENDPOINT=http://127.0.0.1:1"}; !slices.Equal(got, want) {
		t.Errorf("a test step's variables: got %q, want %q", got, want)
	}
	if got := classes[0].env; len(got) != 2 || got[0] != "PATH=/bin" || !strings.HasPrefix(got[1], "BENCH_ZIP=/root/dist/go") {
		t.Errorf("a class step's variables: got %q, want PATH and the zip in /root/dist", got)
	}
}

func TestCounts(t *testing.T) {
	for name, c := range map[string]struct {
		output string
		want   count
	}{
		"plain":  {"3 passed\n1 passed, 2 failed\n", count{4, 2}},
		"junit":  {"[INFO] Tests run: 7, Failures: 0, Errors: 0, Skipped: 0\n[ERROR] Tests run: 210, Failures: 1, Errors: 3, Skipped: 0\n", count{206, 4}},
		"go":     {"ok  \texample/a\t0.1s\nok  \texample/b\t0.1s\n?   \texample/c\t[no test files]\n", count{2, 0}},
		"silent": {"", count{}},
	} {
		if got := counts(c.output); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestParts(t *testing.T) {
	runtimes := []config.Runtime{
		{Name: "go", Lint: []string{"lint"}, Test: []string{"test"}, Variants: map[string]config.Variant{"stock": {Name: "stock", Default: true}}},
		{Name: "rust", Lint: []string{"lint"}, Test: []string{"test"}, Variants: map[string]config.Variant{"stock": {Name: "stock", Default: true}}},
	}
	all := allSteps("/root", runtimes, nil, "")
	for _, s := range all {
		if !slices.Contains(partNames, s.part) {
			t.Errorf("the step %s: got the part %q, which nobody can ask for", s.name, s.part)
		}
	}
	taken := func(only selection) (names []string) {
		for _, s := range all {
			if only.takes(s) {
				names = append(names, s.name)
			}
		}
		return names
	}
	if got := len(taken(selection{})); got != len(all) {
		t.Errorf("nothing named: got %d steps, want all %d", got, len(all))
	}
	if got, want := taken(selection{parts: []string{unit}, runtime: "rust"}), []string{"unit rust: test"}; !slices.Equal(got, want) {
		t.Errorf("one runtime's tests: got %q, want %q", got, want)
	}
	for _, part := range partNames { // each part by itself, and together they are everything
		if len(taken(selection{parts: []string{part}})) == 0 && part != class {
			t.Errorf("the part %s has no steps", part)
		}
	}
	for _, wrong := range []selection{{parts: []string{"units"}}, {runtime: "cobol"}} {
		if wrong.check(runtimes) == nil {
			t.Errorf("%+v was taken", wrong)
		}
	}
}

// Each Go package is tested by one step: by a part of the suite, or by its runtime's own command.
func TestEveryPackageIsTestedOnce(t *testing.T) {
	list := func(packages string) []string {
		t.Helper()
		command := exec.Command("sh", "-euc", "go list "+packages)
		command.Dir = filepath.Join("..", "..")
		out, err := command.Output()
		if err != nil {
			t.Fatalf("go list %s: %v", packages, err)
		}
		return strings.Fields(string(out))
	}
	all := list("./...")
	got := slices.Concat(list(cdkPackages), list(otherPackages), list("./lambdas/..."))
	slices.Sort(all)
	slices.Sort(got)
	if !slices.Equal(got, all) {
		t.Errorf("tested are\n  %s\nwant each of\n  %s\nonce", strings.Join(got, " "), strings.Join(all, " "))
	}
}

func TestTimes(t *testing.T) {
	var out bytes.Buffer
	writeTimes(&out, []outcome{
		{step{part: lint, name: "gofmt"}, count{passed: 1}, 1234 * time.Millisecond},
		{step{part: lint, name: "go vet"}, count{failed: 1}, 2 * time.Minute},
		{step{part: smoke, name: "a load"}, count{passed: 12}, 50 * time.Millisecond},
	})
	want := `TOOK    TESTS  PART   STEP
1.2s    1      lint   gofmt
2m0s    1      lint   go vet
100ms   12     smoke  a load
2m1.2s  2      lint   all 2 steps
100ms   12     smoke  1 step
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The page of workflows has a row for each part.
func TestPartsAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "workflows.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range partNames {
		if !strings.Contains(string(page), "\n| `"+part+"` |") {
			t.Errorf("docs/workflows.md: got no row for the part %s", part)
		}
	}
}
