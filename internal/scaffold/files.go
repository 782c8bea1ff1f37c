package scaffold

import (
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// below are the folders further down that would be recognised, the nearest first.
func (in *inspection) below() []string {
	const most = 8
	var folders []string
	for _, file := range in.files(".", "template.yaml", "template.yml", "template.json", "serverless.yml", "serverless.yaml", "go.mod", "Cargo.toml", "pom.xml",
		"build.gradle", "build.gradle.kts", "package.json", "pyproject.toml", "requirements.txt", "Pipfile") {
		if folder := path.Dir(file); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	slices.SortStableFunc(folders, func(a, b string) int { return cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")) })
	return folders[:min(len(folders), most)]
}

func (in *inspection) has(file string) bool {
	info, err := fs.Stat(in.fs, path.Clean(file))
	return err == nil && info.Mode().IsRegular()
}

// read is a file's text, "" where it can't be read: guesses do without it.
func (in *inspection) read(file string) string {
	text, err := fs.ReadFile(in.fs, path.Clean(file))
	if err != nil {
		return ""
	}
	return string(text)
}

// files are those below dir whose names have an ending, without what others installed
// or built, and without tests.
func (in *inspection) files(dir string, endings ...string) []string {
	var found []string
	err := fs.WalkDir(in.fs, path.Clean(dir), func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // what can't be read has no handler
		}
		base := path.Base(name)
		if entry.IsDir() {
			if name != path.Clean(dir) && (strings.HasPrefix(base, ".") || skipped[base]) {
				return fs.SkipDir
			}
			return nil
		}
		for _, ending := range endings {
			if strings.HasSuffix(base, ending) && !tests.MatchString(base) {
				found = append(found, name)
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return found
}

// tests are files that no function runs, declarations of types among them.
var tests = regexp.MustCompile(`(?:^|[._-])(?:tests?|spec|config|conftest)[._-]|^conftest\.|Tests?\.(?:java|kt)$|\.d\.[mc]?ts$`)

var skipped = map[string]bool{
	"node_modules": true, "venv": true, "__pycache__": true, "target": true, "vendor": true, "test": true, "tests": true, "__tests__": true,
	"dist": true, "build": true, "out": true, "coverage": true,
}
