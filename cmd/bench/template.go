package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/scaffold"
)

// templateRuntimes are the functions of a SAM template, as `sam build` made them if it
// did. What is different from AWS is said.
func (a *app) templateRuntimes(g guestFlags) ([]config.Runtime, error) {
	switch info, err := os.Stat(g.template); {
	case err != nil:
		return nil, fault.Usage("for example --template template.yaml", "--template: got %q, want a file that exists: %w", g.template, errors.Unwrap(err))
	case !info.Mode().IsRegular():
		return nil, fault.Usage("for example --template "+filepath.Join(g.template, "template.yaml"), "--template: got the %s %q, want a file: a template of SAM", kindOf(info), g.template)
	}
	file, built, err := a.builtTemplate(g.template)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", file, err)
	}
	guesses, err := scaffold.Functions(os.DirFS("/"), strings.TrimPrefix(filepath.ToSlash(abs), "/"), scaffold.TemplateOptions{
		Shown: file, Names: g.functions, Built: built, LambdaRuntime: g.lambdaRuntime, Requests: g.requests != "" || g.waits,
	})
	if err != nil {
		return nil, err
	}
	var runtimes []config.Runtime
	for _, guess := range guesses {
		if err := a.inlineCode(&guess, abs); err != nil {
			return nil, err
		}
		r, err := guess.Runtime(filepath.Dir("/" + guess.Code))
		if err != nil {
			return nil, err
		}
		runtimes = append(runtimes, r)
		a.ui.Say("%s: %s, %d MB, %d s, from %s", guess.DisplayName, strings.TrimSpace(guess.LambdaRuntime+" "+guess.Handler), guess.Memory, guess.Timeout, shortPath("/"+guess.Code))
		for _, sentence := range guess.Open {
			a.ui.Warn("%s", sentence)
		}
		if guess.Arch != "" && guess.Arch != hostArch() {
			a.ui.Warn("%s is for %s, and is measured on this machine's %s.", guess.DisplayName, guess.Arch, hostArch())
		}
	}
	return runtimes, nil
}

func kindOf(info os.FileInfo) string {
	if info.IsDir() {
		return "folder"
	}
	return info.Mode().Type().String()
}

// inlineCode puts code that stands in the template into a folder of the cache.
func (a *app) inlineCode(guess *scaffold.Guess, template string) error {
	if guess.Inline == "" {
		return nil
	}
	cache, err := a.cacheDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(cache, "templates", fileKey(template), "inline", guess.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("keep a template's code: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, guess.InlineFile()), []byte(guess.Inline), 0o644); err != nil {
		return fmt.Errorf("keep a template's code: %w", err)
	}
	guess.Code = strings.TrimPrefix(filepath.ToSlash(dir), "/")
	return nil
}

// builtTemplate is what `sam build` made of a template, or the template itself, and
// whether it is built.
func (a *app) builtTemplate(file string) (string, bool, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", false, fmt.Errorf("find %s: %w", file, err)
	}
	if strings.HasSuffix(filepath.ToSlash(filepath.Dir(abs)), "/.aws-sam/build") {
		return file, true, nil
	}
	built := filepath.Join(filepath.Dir(file), ".aws-sam", "build", "template.yaml")
	made, err := os.Stat(built)
	if err != nil {
		return file, false, nil
	}
	if written, err := os.Stat(file); err == nil && written.ModTime().After(made.ModTime()) {
		a.ui.Warn("%s is newer than what sam build made of it, which is measured: run sam build again.", file)
	}
	return built, true, nil
}

// fileKey is a name for a file that no other has.
func fileKey(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(file)))[:16]
}

// shortPath names a path as a person here would.
func shortPath(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	return relative(here, path)
}
