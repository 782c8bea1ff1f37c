package view

import (
	"fmt"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Missing is a configuration that a reader might look for in vain.
type Missing struct {
	Name   string // runtime and variant, memory and architecture
	Status string
	Reason string
}

// Rejected counts refused samples of a configuration.
type Rejected struct {
	Name     string
	Reason   string
	N        int64
	Evidence string // what the first of them left; "" where there is nothing
}

func missingOf(doc *results.Document, c *results.Configuration) []Missing {
	n := len(c.Environments)
	name, status := nameOf(doc, c), StatusWords[c.Status]
	var list []Missing
	switch {
	case c.Status == results.Stopped && n > 0:
		list = append(list, Missing{Name: name, Status: status,
			Reason: fmt.Sprintf("%s Its figures are from %d of %s.", c.Reason, n, format.Plural(c.Planned, "environment"))})
	case c.Status != results.Measured:
		list = append(list, Missing{Name: name, Status: status, Reason: c.Reason})
	case n < c.Planned:
		list = append(list, Missing{Name: name, Status: "incomplete",
			Reason: fmt.Sprintf("Its figures are from %d of %s.", n, format.Plural(c.Planned, "environment"))})
	}
	if c.LoadReason != "" {
		list = append(list, Missing{Name: name + " under load", Status: "no capacity", Reason: c.LoadReason})
	}
	return list
}

func rejectedOf(doc *results.Document, c *results.Configuration) []Rejected {
	var list []Rejected
	for _, r := range c.Rejected {
		list = append(list, Rejected{Name: nameOf(doc, c), Reason: r.Reason, N: r.N, Evidence: r.Evidence})
	}
	return list
}

// nameOf names a configuration in a sentence; memory and architecture are told
// where the document has several.
func nameOf(doc *results.Document, c *results.Configuration) string {
	runtime, _ := doc.Runtime(c.Runtime)
	variant, _ := runtime.Variant(c.Variant)
	name := Named(runtime, variant)
	if variant.Kind.Layer() {
		name += " " + c.Variant
	}
	for _, other := range doc.Configurations {
		if other.Memory != c.Memory || other.Arch != c.Arch {
			return fmt.Sprintf("%s (%s MB, %s)", name, format.Count(c.Memory), c.Arch)
		}
	}
	return name
}
