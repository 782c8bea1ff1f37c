package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
)

// binary is the compiled program, and what it records of its making.
type binary struct {
	content  []byte
	info     *debug.BuildInfo
	stripped bool
}

// readBinary reads the one file of the zip.
func readBinary(name string) (binary, error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return binary{}, fmt.Errorf("open %s: %w", name, err)
	}
	defer archive.Close()
	if len(archive.File) != 1 || archive.File[0].Name != "bootstrap" {
		return binary{}, fmt.Errorf("%s: got %d files, want bootstrap alone", name, len(archive.File))
	}
	file, err := archive.File[0].Open()
	if err != nil {
		return binary{}, err
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return binary{}, err
	}
	info, err := buildinfo.Read(bytes.NewReader(content))
	if err != nil {
		return binary{}, fmt.Errorf("%s: %w", name, err)
	}
	program, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return binary{}, fmt.Errorf("%s: %w", name, err)
	}
	return binary{content: content, info: info, stripped: program.Section(".symtab") == nil}, nil
}

// usual are the build settings of every binary, with the values that are defaults.
var usual = map[string]string{
	"-buildmode": "exe", "-compiler": "gc", "GOARCH": "", "GOOS": "linux", "GOAMD64": "v1", "GOARM64": "v8.0",
}

// tags are the build tags, with commas between them.
func (b binary) tags() string {
	for _, s := range b.info.Settings {
		if s.Key == "-tags" {
			return s.Value
		}
	}
	return ""
}

// checkProgram builds the package in the folder dir anew, with the flags that the
// program records, and wants the same bytes: no other sources, and nothing patched.
func checkProgram(dir string, b binary) ([]string, error) {
	folder, err := os.MkdirTemp("", "classcheck-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	output := filepath.Join(folder, "bootstrap")
	arguments, environment := []string{"build", "-buildvcs=false", "-o", output}, os.Environ()
	for _, s := range b.info.Settings {
		switch {
		case s.Key == "-trimpath" && s.Value == "true":
			arguments = append(arguments, s.Key)
		case s.Key == "-tags" || s.Key == "-ldflags":
			arguments = append(arguments, s.Key, s.Value)
		case s.Key == "GOARCH" || s.Key == "GOOS" || s.Key == "CGO_ENABLED":
			environment = append(environment, s.Key+"="+s.Value)
		}
	}
	command := exec.Command(goTool(), append(arguments, ".")...)
	command.Dir, command.Env, command.Stderr = dir, environment, os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("build the program anew: %w", err)
	}
	again, err := os.ReadFile(output)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, b.content) {
		return []string{fmt.Sprintf("bootstrap: got a program with the hash %x, want %x, which these sources give", sha256.Sum256(b.content), sha256.Sum256(again))}, nil
	}
	return nil, nil
}

// settings are those of the build that are not the default.
func (b binary) settings() []used {
	found := []used{}
	add := func(name string) { found = append(found, used{name, name, "bootstrap"}) }
	vcs := false
	for _, s := range b.info.Settings {
		if want, ok := usual[s.Key]; ok && (want == "" || want == s.Value) {
			continue
		}
		switch {
		case s.Key == "-tags":
			for tag := range strings.SplitSeq(s.Value, ",") {
				add("-tags " + tag)
			}
		case s.Key == "-trimpath":
			add("-trimpath")
		case strings.HasPrefix(s.Key, "vcs"):
			vcs = true
		default:
			add(s.Key + "=" + s.Value)
		}
	}
	if !vcs {
		add("-buildvcs=false")
	}
	if b.stripped {
		add("-ldflags -s") // The record leaves -ldflags out where paths are trimmed.
	}
	return found
}

// readSums reads go.sum: the hash of each module's files by "path version".
func readSums(name string) (map[string]string, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(content)) {
		if f := strings.Fields(line); len(f) == 3 {
			sums[f[0]+" "+f[1]] = f[2]
		}
	}
	return sums, nil
}

// checkModules wants the files of each linked module to be those of go.sum, which
// the checksum database has seen: none altered, missing, added or replaced.
func checkModules(modules []*debug.Module, sums map[string]string, cache string) []string {
	var problems []string
	for _, m := range modules {
		name := m.Path + " " + m.Version
		if m.Replace != nil {
			problems = append(problems, fmt.Sprintf("%s: is replaced by %s %s", name, m.Replace.Path, m.Replace.Version))
			continue
		}
		if m.Sum == "" || m.Sum != sums[name] {
			problems = append(problems, fmt.Sprintf("%s: the program has %q, go.sum %q", name, m.Sum, sums[name]))
			continue
		}
		escaped, err := module.EscapePath(m.Path)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		dir := filepath.Join(cache, filepath.FromSlash(escaped)+"@"+m.Version)
		sum, err := dirhash.HashDir(dir, m.Path+"@"+m.Version, dirhash.Hash1)
		if err != nil || sum != m.Sum {
			problems = append(problems, fmt.Sprintf("%s: its files are not those of the registry: got %s, %v, want %s", dir, sum, err, m.Sum))
		}
	}
	return problems
}
