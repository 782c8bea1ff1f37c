package config

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// checkTogether finds what two runtimes must not share. The runtimes come in
// their final order, so that the later one is blamed.
func checkTogether(runtimes []Runtime) error {
	type owner struct {
		runtime string
		path    []string
	}
	taken := map[string]owner{}
	var problems []Problem
	claim := func(r Runtime, what, value, hint string, path ...string) {
		key := what + "\x00" + value
		if first, ok := taken[key]; ok {
			if first.runtime == r.Dir && slices.Equal(first.path, path) {
				return
			}
			problems = append(problems, problemIn(r, path, quote(value),
				"a "+what+" that "+filepath.Join(shown(first.runtime), ManifestName)+" does not have already", hint))
			return
		}
		taken[key] = owner{r.Dir, path}
	}
	for _, r := range runtimes {
		claim(r, "name", r.Name, "rename one of the two runtimes", "name")
		if r.Color != "" {
			claim(r, "colour", strings.ToLower(r.Color), "two runtimes of one colour can't be told apart in a chart", "color")
		}
		for i, p := range r.Prefixes {
			claim(r, "prefix", p, "the API must know whose path it is", "prefixes", strconv.Itoa(i))
		}
		for _, name := range slices.Sorted(maps.Keys(r.Artifacts)) {
			claim(r, "zip", r.ArtifactID(name, ""), "rename the artifact or the runtime", "artifacts", name)
		}
		claim(r, "function name", FunctionName(r.Name, ""), "rename the runtime", "name")
		for _, name := range slices.Sorted(maps.Keys(r.Variants)) {
			if !r.Variants[name].Default {
				claim(r, "function name", VariantFunctionName(r.Name, name, ""), "rename the variant or the runtime", "variants", name)
			}
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return manifestError(problems)
}

// problemIn reads the manifest again for the line: only a mistake needs it.
func problemIn(r Runtime, path []string, got, want, hint string) Problem {
	file := filepath.Join(shown(r.Dir), ManifestName)
	if content, err := os.ReadFile(filepath.Join(r.Dir, ManifestName)); err == nil {
		if d, wrong := parseDocument(file, content); wrong == nil {
			return d.problem(path, got, want, hint)
		}
	}
	return Problem{File: file, Line: 1, Column: 1, Field: strings.Join(path, "."), Got: got, Want: want, Hint: hint}
}

// shown is a folder as a person would write it: relative where it lies below the
// current one.
func shown(dir string) string {
	cwd, err := os.Getwd()
	if err != nil {
		return dir
	}
	if rel, err := filepath.Rel(cwd, dir); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return dir
}
