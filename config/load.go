package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/yamltext"
)

// LoadRuntime reads and checks dir's runtime.yaml. The error lists every mistake
// with file, line, field, what was got and what was wanted.
func LoadRuntime(dir string) (Runtime, error) {
	file := filepath.Join(dir, ManifestName)
	content, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Runtime{}, fault.Usage("a runtime is a folder with a "+ManifestName+"; copy one of lambdas/ to begin with",
			"no %s: got none in %s, want one", ManifestName, dir)
	case err != nil:
		return Runtime{}, fmt.Errorf("read a runtime's manifest: %w", err)
	}
	return ReadRuntime(dir, file, content)
}

// ReadRuntime checks a manifest that lies in dir, or would. Errors name it file.
func ReadRuntime(dir, file string, content []byte) (Runtime, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Runtime{}, fmt.Errorf("find %s: %w", dir, err)
	}
	doc, problem := parseDocument(file, content)
	if problem != nil {
		return Runtime{}, manifestError([]Problem{*problem})
	}
	if problems := checkSchema(doc); len(problems) > 0 {
		return Runtime{}, manifestError(problems)
	}
	var r Runtime
	if err := yamltext.Decode(content, &r, yaml.Strict()); err != nil {
		return Runtime{}, manifestError([]Problem{doc.syntaxProblem(err)})
	}
	short := r.short()
	r.complete(abs)
	if problems := checkRuntime(doc, r, short); len(problems) > 0 {
		return Runtime{}, manifestError(problems)
	}
	return r, nil
}

// complete fills in what the manifest may leave out.
func (r *Runtime) complete(dir string) {
	r.Dir = dir
	r.defaults()
	if r.Memory.Min == 0 {
		r.Memory.Min = MinMemoryMB
	}
	if r.Memory.Default == 0 {
		r.Memory.Default = DefaultMemoryMB
	}
	for name, a := range r.Artifacts {
		a.Name = name
		r.Artifacts[name] = a
	}
	for name, v := range r.Variants {
		v.Name = name
		if v.Handler == "" {
			v.Handler = r.Artifacts[v.Artifact].Handler
		}
		if v.Contract == "" {
			v.Contract = ContractNone
		}
		r.Variants[name] = v
	}
}
