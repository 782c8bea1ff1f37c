package config

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// lastOrder is the place of a runtime that names none: behind those that do.
const lastOrder = 1000

// defaults fills in what only a report shows, and makes an artifact and a variant
// of a guest's few lines.
func (r *Runtime) defaults() {
	r.Schema = 1
	if r.DisplayName == "" {
		r.DisplayName = r.Name
	}
	if r.Integration == "" {
		r.Integration = REST
	}
	if r.Order == 0 {
		r.Order = lastOrder
	}
	if r.short() && (r.Build != "" || r.Zip != "") {
		r.expand()
	}
	if r.Language == "" {
		for _, a := range r.Artifacts {
			r.Language = a.LambdaRuntime
		}
	}
	if len(r.Sources) == 0 {
		r.Sources = []string{"**"}
	}
}

// expand makes of the few lines what they stand for. The output lies in a hidden
// folder: a guest's own build/ is not ours to empty.
func (r *Runtime) expand() {
	if r.Handler == "" && strings.HasPrefix(r.LambdaRuntime, "provided") {
		r.Handler = "bootstrap" // which nothing reads there
	}
	if r.Zip != "" {
		r.Sources = []string{globEscape(r.Zip)}
		if info, err := os.Stat(r.ZipPath(r.Zip)); err == nil && info.IsDir() {
			r.Sources = []string{path.Join(globEscape(r.Zip), "**")}
		}
	}
	r.Artifacts = map[string]Artifact{Short: {
		Build: Command{Command: r.Build}, Zip: r.Zip, Output: ".bench/{arch}",
		Architectures: []string{X8664, ARM64}, LambdaRuntime: r.LambdaRuntime, Handler: r.Handler,
	}}
	r.Variants = map[string]Variant{Short: {
		Artifact: Short, Kind: Guest, Env: r.Env, Requests: r.Requests, Network: r.Network, Local: "yes", Default: true,
	}}
}

const fewLines = "a guest needs name, lambdaRuntime, handler, and build or zip"

// form checks that the manifest has either a guest's few lines or artifacts and
// variants, and all that belongs to it.
func (c *checker) form() {
	r := c.r
	missing := func(field, hint string) {
		c.add([]string{field}, "no such field", "it set: "+describe([]string{field}), hint)
	}
	if !c.short {
		for _, field := range []struct {
			name string
			set  bool
		}{
			{"lambdaRuntime", r.LambdaRuntime != ""}, {"handler", r.Handler != ""}, {"build", r.Build != ""}, {"zip", r.Zip != ""},
			{"env", r.Env != nil}, {"requests", r.Requests != ""}, {"network", r.Network != ""},
		} {
			if field.set {
				c.add([]string{field.name}, "a field of a guest's few lines", "it in an artifact or a variant, since the manifest lists these", "move or remove it")
			}
		}
		if len(r.Artifacts) == 0 {
			missing("artifacts", "add the field artifacts")
		}
		if len(r.Variants) == 0 {
			missing("variants", "add the field variants")
		}
		return
	}
	if r.LambdaRuntime == "" {
		missing("lambdaRuntime", fewLines)
	}
	if r.Handler == "" && !strings.HasPrefix(r.LambdaRuntime, "provided") {
		missing("handler", fewLines)
	}
	switch {
	case r.Build != "" && r.Zip != "":
		c.add([]string{"zip"}, "a build as well", "one of the two", "a zip that the build makes goes into $BENCH_OUTPUT unpacked")
	case r.Zip != "":
		if _, err := os.Stat(r.ZipPath(r.Zip)); err != nil {
			c.add([]string{"zip"}, quote(r.Zip), "a zip or a folder that exists, relative to the manifest's", "correct the path or make the file")
		}
	case r.Build == "":
		missing("build", fewLines)
	}
}

// Resources are the paths of the API that lead to the function, as a REST API writes
// them. Behind an HTTP API without any, and at a function URL, there are none: the
// function takes all.
func (r Runtime) Resources() []string {
	resources := slices.Clone(r.Routes)
	for _, prefix := range r.Prefixes {
		if r.DefaultVariant().Kind == Guest {
			resources = append(resources, prefix)
		}
		resources = append(resources, prefix+"/{proxy+}")
	}
	if len(resources) == 0 && r.Integration == REST {
		return []string{"/", "/{proxy+}"}
	}
	return resources
}

var (
	lambdaRuntimeForm = regexp.MustCompile(`^[a-z][a-z0-9.]*$`)
	noNameCharacters  = regexp.MustCompile(`[^a-z0-9]+`)
)

// FromZip is a guest without a manifest: a zip, or a folder with what would be in
// it, and what Lambda is told of it. It is called after the file.
func FromZip(zip, lambdaRuntime, handler string) (Runtime, error) {
	abs, err := filepath.Abs(zip)
	if err != nil {
		return Runtime{}, fmt.Errorf("find %s: %w", zip, err)
	}
	if _, err := os.Stat(abs); err != nil {
		return Runtime{}, fault.Usage("name a zip, or a folder with the function's files such as one of .aws-sam/build", "--zip: got %q, want a file or a folder that exists", zip)
	}
	if !lambdaRuntimeForm.MatchString(lambdaRuntime) {
		return Runtime{}, fault.Usage("for example --lambda-runtime nodejs24.x", "--lambda-runtime: got %q, want Lambda's id of a runtime beside --zip", lambdaRuntime)
	}
	if handler == "" && !strings.HasPrefix(lambdaRuntime, "provided") {
		return Runtime{}, fault.Usage("for example --handler index.handler", "--handler: got none, want the function's beside --zip")
	}
	name := strings.Trim(noNameCharacters.ReplaceAllString(strings.ToLower(strings.TrimSuffix(filepath.Base(abs), ".zip")), "-"), "-")
	if name == "" || name[0] < 'a' {
		name = strings.Trim("f-"+name, "-")
	}
	r := Runtime{Name: strings.TrimRight(name[:min(len(name), 20)], "-"), DisplayName: name, Zip: filepath.Base(abs), LambdaRuntime: lambdaRuntime, Handler: handler}
	r.complete(filepath.Dir(abs))
	return r, nil
}
