//go:build linux

package procfs

import (
	"errors"
	"os"
	"os/exec"
	"testing"
)

func TestParseStat(t *testing.T) {
	line := "1234 (a) S (b)) R 1 1200 1100 34816 1200 4194304 210 5 0 0 7 9 11 13 20 0 1 0 987654 12345678 300 18446744073709551615 1 1\n"
	got, err := parseStat([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	want := Stat{PID: 1234, Parent: 1, Group: 1200, Session: 1100, Name: "a) S (b)", State: 'R',
		User: 7, System: 9, ChildUser: 11, ChildSystem: 13, Start: 987654}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, bad := range []string{"", "1234", "1234 (x", "1234 (x) S 1 2 3", "x (y) S 1 1 1 0 1 4 2 5 0 0 7 9 11 13 20 0 1 0 9 1"} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q: got %+v, want an error", bad, got)
		}
	}
}

func TestParseMemory(t *testing.T) {
	status := "Name:\tnode\nVmPeak:\t  999 kB\nVmHWM:\t   2048 kB\nVmRSS:\t    1024 kB\nRssAnon:\t     512 kB\nThreads:\t1\n"
	got, err := parseMemory([]byte(status))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Memory{Peak: 2 << 20, RSS: 1 << 20, Anon: 512 << 10}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, err := parseMemory([]byte("Name:\tnode\nState:\tZ (zombie)\n")); err != nil || got != (Memory{}) {
		t.Errorf("a zombie: got %+v and %v, want nothing", got, err)
	}
	if _, err := parseMemory([]byte("VmHWM:\t 2 MB\n")); err == nil {
		t.Error("another unit than kB was taken")
	}
}

func TestReadOfThisProcess(t *testing.T) {
	stat, err := Read(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if stat.PID != os.Getpid() || stat.Parent != os.Getppid() || stat.Start == 0 {
		t.Errorf("got %+v, want pid %d, parent %d and a start time", stat, os.Getpid(), os.Getppid())
	}
	file, err := OpenMemory(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	memory, err := file.Read()
	if err != nil {
		t.Fatal(err)
	}
	if memory.RSS <= 0 || memory.Peak < memory.RSS || memory.Anon <= 0 {
		t.Errorf("got %+v, want 0 < RSS ≤ peak and some anonymous memory", memory)
	}
	if _, err := Read(1 << 30); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a process that can't be: got %v, want %v", err, os.ErrNotExist)
	}
}

// TestMemoryOfAnEndedProcess: a file that was opened before tells of the process
// that it was opened for, never of the next one with its number.
func TestMemoryOfAnEndedProcess(t *testing.T) {
	command := exec.Command("/bin/sleep", "1000")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	file, err := OpenMemory(command.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // it was killed
	if got, err := file.Read(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %+v and %v, want %v", got, err, os.ErrNotExist)
	}
	if _, err := OpenMemory(command.Process.Pid); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opened afterwards: got %v, want %v", err, os.ErrNotExist)
	}
}

func TestUnescape(t *testing.T) {
	for s, want := range map[string]string{
		"/plain": "/plain", `/a\040b`: "/a b", `/a\134b\011`: "/a\\b\t", `/a\`: `/a\`, `/a\04`: `/a\04`, `/a\999`: `/a\999`,
	} {
		if got := Unescape(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}
