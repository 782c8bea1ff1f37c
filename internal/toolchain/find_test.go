package toolchain

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// script writes an executable shell script and returns its path.
func script(t *testing.T, path, body string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func newFinder() *finder {
	return &finder{answerTime: answerTime, known: map[string]*entry{}}
}

// home makes an empty folder both HOME and the only folder on the PATH beside
// the system's.
func home(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", dir)
	t.Setenv("PATH", filepath.Join(dir, "bin")+":/usr/bin:/bin")
	return dir
}

func TestFindRunsWhatItFinds(t *testing.T) {
	h := home(t)
	// A version manager's shim: it is there, it is executable, it fails.
	script(t, h+"/bin/snake", "echo 'manager: snake: command not found' >&2; exit 127")
	script(t, h+"/.versions/3.9.18/snake", "echo Snake 3.9.18")
	script(t, h+"/.versions/3.13.0/snake", "echo Snake 3.13.0")
	want := script(t, h+"/.versions/3.13.2/snake", "echo Snake 3.13.2")

	found, err := newFinder().find(context.Background(), "", Tool{
		Tool: "snake", Version: "~3.13", Probe: []string{"snake --version", "$UNSET_ROOT/snake --version", "~/.versions/3.*/snake --version"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != (Found{Tool: "snake", Path: want, Version: "3.13.2"}) {
		t.Errorf("got %+v, want the newest 3.13 at %s", found, want)
	}
}

func TestNotFoundSaysWhatAnswered(t *testing.T) {
	h := home(t)
	script(t, h+"/bin/snake", "printf '\\n  manager: no snake\\n' >&2; exit 127")
	script(t, h+"/old/snake", "echo Snake 3.11.7")
	script(t, h+"/dumb/snake", "echo hello")
	script(t, h+"/mute/snake", "exit 3")
	_, err := newFinder().find(context.Background(), "", Tool{
		Tool: "snake", Version: "~3.13", Hint: "install Snake 3.13",
		Probe: []string{"snake --version", "snake3 --version", "~/old/snake -V", "~/dumb/snake", "~/mute/snake", "~/none/*/snake", "/none/snake", "$UNSET_ROOT/snake", "./snake"},
	})
	var missing *NotFoundError
	if !errors.As(err, &missing) {
		t.Fatalf("got %v, want a *NotFoundError", err)
	}
	want := strings.Join([]string{
		"no snake ~3.13 found",
		"snake --version: exit status 127: manager: no snake",
		"snake3 --version: not on the PATH",
		h + "/old/snake -V: is 3.11.7",
		h + "/dumb/snake: printed no version: hello",
		h + "/mute/snake: exit status 3",
		"~/none/*/snake: no file matches",
		"/none/snake: no such program",
		"$UNSET_ROOT/snake: $UNSET_ROOT is not set",
		"./snake: a relative path: begin with / or ~, or give a name alone",
	}, "\n  ")
	if err.Error() != want {
		t.Errorf("got:\n%s\nwant:\n%s", err, want)
	}
	if got := fault.Hint(err); got != "install Snake 3.13" {
		t.Errorf("hint: got %q", got)
	}
}

func TestFindBehindAWrapper(t *testing.T) {
	h := home(t)
	real := script(t, h+"/store/snake-3.13/bin/snake", "echo Snake 3.13.1")
	// mgr run -- COMMAND… puts the chosen snake first on the PATH.
	script(t, h+"/bin/mgr", `shift; [ "$1" = -- ] && shift; PATH="`+filepath.Dir(real)+`:$PATH"; exec "$@"`)
	found, err := newFinder().find(context.Background(), "", Tool{Tool: "snake", Version: "~3.13", Probe: []string{"mgr run -- snake --version"}})
	if err != nil || found.Path != real || found.Version != "3.13.1" {
		t.Errorf("got %+v, %v; want %s", found, err, real)
	}
}

func TestFindLocates(t *testing.T) {
	h := home(t)
	real := script(t, h+"/store/snake", "echo Snake 3.13.1")
	script(t, h+"/bin/snake", `case "$1" in --version) echo Snake 3.13.1;; -c) echo note; echo `+real+`;; esac`)
	tool := Tool{Tool: "snake", Probe: []string{"snake --version"}, Locate: "-c 'print own path'"}
	found, err := newFinder().find(context.Background(), "", tool)
	if err != nil || found.Path != real {
		t.Errorf("got %+v, %v; want %s", found, err, real)
	}
	tool.Locate = "--version"
	if _, err = newFinder().find(context.Background(), "", tool); err == nil || !strings.Contains(err.Error(), "printed no executable's path: Snake 3.13.1") {
		t.Errorf("got %v, want no path", err)
	}
}

func TestFindResolvesLinksThatKeepTheName(t *testing.T) {
	h := home(t)
	real := script(t, h+"/jvm/25/bin/brew", "echo 25.0.1")
	multi := script(t, h+"/jvm/25/bin/proxy", "echo ${0##*/} 1.2.3")
	for name, target := range map[string]string{"brew": real, "pot": multi} {
		if err := os.MkdirAll(h+"/bin", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, h+"/bin/"+name); err != nil {
			t.Fatal(err)
		}
	}
	found, err := newFinder().find(context.Background(), "", Tool{Tool: "brew", Probe: []string{"brew -v"}})
	if err != nil || found.Path != real {
		t.Errorf("got %+v, %v; want %s", found, err, real)
	}
	found, err = newFinder().find(context.Background(), "", Tool{Tool: "pot", Probe: []string{"pot -v"}})
	if want := h + "/bin/pot"; err != nil || found.Path != want {
		t.Errorf("got %+v, %v; want %s, which would be another program under its real name", found, err, want)
	}
}

func TestFindRemembersAndChoosesByFolder(t *testing.T) {
	h := home(t)
	counter := h + "/runs"
	script(t, h+"/bin/snake", `echo x >>`+counter+`; cat pin`)
	for dir, version := range map[string]string{"a": "1.1.1", "b": "2.2.2"} {
		if err := os.Mkdir(h+"/"+dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(h+"/"+dir+"/pin", []byte(version), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f := newFinder()
	tool := Tool{Tool: "snake", Probe: []string{"snake --version"}}
	for range 2 {
		for dir, version := range map[string]string{"a": "1.1.1", "b": "2.2.2"} {
			found, err := f.find(context.Background(), h+"/"+dir, tool)
			if err != nil || found.Version != version {
				t.Errorf("%s: got %+v, %v; want %s", dir, found, err, version)
			}
		}
	}
	runs, err := os.ReadFile(counter)
	if err != nil || strings.Count(string(runs), "x") != 2 {
		t.Errorf("got %q runs, %v; want one a folder", runs, err)
	}
}

func TestFindGivesUp(t *testing.T) {
	h := home(t)
	script(t, h+"/bin/snake", "sleep 600")
	f := newFinder()
	f.answerTime = time.Millisecond
	tool := Tool{Tool: "snake", Probe: []string{"snake --version"}}
	if _, err := f.find(context.Background(), "", tool); err == nil || !strings.Contains(err.Error(), "no answer within 1ms") {
		t.Errorf("got %v, want no answer", err)
	}

	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	f = newFinder()
	if _, err := f.find(cancelled, "", tool); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	script(t, h+"/bin/snake", "echo 1.0")
	if _, err := f.find(context.Background(), "", tool); err != nil {
		t.Errorf("after a cancelled search: got %v, want it not to be remembered", err)
	}
}

func TestFirstVersion(t *testing.T) {
	tests := map[string]string{
		"go version go1.26.8 linux/amd64":                    "1.26.8",
		"v20.20.2":                                           "20.20.2",
		"cargo 1.95.0 (f2d3ce0bd 2026-03-21)":                "1.95.0",
		"openjdk version \"17.0.15\" 2025-04-15\nOpenJDK 64": "17.0.15",
		"openjdk 25 2025-09-16":                              "25",
		"tool2 1.4":                                          "1.4",
		"Python 3.14.0rc1":                                   "3.14.0",
		"nothing":                                            "",
	}
	for output, want := range tests {
		if got := firstVersion(output); got != want {
			t.Errorf("%q: got %q, want %q", output, got, want)
		}
	}
	if got := firstVersion(colours.ReplaceAllString("\x1b[1mApache Maven 3.8.7\x1b[m", "")); got != "3.8.7" {
		t.Errorf("colours: got %q, want 3.8.7", got)
	}
}

func TestFindRefusesAConstraintThatIsNone(t *testing.T) {
	_, err := newFinder().find(context.Background(), "", Tool{Tool: "sh", Version: "new", Probe: []string{"sh"}})
	if err == nil || !strings.Contains(err.Error(), `version constraint "new"`) {
		t.Errorf("got %v", err)
	}
}
