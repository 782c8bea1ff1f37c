package scaffold

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/yamltext"
)

// The names of the files that a guess becomes.
const (
	RequestsFile = "requests.yaml"
	header       = "# Guessed by bench init: read it, and correct what is wrong.\n"
)

// Manifest is the runtime.yaml. That of a guess with Code belongs into the folder that
// Code lies in.
func (g Guess) Manifest() string {
	var b strings.Builder
	b.WriteString(header)
	line := func(field, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", field, scalar(value))
		}
	}
	line("name", g.Name)
	line("displayName", g.DisplayName)
	line("lambdaRuntime", g.LambdaRuntime)
	line("handler", g.Handler)
	if strings.Contains(g.Build, "\n") {
		b.WriteString("build: |\n  " + strings.ReplaceAll(strings.TrimSuffix(g.Build, "\n"), "\n", "\n  ") + "\n")
	} else {
		line("build", g.Build)
	}
	if g.Code != "" {
		line("zip", path.Base(g.Code))
	}
	list := func(field string, values []string) {
		if len(values) == 0 {
			return
		}
		var words []string
		for _, v := range values {
			words = append(words, fmt.Sprintf("%q", v))
		}
		fmt.Fprintf(&b, "%s: [%s]\n", field, strings.Join(words, ", "))
	}
	line("zip", g.Zip)
	list("sources", g.Sources)
	for i, t := range g.Toolchain {
		if i == 0 {
			b.WriteString("toolchain:\n")
		}
		fmt.Fprintf(&b, "  - tool: %s\n    version: %q\n    probe:\n", t.Tool, t.Version)
		for _, probe := range t.Probe {
			fmt.Fprintf(&b, "      - %s\n", scalar(probe))
		}
		fmt.Fprintf(&b, "    hint: %s\n", scalar(t.Hint))
	}
	list("layers", g.layers())
	line("integration", g.Integration)
	if g.Stream {
		b.WriteString("stream: true\n")
	}
	list("routes", g.Routes)
	b.WriteString(g.env())
	if g.Memory > 0 {
		fmt.Fprintf(&b, "memory: {default: %d}\n", g.Memory)
	}
	if g.Timeout > 0 {
		fmt.Fprintf(&b, "timeout: %d\n", g.Timeout)
	}
	if g.EphemeralStorage > 0 {
		fmt.Fprintf(&b, "ephemeralStorage: %d\n", g.EphemeralStorage)
	}
	if len(g.Requests) > 0 && g.Code == "" {
		line("requests", RequestsFile)
	}
	return b.String()
}

// Runtime is a guess with Code as bench reads it, without a file of its own: dir is the
// folder that Code lies in. Errors name the places that the guess was taken from.
func (g Guess) Runtime(dir string) (config.Runtime, error) {
	r, err := config.ReadRuntime(dir, config.ManifestName, []byte(g.Manifest()))
	var wrong *config.ManifestError
	if errors.As(err, &wrong) {
		var lines []string
		for _, p := range wrong.Problems {
			lines = append(lines, fmt.Sprintf("%s: got %s, want %s", g.from(p.Field), p.Got, p.Want))
		}
		return r, fault.Usage(fault.Hint(err), "%s", strings.Join(lines, "\n"))
	}
	if err != nil {
		return r, err
	}
	v := r.Variants[config.Short]
	v.RequestText = g.RequestFile()
	r.Variants[config.Short] = v
	return r, nil
}

// from is where a field of the manifest was taken from, or the function as a whole.
func (g Guess) from(field string) string {
	first, _, _ := strings.Cut(field, ".")
	var where string
	for _, r := range g.Reasons {
		if r.Field == field || r.Field == first || where == "" {
			where = r.From
		}
	}
	return where
}

// layers are relative to the manifest's folder.
func (g Guess) layers() []string {
	var names []string
	for _, layer := range g.Layers {
		if name, err := filepath.Rel("/"+path.Dir(g.Code), "/"+path.Clean(layer)); err == nil { // as of any two absolute paths
			names = append(names, filepath.ToSlash(name))
		}
	}
	return names
}

// env is the manifest's variables, with those in comments that nobody here can know.
func (g Guess) env() string {
	known := ""
	unknown := ""
	for _, v := range g.Env {
		if v.Unknown != "" {
			unknown += fmt.Sprintf("  # %s: %q stands in the template\n", v.Name, v.Unknown)
			continue
		}
		known += fmt.Sprintf("  %s: %q\n", v.Name, v.Value)
	}
	switch {
	case known != "":
		return "env:\n" + known + unknown
	case unknown != "":
		return "# env:\n" + strings.ReplaceAll(unknown, "  # ", "#   ")
	}
	return ""
}

// RequestFile is the file that the manifest's requests name, "" without any.
func (g Guess) RequestFile() string {
	if len(g.Requests) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(header)
	for _, r := range g.Requests {
		fmt.Fprintf(&b, "- name: %s\n", r.Name)
		if r.Event != "" {
			fmt.Fprintf(&b, "  event: %s\n", r.Event)
			continue
		}
		if r.Method != "GET" {
			fmt.Fprintf(&b, "  method: %s\n", r.Method)
		}
		fmt.Fprintf(&b, "  path: %q\n", r.Path)
	}
	return b.String()
}

// scalar is a string as YAML takes it for one.
func scalar(text string) string {
	var back any
	if err := yamltext.Decode([]byte("x: "+text), &back); err == nil {
		if values, ok := back.(map[string]any); ok && values["x"] == text {
			return text
		}
	}
	return fmt.Sprintf("%q", text)
}
