// Command classcheck proves that the default variant of this folder is stock. It
// is run in the folder, with the zip of the variant:
//
//	go run ./classcheck dist/go-x86_64.zip
//
// It prints what does not hold, with its file, and exits with 1 if anything does not.
package main

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// variant is the part of a variant in runtime.yaml that is proved.
type variant struct {
	Default  bool      `yaml:"default"`
	Settings []setting `yaml:"settings"`
	Code     []string  `yaml:"code"`
}

// setting is a setting that is declared; What begins with its name.
type setting struct {
	What   string `yaml:"what"`
	Source string `yaml:"source"`
}

// used is a setting that is not the default, what it is set to, and where it is.
type used struct{ name, text, where string }

func main() {
	problems, err := check(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(2)
	}
	for _, p := range problems {
		fmt.Println(p)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
	fmt.Println("stock: the modules are the registry's, and every setting is declared")
}

func check(args []string) ([]string, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("got %d arguments, want the zip", len(args))
	}
	v, err := readVariant("runtime.yaml")
	if err != nil {
		return nil, err
	}
	b, err := readBinary(args[0])
	if err != nil {
		return nil, err
	}
	sums, err := readSums("../../go.sum")
	if err != nil {
		return nil, err
	}
	cache, err := goEnv("GOMODCACHE")
	if err != nil {
		return nil, err
	}
	problems := checkModules(b.info.Deps, sums, cache)
	patched, err := checkProgram(".", b)
	if err != nil {
		return nil, err
	}
	problems = append(problems, patched...)
	s, err := load(".", b.tags())
	if err != nil {
		return nil, err
	}
	settings := b.settings()
	for _, p := range s.own {
		found, private, err := s.inspect(p)
		if err != nil {
			return nil, err
		}
		settings, problems = append(settings, found...), append(problems, private...)
		problems = append(problems, checkCode(p, v.Code)...)
	}
	return append(problems, compare(v.Settings, settings)...), nil
}

func readVariant(name string) (variant, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return variant{}, err
	}
	var manifest struct {
		Variants map[string]variant `yaml:"variants"`
	}
	if err := yaml.Unmarshal(content, &manifest); err != nil {
		return variant{}, fmt.Errorf("read %s: %w", name, err)
	}
	for _, v := range manifest.Variants {
		if v.Default {
			return v, nil
		}
	}
	return variant{}, fmt.Errorf("read %s: got no default variant", name)
}

// compare wants each setting that is used to be declared with its source, and
// each that is declared to be used.
func compare(declared []setting, settings []used) []string {
	var problems []string
	for _, u := range settings {
		at := slices.IndexFunc(declared, func(s setting) bool { return s.names(u.name) })
		switch {
		case at < 0:
			problems = append(problems, fmt.Sprintf("%s: %s is not the default, and no setting of the variant declares it", u.where, u.name))
		case !declared[at].allows(u):
			problems = append(problems, fmt.Sprintf("%s: got %s, want %s as the setting of the variant says", u.where, u.text, declared[at].What))
		case !strings.HasPrefix(declared[at].Source, "https://"):
			problems = append(problems, fmt.Sprintf("%s: %s is declared without the page of its vendor", u.where, u.name))
		}
	}
	for _, s := range declared {
		if !slices.ContainsFunc(settings, func(u used) bool { return s.names(u.name) }) {
			problems = append(problems, fmt.Sprintf("runtime.yaml: the setting %q is declared, but nothing uses it", s.What))
		}
	}
	return problems
}

// names reports whether the setting begins with the name, as a whole word.
func (s setting) names(name string) bool {
	return regexp.MustCompile(`^` + regexp.QuoteMeta(name) + `($|[^A-Za-z0-9_.])`).MatchString(s.What)
}

// allows reports whether the setting is set to what is declared; "(...)" stands for
// arguments that are our own code.
func (s setting) allows(u used) bool {
	return s.What == u.text || s.What == u.name+"(...)" && strings.HasPrefix(u.text, u.name+"(")
}

// checkCode wants each file that is linked to be among the variant's code.
func checkCode(p ownPackage, code []string) []string {
	var problems []string
	for _, file := range p.files {
		counted := func(pattern string) bool { ok, _ := path.Match(pattern, file); return ok }
		if !slices.ContainsFunc(code, counted) {
			problems = append(problems, file+": is part of the variant, but not of its code in runtime.yaml")
		}
	}
	return problems
}
