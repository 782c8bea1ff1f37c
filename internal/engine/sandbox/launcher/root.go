//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// What a cell has of this machine, read-only: its programs and libraries, and of
// its settings those that they read. Nothing of anybody's home, and of /sys only
// what runtimes look up about processors and pages. Control groups are not to be
// seen, as on Lambda: there the machine itself is as large as the function.
var (
	systemTop = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}
	settings  = []string{
		"/etc/alternatives", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/crypto-policies",
		"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/os-release",
	}
	kernelFacts = []string{"/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage"}
	devices     = []string{"null", "zero", "full", "random", "urandom", "tty"}
)

// systemFolders are all of these that this machine has.
func systemFolders() []string {
	paths := append(append(systemTop[:len(systemTop):len(systemTop)], settings...), kernelFacts...)
	java, _ := filepath.Glob("/etc/java*") // where Debian keeps a JDK's own settings
	return append(paths, java...)
}

// The function's user as Lambda names it.
const userName = "sbx_user1051"

// root is the file system of a cell while it is built: a small tmpfs with what
// is to be seen bound into it. The host's own folders are never touched.
type root struct {
	dir string
	old bool // no mount_setattr
}

// changeRoot needs a mount namespace of its own, which bench has cloned this
// process into.
func changeRoot(o wire.Cell) error {
	r := &root{dir: o.Root, old: o.OldMounts}
	// Nothing done here may reach the host.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fail("make mounts private", err)
	}
	// Sources are opened by their names outside, before anything covers them.
	sources := make([]int, len(o.Mounts))
	for i, m := range o.Mounts {
		fd, err := unix.Open(m.Source, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			return fail("open "+m.Source+" to mount it at "+m.Target, err)
		}
		sources[i] = fd
	}
	if err := unix.Mount("tmpfs", r.dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755,size=4m"); err != nil {
		return fail("mount a tmpfs on "+r.dir, err)
	}
	for _, step := range []func(wire.Cell) error{r.system, r.etc, r.dev, r.proc, r.temp} {
		if err := step(o); err != nil {
			return err
		}
	}
	for i, m := range o.Mounts {
		if err := r.mount(sources[i], m, o.User); err != nil {
			return err
		}
		unix.Close(sources[i])
	}
	if err := r.protect(r.dir, unix.MOUNT_ATTR_RDONLY, false); err != nil {
		return err
	}
	old, err := r.pivot()
	if err != nil {
		return err
	}
	return r.forget(old)
}

// system shows what the cell has of the host.
func (r *root) system(wire.Cell) error {
	for _, path := range systemFolders() {
		if err := r.show(path); err != nil {
			return err
		}
	}
	for _, dir := range []string{"/opt", "/var/task", "/var/runtime", "/var/lang"} {
		if err := os.MkdirAll(r.dir+dir, 0o755); err != nil {
			return fail("make "+dir, err)
		}
	}
	return nil
}

// show gives a path the file, the folder or the link that the host has there.
func (r *root) show(path string) error {
	target := r.dir + path
	var stat unix.Stat_t
	if unix.Lstat(path, &stat) != nil {
		return nil // not on this machine
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fail("make the folder of "+path, err)
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		link, err := os.Readlink(path)
		if err == nil {
			err = os.Symlink(link, target)
		}
		return fail("copy the link "+path, err)
	case unix.S_IFDIR:
		if err := unix.Mkdir(target, 0o755); err != nil {
			return fail("make the folder "+path, err)
		}
	default:
		if err := unix.Mknod(target, unix.S_IFREG|0o444, 0); err != nil {
			return fail("make the file "+path, err)
		}
	}
	if err := unix.Mount(path, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fail("bind "+path, err)
	}
	return r.protect(target, unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV, true)
}

// etc writes the settings that are the cell's own.
func (r *root) etc(o wire.Cell) error {
	user := o.User
	if user < 0 {
		user = os.Getuid()
	}
	id := strconv.Itoa(user)
	for name, content := range map[string]string{
		"passwd":        "root:x:0:0:root:/root:/sbin/nologin\n" + userName + ":x:" + id + ":" + id + "::/home/" + userName + ":/sbin/nologin\n",
		"group":         "root:x:0:\n" + userName + ":x:" + id + ":\n",
		"hosts":         "127.0.0.1 localhost\n",
		"hostname":      "localhost\n",
		"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
		"resolv.conf":   "", // there is nobody to ask
	} {
		if err := os.WriteFile(r.dir+"/etc/"+name, []byte(content), 0o644); err != nil {
			return fail("write /etc/"+name, err)
		}
	}
	return nil
}

// dev has the devices that are no hardware. There is no /dev/shm, as on Lambda.
func (r *root) dev(wire.Cell) error {
	dir := r.dir + "/dev/"
	if err := unix.Mkdir(dir, 0o755); err != nil {
		return fail("make /dev", err)
	}
	for _, name := range devices {
		if _, err := os.Stat("/dev/" + name); err != nil {
			continue
		}
		if err := unix.Mknod(dir+name, unix.S_IFREG|0o666, 0); err != nil {
			return fail("make the file /dev/"+name, err)
		}
		if err := unix.Mount("/dev/"+name, dir+name, "", unix.MS_BIND, ""); err != nil {
			return fail("bind /dev/"+name, err)
		}
	}
	for name, link := range map[string]string{"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"} {
		if err := os.Symlink(link, dir+name); err != nil {
			return fail("make the link /dev/"+name, err)
		}
	}
	return nil
}

// proc is the cell's own. It is mounted while the host's is still to be seen: the
// kernel does not give a plain user more than he could see before.
func (r *root) proc(o wire.Cell) error {
	target := r.dir + "/proc"
	if err := unix.Mkdir(target, 0o755); err != nil {
		return fail("make /proc", err)
	}
	if !o.OwnPIDs {
		return fail("bind /proc", unix.Mount("/proc", target, "", unix.MS_BIND|unix.MS_REC, ""))
	}
	return fail("mount /proc", unix.Mount("proc", target, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""))
}

// temp is the only place to write to.
func (r *root) temp(o wire.Cell) error {
	target := r.dir + "/tmp"
	if err := unix.Mkdir(target, 0o755); err != nil {
		return fail("make /tmp", err)
	}
	if o.TempBytes == 0 {
		return nil
	}
	err := unix.Mount("tmpfs", target, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=700,size="+strconv.Itoa(o.TempBytes))
	if err == nil && o.User >= 0 {
		err = os.Chown(target, o.User, o.User)
	}
	return fail("mount /tmp", err)
}

// mount shows one source at its target. What can be written to is the user's.
func (r *root) mount(source int, m wire.Mount, user int) error {
	if m.ReadOnly && m.Source == m.Target && shown(m.Target) {
		return nil
	}
	target := r.dir + m.Target
	if err := mountPoint(source, target); err != nil {
		return fail("make the mount point "+m.Target, err)
	}
	if err := unix.Mount(proc(source), target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fail("mount "+m.Source+" at "+m.Target, err)
	}
	attributes := uint64(unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV)
	if m.ReadOnly {
		attributes |= unix.MOUNT_ATTR_RDONLY
	} else if user >= 0 {
		if err := os.Chown(target, user, user); err != nil {
			return fail("give "+m.Target+" to the user", err)
		}
	}
	return r.protect(target, attributes, true)
}

// mountPoint makes a file for a file and a folder for a folder.
func mountPoint(source int, target string) error {
	var stat unix.Stat_t
	if err := unix.Fstat(source, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(target, os.O_CREATE, 0o444)
	if err != nil {
		return err
	}
	return f.Close()
}

// shown reports whether a folder of the host is in the cell anyway.
func shown(path string) bool {
	for _, top := range systemTop {
		if path == top || strings.HasPrefix(path, top+"/") {
			return true
		}
	}
	return false
}

// pivot makes it the root. The old root lies on top of it until forget.
func (r *root) pivot() (int, error) {
	fd, err := unix.Open(r.dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fail("open "+r.dir, err)
	}
	if err := unix.Fchdir(fd); err != nil {
		return -1, fail("change to "+r.dir, err)
	}
	// With the same folder twice the old root is stacked on the new one, and
	// no folder is needed to put it in (pivot_root(2), NOTES).
	if err := unix.PivotRoot(".", "."); err != nil {
		return -1, fail("make "+r.dir+" the root", err)
	}
	return fd, nil
}

// forget detaches the old root with everything below it.
func (r *root) forget(fd int) error {
	if err := unix.Fchdir(fd); err != nil {
		return fail("change to the new root", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fail("unmount the old root", err)
	}
	unix.Close(fd)
	return fail("change to the new root", unix.Chdir("/"))
}

func proc(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// protect sets attributes of a mount, with all mounts below it if wished.
// Special files such as /dev/null stay writable when a mount is read-only.
func (r *root) protect(dir string, attributes uint64, recursive bool) error {
	if r.old {
		return r.remount(dir, attributes, recursive)
	}
	flags := uint(0)
	if recursive {
		flags = unix.AT_RECURSIVE
	}
	err := unix.MountSetattr(unix.AT_FDCWD, dir, flags, &unix.MountAttr{Attr_set: attributes})
	if err == unix.ENOSYS {
		r.old = true
		return r.remount(dir, attributes, recursive)
	}
	return fail("protect "+dir, err)
}

// remount is protect before Linux 5.12: mount by mount, each with the flags
// that it has, since a plain user may not take one away.
func (r *root) remount(dir string, attributes uint64, recursive bool) error {
	points := []string{dir}
	if recursive {
		b, err := os.ReadFile("/proc/self/mountinfo")
		if err != nil {
			return fail("list the mounts", err)
		}
		points = append(points, below(string(b), dir)...)
	}
	for _, point := range points {
		var s unix.Statfs_t
		if err := unix.Statfs(point, &s); err != nil {
			if point != dir {
				continue // covered by another mount, or not for this user to see
			}
			return fail("look at "+point, err)
		}
		// The flags of statfs(2) are those of mount(2), save for this one, and so
		// are the three attributes that are asked for here.
		flags := uintptr(s.Flags)&(unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_NOATIME|unix.MS_NODIRATIME) | uintptr(attributes)
		if s.Flags&unix.ST_RELATIME != 0 {
			flags |= unix.MS_RELATIME
		}
		if err := unix.Mount("", point, "", unix.MS_REMOUNT|unix.MS_BIND|flags, ""); err != nil {
			return fail("protect "+point, err)
		}
	}
	return nil
}

// below lists the mount points under a folder (proc_pid_mountinfo(5)).
func below(mountinfo, dir string) []string {
	var points []string
	prefix := strings.TrimSuffix(dir, "/") + "/"
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		if point := procfs.Unescape(fields[4]); strings.HasPrefix(point, prefix) && point != dir {
			points = append(points, point)
		}
	}
	return points
}
