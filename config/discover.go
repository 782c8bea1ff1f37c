package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Discover reads lambdas/*/runtime.yaml below root and the extra folders, checks
// each file and all of them together, and sorts them by order, then name. A
// folder of lambdas/ without a manifest is no runtime. An extra folder may lie
// anywhere and must have one.
func Discover(root string, extra ...string) ([]Runtime, error) {
	dirs, err := folders(root)
	if err != nil {
		return nil, err
	}
	dirs = append(dirs, extra...)
	if len(dirs) == 0 {
		return nil, fault.Usage("without names it takes the project's own functions, so run it in its checkout (-C); or name yours: --runtime with a folder that has a "+ManifestName+" (bench init writes one), or bench local --zip or --template",
			"no runtimes: got no %s, want at least one", filepath.Join(root, "lambdas", "*", ManifestName))
	}

	var runtimes []Runtime
	var problems []error
	seen := map[string]bool{}
	for _, dir := range dirs {
		real := realPath(dir)
		if seen[real] {
			continue // named twice, for example by --runtime lambdas/x
		}
		seen[real] = true
		r, err := LoadRuntime(dir)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		runtimes = append(runtimes, r)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return Together(runtimes)
}

// Pick reads the runtimes that take part alone: those of lambdas/ with these names,
// and those of folders anywhere; guests without a manifest come with them. What is
// wrong with the others stops nobody.
func Pick(root string, names, extra []string, guests ...Runtime) ([]Runtime, error) {
	dirs, err := folders(root)
	if err != nil {
		return nil, err
	}
	picked := slices.Clone(guests)
	var known []string
	var problems []error
	found := map[string]bool{}
	for _, dir := range dirs {
		if len(names) == 0 {
			break
		}
		r, err := LoadRuntime(dir)
		if err != nil { // who it is can't be told, unless it is called like its folder
			r.Name = filepath.Base(dir)
		}
		known = append(known, r.Name)
		if !slices.Contains(names, r.Name) {
			continue
		}
		found[r.Name] = true
		if err != nil {
			problems = append(problems, err)
			continue
		}
		picked = append(picked, r)
	}
	slices.Sort(known)
	for _, name := range names {
		if !found[name] {
			hint := "a folder of yours is named by its path: ./" + name
			if len(known) > 0 {
				hint = "known runtimes: " + strings.Join(known, ", ") + "; " + hint
			}
			return nil, fault.Usage(hint, "unknown runtime %q", name)
		}
	}
	for _, dir := range extra {
		r, err := LoadRuntime(dir)
		switch {
		case err != nil:
			problems = append(problems, err)
		case !slices.ContainsFunc(picked, func(other Runtime) bool { return realPath(other.Dir) == realPath(dir) }):
			picked = append(picked, r)
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return Together(picked)
}

// Together sorts runtimes that take part in one run, checks what they must not
// share, and gives a colour to each that has none.
func Together(runtimes []Runtime) ([]Runtime, error) {
	slices.SortFunc(runtimes, func(a, b Runtime) int {
		if a.Order != b.Order {
			return a.Order - b.Order
		}
		return strings.Compare(a.Name, b.Name)
	})
	if err := checkTogether(runtimes); err != nil {
		return nil, err
	}
	giveColours(runtimes)
	return runtimes, nil
}

// folders are those of root's lambdas/ that have a manifest.
func folders(root string) ([]string, error) {
	manifests, err := filepath.Glob(filepath.Join(globEscape(root), "lambdas", "*", ManifestName))
	if err != nil {
		return nil, fmt.Errorf("look for runtimes below %s: %w", root, err)
	}
	var dirs []string
	for _, m := range manifests {
		dirs = append(dirs, filepath.Dir(m))
	}
	return dirs, nil
}

// palette are colours that can be told apart, also by those who see few of them:
// Okabe and Ito's, without black. Behind its end it begins anew.
var palette = []string{"#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#0072B2", "#D55E00", "#F0E442"}

// giveColours gives the runtimes without a colour those of the palette that nobody
// has.
func giveColours(runtimes []Runtime) {
	taken := map[string]bool{}
	for _, r := range runtimes {
		taken[strings.ToLower(r.Color)] = true
	}
	free := slices.DeleteFunc(slices.Clone(palette), func(c string) bool { return taken[strings.ToLower(c)] })
	if len(free) == 0 {
		free = palette
	}
	next := 0
	for i := range runtimes {
		if runtimes[i].Color == "" {
			runtimes[i].Color = free[next%len(free)]
			next++
		}
	}
}

// Select picks runtimes by name, in the order of the runtimes; no names means
// all of them.
func Select(runtimes []Runtime, names ...string) ([]Runtime, error) {
	if len(names) == 0 {
		return runtimes, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(runtimes, func(r Runtime) bool { return r.Name == name }) {
			var known []string
			for _, r := range runtimes {
				known = append(known, r.Name)
			}
			slices.Sort(known)
			return nil, fault.Usage("known runtimes: "+strings.Join(known, ", "), "unknown runtime %q", name)
		}
	}
	var picked []Runtime
	for _, r := range runtimes {
		if slices.Contains(names, r.Name) {
			picked = append(picked, r)
		}
	}
	return picked, nil
}

// ReadVersion returns the content of root's VERSION file: what artifacts carry
// as their version. Without the file (a runtime outside the repository) it is
// "dev".
func ReadVersion(root string) (string, error) {
	b, err := os.ReadFile(filepath.Join(root, "VERSION"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "dev", nil
	case err != nil:
		return "", fmt.Errorf("read the version: %w", err)
	}
	v := strings.TrimSpace(string(b))
	if v == "" {
		return "", fault.Usage("write one line such as 0.1.0", "%s: got an empty file, want a version", filepath.Join(root, "VERSION"))
	}
	return v, nil
}

func realPath(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	return abs
}

func globEscape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
