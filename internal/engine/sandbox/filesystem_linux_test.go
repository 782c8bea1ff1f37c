package sandbox

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFileSystem(t *testing.T) {
	h := openHost(t, Options{})
	needNamespaces(t, h)
	code, tmp, extra := t.TempDir(), t.TempDir(), t.TempDir()
	for path, content := range map[string]string{code + "/bootstrap": "#!/bin/sh\necho I am $0 in $(pwd)\n", extra + "/x": "extra"} {
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	before := listing(t, "/", "/var", "/opt", "/tmp")
	home, err := os.UserHomeDir() // where interpreters may live; this package may lie below /tmp, which is hidden
	if err != nil {
		t.Fatal(err)
	}
	mounts := []Mount{
		{code, "/var/task", true},
		{tmp, "/tmp", false},
		{extra, "/opt/client/of/a/runtime", true},
		{extra, "/below-the-root", true},
	}
	var out bytes.Buffer
	b := start(t, h, Spec{ID: "0", Command: []string{"./bootstrap"}, Dir: "/var/task", Mounts: mounts, Stdout: &out})
	<-b.Done()
	if got, want := out.String(), "I am ./bootstrap in /var/task\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, test := range []struct{ name, script, want string }{
		{"code is read-only", "touch /var/task/x 2>/dev/null || echo refused", "refused"},
		{"code can't be mounted again", "mount -o remount,bind,rw /var/task 2>/dev/null && touch /var/task/x || echo refused", "refused"},
		{"tmp can be written", "echo hello >/tmp/file && cat /tmp/file", "hello"},
		{"tmp is fresh", "ls -A /tmp", "file"},
		{"extra is there", "cat /opt/client/of/a/runtime/x", "extra"},
		{"extra is read-only", "touch /opt/client/of/a/runtime/y 2>/dev/null || echo refused", "refused"},
		{"a mount below the root", "cat /below-the-root/x", "extra"},
		{"the host's folders are there", "ls -d /usr/bin /etc/passwd /proc/self " + home + " | wc -l", "4"},
		{"and read-only", "touch " + home + "/x /usr/x /var/x /x /var/lib/x /opt/x 2>/dev/null || echo refused", "refused"},
		{"devices work", "echo x >/dev/null && head -c 3 /dev/zero | wc -c", "3"},
		{"links still lead somewhere", "ls /var/run/ >/dev/null && echo yes", "yes"},
		{"other entries beside the code", "[ $(ls /var | wc -l) -gt 2 ] && echo yes", "yes"},
		{"nothing of the old root", "cat /proc/self/mountinfo | awk '{print $5}' | sort | uniq -d | grep -cx /", "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _ := script(t, h, Spec{ID: "1", Dir: "/var/task", Mounts: mounts, Env: []string{"PATH=/usr/bin:/bin:/sbin:/usr/sbin"}}, test.script)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if after := listing(t, "/", "/var", "/opt", "/tmp"); !slices.Equal(before, after) && !slices.Equal(before, listing(t, "/", "/var", "/opt", "/tmp")) {
		for _, name := range after {
			if !slices.Contains(before, name) && !strings.HasPrefix(name, "/tmp/") {
				t.Errorf("%s is new on the host", name)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(tmp, "file")); err != nil {
		t.Errorf("what was written to /tmp is not in its source: %v", err)
	}
}

func listing(t *testing.T, dirs ...string) []string {
	t.Helper()
	var names []string
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names
}
