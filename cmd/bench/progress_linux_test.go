package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoterminal opens a pseudoterminal: what is written to the second file is read from the first.
func pseudoterminal(t *testing.T) (screen, end *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	end, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = end.Close() })
	if err := unix.IoctlSetWinsize(int(end.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	return screen, end
}

// On a terminal a bar is redrawn in place, what is said meanwhile stands above it as a
// line of its own, and in the end the bar is gone.
func TestBarOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	screen, end := pseudoterminal(t)
	u := newUI(end, end)
	if !u.terminal {
		t.Fatal("a terminal was not taken for one")
	}
	seen := ""
	until := func(want string) {
		t.Helper()
		buffer := make([]byte, 4096)
		for !strings.Contains(seen, want) {
			n, err := screen.Read(buffer)
			if err != nil {
				t.Fatalf("%v while waiting for %q; seen: %q", err, want, seen)
			}
			seen += string(buffer[:n])
		}
	}
	b := u.Bar("environments", 10)
	b.Step("go")
	until("environments 1/10")
	w := u.Work("building rust-x86_64", "7m")
	w.Line("Compiling tokio")
	until(" of about 7m: Compiling tokio")
	seen = ""
	u.Say("a line of its own")
	until("a line of its own\r\n")
	if before, _, _ := strings.Cut(seen, "a line"); strings.Contains(before[strings.LastIndexAny("\n"+before, "\n"):], "environments") {
		t.Errorf("the line stands behind a bar: %q", seen)
	}
	b.Step("go")
	until("environments 2/10")
	if !strings.Contains(seen, "\x1b[") {
		t.Errorf("got no cursor movement: %q", seen)
	}
	b.End()
	w.End()
	if u.drawn != nil {
		t.Error("something is drawn still")
	}
	u.Say("afterwards")
	until("afterwards\r\n")
}

// A terminal of no size gets what a log gets.
func TestATerminalWithoutASizeIsALog(t *testing.T) {
	t.Setenv("TERM", "xterm")
	_, end := pseudoterminal(t)
	if err := unix.IoctlSetWinsize(int(end.Fd()), unix.TIOCSWINSZ, &unix.Winsize{}); err != nil {
		t.Fatal(err)
	}
	if u := newUI(end, end); u.terminal || width(end) != 100 {
		t.Errorf("got a terminal (%t) of %d columns, want a log of 100", u.terminal, width(end))
	}
}
