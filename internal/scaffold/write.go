package scaffold

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// The names of the files that a guess becomes.
const (
	RequestsFile = "requests.yaml"
	header       = "# Guessed by bench init: read it, and correct what is wrong.\n"
)

// Manifest is the runtime.yaml.
func (g Guess) Manifest() string {
	var b strings.Builder
	b.WriteString(header)
	line := func(field, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", field, scalar(value))
		}
	}
	line("name", g.Name)
	line("lambdaRuntime", g.LambdaRuntime)
	line("handler", g.Handler)
	if strings.Contains(g.Build, "\n") {
		b.WriteString("build: |\n  " + strings.ReplaceAll(strings.TrimSuffix(g.Build, "\n"), "\n", "\n  ") + "\n")
	} else {
		line("build", g.Build)
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
	list("sources", g.Sources)
	line("integration", g.Integration)
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
	if len(g.Requests) > 0 {
		line("requests", RequestsFile)
	}
	return b.String()
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
	if err := yaml.Unmarshal([]byte("x: "+text), &back); err == nil {
		if values, ok := back.(map[string]any); ok && values["x"] == text {
			return text
		}
	}
	return fmt.Sprintf("%q", text)
}
