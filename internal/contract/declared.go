package contract

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/yamltext"
)

// Declared is a difference from the contract that a stock variant has, because
// the libraries that its language's teams use answer otherwise there. It is data:
// the variant must answer exactly so.
type Declared struct {
	Case string `yaml:"case"` // a pattern, see Match
	// Kind is the trait of the request at which it shows, see Traits.
	Kind string `yaml:"kind"`
	// Step is whose answer differs, from 1; 0 is the last that has one.
	Step int `yaml:"step"`
	// Instead is what is answered. Row and Attempts take the place of the step's,
	// where they are given; NoRow takes the row away.
	Instead  *Expect   `yaml:"instead"`
	Row      *RowCheck `yaml:"row"`
	NoRow    bool      `yaml:"noRow"`
	Attempts *[]string `yaml:"attempts"`
	// What is a sentence for the API's users, Source the library's page.
	What   string `yaml:"what"`
	Source string `yaml:"source"`
}

// DifferencesFile is where a runtime's folder declares the differences of its
// stock variants.
const DifferencesFile = "differences.yaml"

// mostDeclaredPercent of the cases may differ, or it is another API.
const mostDeclaredPercent = 5

// LoadDeclared reads the list in a runtime's folder and holds it to the suite; no
// file is an empty list.
func LoadDeclared(dir string, s Suite) ([]Declared, error) {
	name := filepath.Join(dir, DifferencesFile)
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the declared differences: %w", err)
	}
	const hint = "the file is a list of {case, kind, instead, what, source}, see api/README.md"
	var declared []Declared
	if err := yamltext.Decode(content, &declared, yaml.Strict(), yaml.UseOrderedMap()); err != nil {
		return nil, fault.New(hint, "read %s: %w", name, err)
	}
	for i, d := range declared {
		if err := d.check(s); err != nil {
			return nil, fault.New(hint, "read %s: entry %d (%s): %w", name, i+1, d.Case, err)
		}
	}
	differing := len(casesOf(s, declared))
	if most := len(s.Cases) * mostDeclaredPercent / 100; differing > most {
		return nil, fault.New("one contract for all is the point: mend the function", "read %s: %d of %d cases are declared to differ, want at most %d", name, differing, len(s.Cases), most)
	}
	return declared, nil
}

func (d Declared) check(s Suite) error {
	if d.Case == "" || d.What == "" || !strings.HasPrefix(d.Source, "https://") {
		return fmt.Errorf("got the case %q, what %q and source %q, want all three, the source as https://…", d.Case, d.What, d.Source)
	}
	if _, ok := traits[d.Kind]; !ok {
		return fmt.Errorf("kind: got %q, want one of %s", d.Kind, strings.Join(Traits(), ", "))
	}
	if d.Instead == nil && d.Row == nil && d.Attempts == nil && !d.NoRow {
		return errors.New("instead: got nothing, want what is answered instead")
	}
	if d.Instead != nil {
		if err := s.check(Case{Step: Step{Request: &CaseRequest{}, Expect: d.Instead}}); err != nil {
			return fmt.Errorf("instead: %w", err)
		}
	}
	found := false
	for _, c := range s.Cases {
		if !Match(d.Case, c.Name) {
			continue
		}
		found = true
		if _, err := d.step(c.steps()); err != nil {
			return fmt.Errorf("case %s: %w", c.Name, err)
		}
	}
	if !found {
		return errors.New("there is no such case")
	}
	return nil
}

// step is the index of the step whose answer differs.
func (d Declared) step(steps []Step) (int, error) {
	at := d.Step - 1
	if d.Step == 0 {
		for i, s := range steps {
			if s.Expect != nil {
				at = i
			}
		}
	}
	if at < 0 || at >= len(steps) || steps[at].Expect == nil {
		return 0, fmt.Errorf("step: got %d, want one of %d that has an expectation", d.Step, len(steps))
	}
	return at, nil
}

// declared are those of a case.
func (o Options) declared(name string) []Declared {
	var own []Declared
	for _, d := range o.Declared {
		if Match(d.Case, name) {
			own = append(own, d)
		}
	}
	return own
}

// differently is the case as it is declared to go.
func differently(c Case, declared []Declared) Case {
	c.Steps, c.Step = slices.Clone(c.steps()), Step{}
	for _, d := range declared {
		at, err := d.step(c.Steps)
		if err != nil {
			continue // LoadDeclared has checked it
		}
		step := &c.Steps[at]
		if d.Instead != nil {
			step.Expect = d.Instead
		}
		if d.Attempts != nil {
			step.Attempts = *d.Attempts
		}
		if d.Row != nil || d.NoRow {
			step.Row = d.Row
		}
	}
	return c
}

// runDeclared runs a case as it is written, and where it fails as it is declared
// to go. Only the event says for sure what a function answers: in front of a
// server of its own, or behind a gateway, a difference may not show.
func runDeclared(ctx context.Context, s Suite, c Client, o Options, kase Case) Result {
	result := runCase(ctx, s, c, o, kase)
	declared := o.declared(kase.Name)
	if len(declared) == 0 {
		return result
	}
	switch result.Status {
	case Passed:
		if slices.Contains(o.Levels, Event) && !o.MayConform {
			result.Status = Failed
			result.Failure = "passes, although it is declared to differ: " + declared[0].What + "\ntake it off " + DifferencesFile
		}
	case Failed:
		written := result.Failure
		if result = runCase(ctx, s, c, o, differently(kase, declared)); result.Status == Passed {
			result.Status, result.Failure = DeclaredToDiffer, declared[0].What
		} else {
			result.Failure = "is declared to differ, but not so: " + declared[0].What + "\n" + result.Failure + "\nas the contract says:\n" + written
		}
	}
	return result
}

// casesOf names the cases that are declared, each once, in their order.
func casesOf(s Suite, declared []Declared) (names []string) {
	for _, c := range s.Cases {
		if slices.ContainsFunc(declared, func(d Declared) bool { return Match(d.Case, c.Name) }) {
			names = append(names, c.Name)
		}
	}
	return names
}
