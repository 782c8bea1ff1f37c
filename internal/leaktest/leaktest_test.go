package leaktest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What is begun behind a look is found by the next one, and not any more when it is
// over.
func TestWhatIsLeftIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		begin func(t *testing.T) (end func())
		want  string
	}{
		"a goroutine": {func(*testing.T) func() {
			over, ended := make(chan struct{}), make(chan struct{})
			go func() { <-over; close(ended) }()
			return func() { close(over); <-ended }
		}, "TestWhatIsLeftIsFound"},
		"a file": {func(t *testing.T) func() {
			file, err := os.Open("/dev/zero")
			if err != nil {
				t.Fatal(err)
			}
			return func() { file.Close() }
		}, "/dev/zero"},
		"a process": {func(t *testing.T) func() {
			command := exec.Command("/bin/sleep", "1000")
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			return func() { _ = command.Process.Kill(); _ = command.Wait() }
		}, "process"},
	} {
		t.Run(name, func(t *testing.T) {
			before := look()
			end := test.begin(t)
			found := false
			for name, what := range look() {
				_, there := before[name]
				found = found || !there && strings.Contains(what, test.want)
			}
			if !found {
				t.Errorf("%s is not found", name)
			}
			end()
			if left := before.left(); len(left) != 0 {
				t.Errorf("got %q after its end, want nothing", left)
			}
		})
	}
}

// tests are those of a package that leaves something, or does not.
type tests func() int

func (t tests) Run() int { return t() }

func TestTestsThatLeaveNothingPass(t *testing.T) {
	if code := Run(tests(func() int { return 0 })); code != 0 {
		t.Errorf("got the exit code %d, want 0", code)
	}
	if code := Run(tests(func() int { return 3 })); code != 3 {
		t.Errorf("got the exit code %d, want that of the tests", code)
	}
}
