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
		{"tmp is fresh", "ls -A /tmp | grep -v go-build", "file"}, // where this test's program is
		{"extra is there", "cat /opt/client/of/a/runtime/x", "extra"},
		{"extra is read-only", "touch /opt/client/of/a/runtime/y 2>/dev/null || echo refused", "refused"},
		{"a mount below the root", "cat /below-the-root/x", "extra"},
		{"the machine's programs are there", "ls -d /usr/bin /bin/sh /etc/passwd /proc/self | wc -l", "4"},
		{"nothing of anybody's home", "ls -A /home /root " + home + " 2>/dev/null | wc -l", "0"},
		{"of the root only this", "echo $(ls -A / | grep -v lib)", "below-the-root bin dev etc opt proc sbin sys tmp usr var"},
		{"of the settings only these", "ls -A /etc | grep -c shadow", "0"},
		{"and read-only", "touch /usr/x /var/x /x /etc/passwd /opt/x /dev/x 2>/dev/null || echo refused", "refused"},
		{"devices work", "echo x >/dev/null && head -c 3 /dev/zero | wc -c", "3"},
		{"it knows its user", "id -un", "sbx_user1051"},
		{"control groups are not to be seen", "ls /sys/fs 2>/dev/null; cut -d: -f3 /proc/self/cgroup | sort -u; grep -c cgroup /proc/self/mountinfo", "/\n0"},
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
