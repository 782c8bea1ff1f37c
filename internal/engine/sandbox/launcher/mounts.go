//go:build linux

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// root builds the box's file system: everything of the host, read-only, and the
// ordered mounts on top. The host's own folders are never touched: where a mount
// point is missing (most hosts have no /var/task), the folder above it is laid
// out anew on a small tmpfs with its entries bound into it.
type root struct {
	old      bool     // no mount_setattr
	exploded []string // folders that were laid out anew, still writable
}

// changeRoot needs a mount namespace of its own, which bench has cloned this
// process into.
func changeRoot(o wire.Order) error {
	r := &root{old: o.OldMounts}
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
	if err := r.copyHost(o); err != nil {
		return err
	}
	old, err := r.pivot(o.Root)
	if err != nil {
		return err
	}
	for i, m := range o.Mounts {
		if err := r.mount(sources[i], m); err != nil {
			return err
		}
		unix.Close(sources[i])
	}
	for _, dir := range r.exploded {
		if err := r.readOnly(dir, false); err != nil {
			return err
		}
	}
	return r.forget(old)
}

// copyHost mounts a read-only copy of the whole tree at o.Root.
func (r *root) copyHost(o wire.Order) error {
	// A mount point directly below / can't be made later: / is laid out anew.
	missing := false
	for _, m := range o.Mounts {
		first, _, _ := strings.Cut(strings.TrimPrefix(m.Target, "/"), "/")
		_, err := os.Lstat("/" + first)
		missing = missing || errors.Is(err, os.ErrNotExist)
	}
	if missing {
		if err := r.layOut("/", o.Root); err != nil {
			return err
		}
		for _, m := range o.Mounts {
			if err := os.MkdirAll(o.Root+parentOfFirst(m.Target), 0o755); err != nil {
				return fail("make the mount point "+m.Target, err)
			}
		}
		r.exploded = r.exploded[:0] // made read-only right here, with what is below
	} else if err := unix.Mount("/", o.Root, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fail("bind / to "+o.Root, err)
	}
	return r.readOnly(o.Root, true)
}

// parentOfFirst is the first element of an absolute path: "/a" of "/a/b/c".
func parentOfFirst(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + first
}

// pivot makes the copy the root. The old root lies on top of it until forget.
func (r *root) pivot(dir string) (int, error) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fail("open "+dir, err)
	}
	if err := unix.Fchdir(fd); err != nil {
		return -1, fail("change to "+dir, err)
	}
	// With the same folder twice the old root is stacked on the new one, and
	// no folder is needed to put it in (pivot_root(2), NOTES).
	if err := unix.PivotRoot(".", "."); err != nil {
		return -1, fail("make "+dir+" the root", err)
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

// mount shows one source at its target.
func (r *root) mount(source int, m wire.Mount) error {
	if err := r.ensure(m.Target); err != nil {
		return err
	}
	if err := unix.Mount(proc(source), m.Target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fail("mount "+m.Source+" at "+m.Target, err)
	}
	if m.ReadOnly {
		return r.readOnly(m.Target, true)
	}
	return nil
}

// ensure makes a folder to mount on.
func (r *root) ensure(target string) error {
	if _, err := os.Stat(target); err == nil {
		return nil
	}
	// Works inside of what was laid out or mounted for writing; everywhere else
	// the copy of the host is read-only by now.
	err := os.MkdirAll(target, 0o755)
	if !errors.Is(err, unix.EROFS) {
		return fail("make the mount point "+target, err)
	}
	above := filepath.Dir(target)
	for above != "/" {
		if _, err := os.Stat(above); err == nil {
			break
		}
		above = filepath.Dir(above)
	}
	if above, err = filepath.EvalSymlinks(above); err != nil {
		return fail("find the folder above "+target, err)
	}
	if err := r.layOut(above, above); err != nil {
		return err
	}
	return fail("make the mount point "+target, os.MkdirAll(target, 0o755))
}

// layOut mounts a small tmpfs on a folder and binds the entries of another one
// (often what was there before) into it.
func (r *root) layOut(from, on string) error {
	fd, err := unix.Open(from, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fail("open "+from, err)
	}
	dir := os.NewFile(uintptr(fd), from)
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return fail("list "+from, err)
	}
	if err := unix.Mount("tmpfs", on, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755,size=1m"); err != nil {
		return fail("mount a tmpfs on "+on, err)
	}
	r.exploded = append(r.exploded, on)
	for _, e := range entries {
		if err := bindEntry(fd, e, on); err != nil && !errors.Is(err, unix.ENOENT) { // gone meanwhile
			return fail("bind "+filepath.Join(from, e.Name()), err)
		}
	}
	return nil
}

func bindEntry(fd int, e os.DirEntry, on string) error {
	source, target := proc(fd)+"/"+e.Name(), filepath.Join(on, e.Name())
	switch {
	case e.Type()&os.ModeSymlink != 0:
		link, err := os.Readlink(source)
		if err != nil {
			return err
		}
		return os.Symlink(link, target)
	case e.IsDir():
		if err := unix.Mkdir(target, 0o755); err != nil {
			return err
		}
	default:
		if err := unix.Mknod(target, unix.S_IFREG|0o444, 0); err != nil {
			return err
		}
	}
	return unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, "")
}

func proc(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// readOnly makes a mount read-only, with all mounts below it if wished. Special
// files such as /dev/null stay writable.
func (r *root) readOnly(dir string, recursive bool) error {
	if r.old {
		return r.remount(dir, recursive)
	}
	flags := uint(0)
	if recursive {
		flags = unix.AT_RECURSIVE
	}
	err := unix.MountSetattr(unix.AT_FDCWD, dir, flags, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	if err == unix.ENOSYS {
		r.old = true
		return r.remount(dir, recursive)
	}
	return fail("make "+dir+" read-only", err)
}

// remount is readOnly before Linux 5.12: mount by mount, each with the flags
// that it has, since a plain user may not take one away.
func (r *root) remount(dir string, recursive bool) error {
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
		// The flags of statfs(2) are those of mount(2), save for this one.
		keep := uintptr(s.Flags) & (unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME)
		if s.Flags&unix.ST_RELATIME != 0 {
			keep |= unix.MS_RELATIME
		}
		if err := unix.Mount("", point, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|keep, ""); err != nil {
			return fail("make "+point+" read-only", err)
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
