package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// match lists the files below dir that the patterns name, as slash paths
// relative to dir, sorted. A pattern may lead out of dir with "../"; "!" before a
// pattern excludes. Folders in skip (absolute) and .git are never entered. A
// pattern that matches nothing is an error: a misspelt one would hide changes.
func match(dir string, patterns []string, skip ...string) ([]string, error) {
	var excluded [][]string
	for _, p := range patterns {
		if rest, ok := strings.CutPrefix(p, "!"); ok {
			excluded = append(excluded, strings.Split(path.Clean(rest), "/"))
		}
	}
	found := map[string]bool{}
	for _, p := range patterns {
		if strings.HasPrefix(p, "!") {
			continue
		}
		w := walk{dir: dir, excluded: excluded, skip: skip, found: found}
		if err := w.pattern(p); err != nil {
			return nil, err
		}
	}
	files := make([]string, 0, len(found))
	for name := range found {
		files = append(files, name)
	}
	slices.Sort(files)
	return files, nil
}

type walk struct {
	dir      string
	excluded [][]string
	skip     []string
	found    map[string]bool
}

func (w walk) pattern(pattern string) error {
	segments := strings.Split(path.Clean(pattern), "/")
	fixed := 0
	for fixed < len(segments) && !strings.ContainsAny(segments[fixed], `*?[\`) {
		fixed++
	}
	base := path.Join(segments[:fixed]...)
	root := filepath.Join(w.dir, filepath.FromSlash(base))
	any := false
	add := func(name string) {
		any = true // an excluded match is a match, too
		if !w.isExcluded(name) {
			w.found[name] = true
		}
	}
	if fixed == len(segments) {
		info, err := os.Stat(root)
		if err == nil && info.IsDir() {
			return fault.Usage("write "+pattern+"/** for all that is in it", "sources: got the folder %s, want a file or a glob", pattern)
		}
		if err == nil {
			add(base)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look at the source %s: %w", pattern, err)
		}
	} else if err := w.below(root, base, segments, add); err != nil {
		return err
	}
	if !any {
		return fault.Usage("correct or remove it in the manifest's sources or lockFiles",
			"%s in %s: got no such file, want at least one", pattern, w.dir)
	}
	return nil
}

func (w walk) below(root, base string, segments []string, add func(string)) error {
	deep := slices.Contains(segments, "**")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // removed meanwhile, or the fixed part does not exist
			}
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name := path.Join(base, filepath.ToSlash(rel))
		if !d.IsDir() {
			if matches(segments, strings.Split(name, "/")) {
				add(name)
			}
			return nil
		}
		if d.Name() == ".git" || slices.Contains(w.skip, file) || w.isExcluded(name+"/x") && w.excludesAllOf(name) {
			return filepath.SkipDir
		}
		if !deep && rel != "." && strings.Count(name, "/")+1 >= len(segments) {
			return filepath.SkipDir
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for sources in %s: %w", root, err)
	}
	return nil
}

func (w walk) isExcluded(name string) bool {
	parts := strings.Split(name, "/")
	return slices.ContainsFunc(w.excluded, func(e []string) bool { return matches(e, parts) })
}

// excludesAllOf reports whether an exclusion "…/**" covers the whole folder.
func (w walk) excludesAllOf(dir string) bool {
	parts := strings.Split(dir, "/")
	return slices.ContainsFunc(w.excluded, func(e []string) bool {
		return e[len(e)-1] == "**" && matches(e[:len(e)-1], parts)
	})
}

// matches compares a pattern and a name segment by segment; "**" stands for any
// number of segments, none included.
func matches(pattern, name []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := range len(name) + 1 {
				if matches(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], name[0]); err != nil || !ok {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return len(name) == 0
}
