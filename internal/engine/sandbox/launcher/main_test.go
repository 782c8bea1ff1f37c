//go:build linux

package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// What the launcher does to itself is tested from outside, by the sandbox's own
// tests. Here is what can be asked for an answer.

func TestFind(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	for name, mode := range map[string]os.FileMode{"tool": 0o755, "text": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(other, "tool"), 0o755); err != nil { // a folder is no program
		t.Fatal(err)
	}
	path := "PATH=" + other + ":" + dir
	for _, test := range []struct {
		command, env []string
		want         string
		err          error
	}{
		{[]string{"./x"}, nil, "./x", nil},
		{[]string{"/bin/x"}, nil, "/bin/x", nil},
		{[]string{"tool"}, []string{"A=1", path}, dir + "/tool", nil},
		{[]string{"tool"}, []string{"PATH=/nowhere", path}, dir + "/tool", nil},
		{[]string{"text"}, []string{path}, "", syscall.ENOENT},
		{[]string{"tool"}, []string{"PATH="}, "", syscall.ENOENT},
		{[]string{"tool"}, nil, "", syscall.ENOENT},
		{[]string{""}, []string{path}, "", syscall.ENOENT},
		{nil, nil, "", syscall.ENOENT},
	} {
		got, err := find(test.command, test.env)
		var f *failure
		if errors.As(err, &f) {
			err = f.err
		}
		if got != test.want || err != test.err {
			t.Errorf("%q with %q: got %q and %v, want %q and %v", test.command, test.env, got, err, test.want, test.err)
		}
	}
}

func TestBelow(t *testing.T) {
	mountinfo := "27 1 254:0 / / rw - ext4 /dev/vda rw\n22 27 0:21 / /proc rw - proc proc rw\n25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw\n" +
		"26 24 0:23 / /dev/a\\040b rw - tmpfs tmpfs rw\n27 24 0:23 / /device rw - tmpfs tmpfs rw\n28 24\n"
	for dir, want := range map[string][]string{
		"/":     {"/proc", "/dev/shm", "/dev/a b", "/device"},
		"/dev":  {"/dev/shm", "/dev/a b"},
		"/proc": nil,
	} {
		if got := below(mountinfo, dir); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", dir, got, want)
		}
	}
}

func TestUnknownLifeIsRefused(t *testing.T) {
	for _, args := range [][]string{nil, {"x"}, {"box", "x"}} {
		if got, want := run(args), 2; got != want {
			t.Errorf("%q: got %d, want %d", args, got, want)
		}
	}
	if got, want := run([]string{"nothing"}), 0; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}
