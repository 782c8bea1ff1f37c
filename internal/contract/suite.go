package contract

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/yamltext"
)

// Suite is all cases, in the order of the files and within them, with the words
// that they refer to.
type Suite struct {
	Cases []Case
	Words Words
}

// Words are the texts that are fixed for all implementations: api/words.yaml.
type Words struct {
	Problems map[string]Problem `yaml:"problems"`
	// Fields are the messages about fields, in their order.
	Fields []FieldWords `yaml:"fields"`
}

// Problem is a problem document, and the headers that go with it.
type Problem struct {
	Status  int               `yaml:"status"`
	Title   string            `yaml:"title"`
	Detail  string            `yaml:"detail"`
	Headers map[string]string `yaml:"headers"`
}

// FieldWords is what is said about a field, whichever of its rules was broken.
type FieldWords struct {
	Field   string `yaml:"field"`
	Message string `yaml:"message"`
}

// Case is one thing that the contract says. Its fields are those of the case
// files: api/contract.schema.json describes them.
type Case struct {
	Name   string  `yaml:"name"` // with the file's path in front: items/create/name-trimmed
	About  string  `yaml:"about"`
	Levels []Level `yaml:"levels"`
	Fresh  bool    `yaml:"fresh"`
	Faults []Fault `yaml:"faults"`
	Given  any     `yaml:"given"`
	Step   `yaml:",inline"`
	Steps  []Step `yaml:"steps"`
}

// Step is a request with what must come of it, or a look at the table.
type Step struct {
	Put      map[string]map[string]string `yaml:"put"`
	Request  *CaseRequest                 `yaml:"request"`
	Expect   *Expect                      `yaml:"expect"`
	Row      *RowCheck                    `yaml:"row"`
	Attempts []string                     `yaml:"attempts"`
	Walk     *Walk                        `yaml:"walk"`
}

// CaseRequest is a request as a case writes it.
type CaseRequest struct {
	Method   string         `yaml:"method"`
	Path     string         `yaml:"path"`
	Query    string         `yaml:"query"`
	Headers  map[string]any `yaml:"headers"` // a text, a list of texts, or null for "not even the default"
	JSON     any            `yaml:"json"`
	Body     *string        `yaml:"body"`
	Hex      string         `yaml:"hex"`
	Encoding string         `yaml:"encoding"`
	Size     int            `yaml:"size"`
	Base64   bool           `yaml:"base64"`
	SourceIP string         `yaml:"sourceIp"`
}

// Expect is an answer as a case writes it.
type Expect struct {
	Status  int               `yaml:"status"`
	Problem string            `yaml:"problem"`
	Errors  []string          `yaml:"errors"`
	Item    any               `yaml:"item"`
	Body    any               `yaml:"body"`
	Headers map[string]string `yaml:"headers"`
	// Gateway marks an answer that is API Gateway's own.
	Gateway bool `yaml:"gateway"`
}

// RowCheck is a look at the table.
type RowCheck struct {
	ID string `yaml:"id"`
	// Is "answer": the answered item and expiresAt, each attribute of it.
	// "absent": no such row.
	Is         string                       `yaml:"is"`
	Attributes map[string]map[string]string `yaml:"attributes"`
}

// Walk goes from page to page until the last, and wants to have met these ids
// once each.
type Walk struct {
	Limit int      `yaml:"limit"`
	Finds []string `yaml:"finds"`
}

// caseFile is one file of cases.
type caseFile struct {
	Schema int    `yaml:"schema"`
	Path   string `yaml:"path"`
	About  string `yaml:"about"`
	Cases  []Case `yaml:"cases"`
}

// Load reads words.yaml and contract/*.yaml of api.Files.
func Load(files fs.FS) (Suite, error) {
	var s Suite
	if err := read(files, "words.yaml", &s.Words); err != nil {
		return Suite{}, err
	}
	names, err := fs.Glob(files, "contract/*.yaml")
	if err != nil {
		return Suite{}, fmt.Errorf("look for the contract's cases: %w", err)
	}
	seen := map[string]string{}
	for _, name := range names {
		cases, err := s.cases(files, name)
		if err != nil {
			return Suite{}, err
		}
		for _, c := range cases {
			if other, ok := seen[c.Name]; ok {
				return Suite{}, fmt.Errorf("%s: the case %s is in %s already", name, c.Name, other)
			}
			seen[c.Name] = name
		}
		s.Cases = append(s.Cases, cases...)
	}
	if len(s.Cases) == 0 {
		return Suite{}, fmt.Errorf("there are no cases in contract/*.yaml")
	}
	return s, nil
}

// Only is the cases of one file in the place of all, with the same words: the
// contract of a function that has its own.
func (s Suite) Only(files fs.FS, name string) (Suite, error) {
	cases, err := s.cases(files, name)
	if err != nil {
		return Suite{}, err
	}
	if len(cases) == 0 {
		return Suite{}, fmt.Errorf("there are no cases in %s", name)
	}
	return Suite{Words: s.Words, Cases: cases}, nil
}

// cases reads one file of cases.
func (s Suite) cases(files fs.FS, name string) ([]Case, error) {
	var f caseFile
	if err := read(files, name, &f); err != nil {
		return nil, err
	}
	for i := range f.Cases {
		c := &f.Cases[i]
		c.Name = f.Path + "/" + c.Name
		if c.Levels == nil {
			c.Levels = []Level{Event, HTTP}
		}
		if slices.ContainsFunc(f.Cases[:i], func(other Case) bool { return other.Name == c.Name }) {
			return nil, fmt.Errorf("%s: the case %s is there twice", name, c.Name)
		}
		if err := s.check(*c); err != nil {
			return nil, fmt.Errorf("%s: case %s: %w", name, c.Name, err)
		}
	}
	return f.Cases, nil
}

func read(files fs.FS, name string, into any) error {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("read the contract: %w", err)
	}
	if err := yamltext.Decode(content, into, yaml.Strict(), yaml.UseOrderedMap()); err != nil {
		return fmt.Errorf("read the contract: %s: %w", name, err)
	}
	return nil
}

// check finds what the schema of the case files cannot: names that nothing has.
func (s Suite) check(c Case) error {
	if _, err := fromYAML(c.Given); err != nil {
		return fmt.Errorf("given: %w", err)
	}
	for _, step := range c.steps() {
		if step.Expect == nil {
			continue
		}
		if p := step.Expect.Problem; p != "" {
			if _, ok := s.Words.Problems[p]; !ok {
				return fmt.Errorf("there is no problem %q in words.yaml", p)
			}
		}
		for _, field := range step.Expect.Errors {
			if !slices.ContainsFunc(s.Words.Fields, func(w FieldWords) bool { return w.Field == field }) {
				return fmt.Errorf("there is no field %q in words.yaml", field)
			}
		}
	}
	return nil
}

// steps are the case's own step, if it has one, and its list.
func (c Case) steps() []Step {
	if c.Request != nil || c.Walk != nil || c.Put != nil {
		return append([]Step{c.Step}, c.Steps...)
	}
	return c.Steps
}

// prefixed tells whether a case is about the prefixes of the paths, and so is
// run once for each.
func (c Case) prefixed() bool {
	return slices.ContainsFunc(c.steps(), func(s Step) bool {
		return s.Request != nil && strings.Contains(s.Request.Path, "${prefix}")
	})
}

// Match tells whether a case's name fits a pattern of path.Match, where a
// pattern that ends in "/..." takes everything below, and one without a "*"
// also takes a whole group.
func Match(pattern, name string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		pattern = below
	}
	for {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return false
		}
		name = name[:i]
	}
}
