// Package reporttest has the documents that all reports are tested with, and shows what
// a reporter makes of one.
package reporttest

import (
	"fmt"
	"slices"
	"sync"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// Fixture returns one of the documents that every reporter is held to. They are
// shared: no report may change its document.
func Fixture(name string) results.Document { return fixtures[name]() }

var fixtures = onces(map[string]func() results.Document{
	"default": func() results.Document { return resultstest.Document(resultstest.Options{Seed: 1, Load: true}) },
	"one": func() results.Document {
		return resultstest.Document(resultstest.Options{Seed: 2, Runtimes: []string{"python"}})
	},
	"two": func() results.Document {
		return resultstest.Document(resultstest.Options{Seed: 3, Runtimes: []string{"go", "node"}})
	},
	"ties":      ties,
	"missing":   missing,
	"small":     small,
	"failed":    failed,
	"huge":      huge,
	"unlimited": unlimited,
	"sweep": func() results.Document {
		return resultstest.Document(resultstest.Options{Seed: 10, Runtimes: []string{"rust", "python"}, Variants: []string{"stock"}, Memory: []int{128, 512, 1769, 3008}, Load: true})
	},
	"disk":     disk,
	"streamed": streamed,
	"outside":  outside,
	"nothing":  nothing,
})

// disk has two kinds of cold start, in blocks that take turns.
func disk() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 11, Runtimes: []string{"go", "node"}, Variants: []string{"stock"}, Environments: 24})
	doc.Plan.ColdKinds = []results.ColdKind{results.Spawn, results.Disk}
	doc.Plan.Sizes.Environments /= 2
	for i := range doc.Configurations {
		for j := range doc.Configurations[i].Environments {
			if e := &doc.Configurations[i].Environments[j]; e.Block%2 == 1 {
				e.Kind, e.Reads = results.Disk, &results.Reads{MajorFaults: int64(40 + 200*i + j), Bytes: int64(12+60*i) << 20}
				e.Init.WallMs += float64(10 + 90*i)
			}
		}
	}
	return doc
}

// streamed has a function that streams its answers, beside two extensions.
func streamed() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 12, Runtimes: []string{"go", "node"}, Variants: []string{"stock"}, Environments: 8, WarmCalls: 20})
	for i := range doc.Configurations {
		c := &doc.Configurations[i]
		if c.Runtime != "node" {
			continue
		}
		for j := range c.Environments {
			e := &c.Environments[j]
			e.Init.Extensions, e.FirstCall.FirstByteMs = 2, new(*e.FirstCall.ResponseMs/2)
			for name, operation := range e.Operations {
				operation.HDR.FirstByteMs = operation.HDR.CPUMs // as good as any
				e.Operations[name] = operation
			}
		}
	}
	return doc
}

func onces(makers map[string]func() results.Document) map[string]func() results.Document {
	for name, maker := range makers {
		makers[name] = sync.OnceValue(maker)
	}
	return makers
}

// Names are the documents' names, in alphabetical order.
func Names() []string {
	var names []string
	for name := range fixtures {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Configuration finds one by runtime and variant.
func Configuration(doc *results.Document, runtime, variant string) *results.Configuration {
	for i := range doc.Configurations {
		if c := &doc.Configurations[i]; c.Runtime == runtime && c.Variant == variant {
			return c
		}
	}
	panic(fmt.Sprintf("no configuration %s/%s", runtime, variant))
}

// ties: two runtimes with the figures of one, and a third that is slower.
func ties() results.Document {
	options := resultstest.Options{Seed: 4, Runtimes: []string{"go", "rust", "python"}, Variants: []string{"stock"}}
	doc := resultstest.Document(options)
	options.Seed = 5
	other := resultstest.Document(options)
	from, to := Configuration(&other, "go", "stock"), Configuration(&doc, "rust", "stock")
	to.Environments = from.Environments
	for i := range to.Environments {
		to.Environments[i].ID = fmt.Sprintf("rust-%d", i)
	}
	return doc
}

// missing: an interrupted run with cells of every kind of absence.
func missing() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 6, Load: true})
	doc.Status = results.Interrupted
	doc.Warnings = []string{"The machine was busy during 3 of 36 blocks."}
	set := func(runtime, variant string, status results.Status, reason string, environments int) {
		c := Configuration(&doc, runtime, variant)
		c.Status, c.Reason, c.Environments = status, reason, c.Environments[:environments]
	}
	set("rust", "stock", results.Unavailable, "No toolchain that satisfies >=1.90 was found.", 0)
	set("rust", "bare", results.Unavailable, "No toolchain that satisfies >=1.90 was found.", 0)
	set("node", "stock", results.Stopped, "Ctrl-C.", 20)
	set("kotlin", "stock", results.Missing, "The run ended before it was its turn.", 0)
	c := Configuration(&doc, "python", "bare")
	c.Environments = c.Environments[:7]
	return doc
}

// small: too few samples for most figures.
func small() results.Document {
	return resultstest.Document(resultstest.Options{Seed: 7, Runtimes: []string{"go", "rust"}, Environments: 4, LayerEnvironments: 2, WarmCalls: 10})
}

// failed: one runtime fails the contract, another is killed, a third answers
// wrongly at times and has two kinds of init.
func failed() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 8, Variants: []string{"stock"}})
	gate := slices.IndexFunc(doc.Gate, func(g results.GateResult) bool { return g.Runtime == "node" })
	doc.Gate[gate].Passed = false
	doc.Gate[gate].Failures = []results.GateFailure{{Case: "items/create <minimal>", Message: `got "<b>500</b>", wanted 201`}}
	c := Configuration(&doc, "node", "stock")
	c.Status, c.Reason, c.Environments = results.Failed, "It did not pass the contract suite.", nil
	c = Configuration(&doc, "kotlin", "stock")
	c.Status, c.Reason, c.Environments = results.Failed, "Out of memory: killed at 128 MB during init.", nil
	c = Configuration(&doc, "go", "stock")
	for i := range c.Environments {
		if i%2 == 0 {
			c.Environments[i].Init.WallMs += 60
		}
	}
	o := c.Environments[0].Operations["GET /items"]
	o.Errors = 3
	c.Environments[0].Operations["GET /items"] = o
	return doc
}

// huge: values at the limits of the format.
func huge() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 9, Runtimes: []string{"go", "kotlin"}, Variants: []string{"stock"}, Memory: []int{10240}})
	for i := range doc.Configurations {
		for j := range doc.Configurations[i].Environments {
			e := &doc.Configurations[i].Environments[j]
			e.Init.WallMs *= 1e6
			*e.FirstCall.DurationMs *= 1e5
			*e.Memory.Peak *= 1000
		}
	}
	for i := range doc.Artifacts {
		doc.Artifacts[i].Packed *= 1000
	}
	doc.Runtimes[0].DisplayName = "A runtime whose name is rather long & <odd>"
	return doc
}

// unlimited: a machine without control groups.
func unlimited() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 11, Runtimes: []string{"go", "python"}, Memory: []int{512, 1769}})
	doc.Host.LimitsInForce, doc.Host.Cgroup, doc.Host.Freezer, doc.Host.PeriodUs, doc.Host.Namespaces = false, "none", "none", 0, false
	return doc
}

// nothing: no configuration has a figure.
func nothing() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 12, Runtimes: []string{"go"}, Variants: []string{"stock"}})
	c := &doc.Configurations[0]
	c.Status, c.Reason, c.Environments = results.Failed, "Init took longer than 10 s.", nil
	return doc
}
