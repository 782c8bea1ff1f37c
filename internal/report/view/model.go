// Package view derives from a result document what every report shows: rows with their
// figures, intervals, ranks and doubts, and the contests that they are in. It is plain
// data, made by pure functions of results, stats, cost and published. What is said about
// it is in words; how it is laid out is each reporter's own.
//
//	for _, row := range view.Build(doc).Rows { … }
package view

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Model is what every reporter shows: the document's figures with their
// intervals, ranks and doubts. Nothing in it depends on the form of a report.
type Model struct {
	Doc      *results.Document
	Rows     []*Row     // every configuration that may be shown, in the document's order
	Contests []Contest  // the main one first
	Sweeps   []Sweep    // the main contest's first
	AWS      []AWSTable // what stands against figures of AWS, the main contest's first
	Missing  []Missing  // what was asked for and is not, or not wholly, there
	Unpriced string     // why no cost is known, in a full sentence; "" where it is
	Rejected []Rejected
}

// Row is one configuration.
type Row struct {
	Key         string
	Runtime     string // name
	Display     string // the runtime as people write it
	Name        string // the same, with the variant where it is not the default one
	Variant     string
	Default     bool
	Kind        results.VariantKind
	Class       results.Class
	Settings    []results.Setting // what sets it apart from its libraries' defaults
	Lines       int               // of its own code; 0: not known
	Language    string
	Framework   string
	Color       string
	Memory      int
	Arch        string
	Status      results.Status
	Reason      string
	ColdKind    results.ColdKind
	Burst       results.Burst // of all environments together
	N, Planned  int
	Extensions  int   // that took part in each environment
	Calls       int64 // warm ones in histograms
	Errors      int64
	Wrong       string // what was wrong with the first of the errors
	Packed      int64
	Unpacked    int64
	FirstCall   string // the operation of the first call
	Operations  []Operation
	Curve       []CurvePoint
	Bills       []cost.Bill
	Load        []LoadPoint // by rate, ascending
	Outside     *Outside    // nil where no load test called it
	ColdSamples []float64   // totals in milliseconds, in the order measured
	Settled     int         // warm calls until within 10 % of the settled time; -1: never seen
	Blocked     bool        // values of a block were measured beside each other
	values      map[string]Value
	samples     map[string]stats.Series // one value per environment
	order       int
	stands      bool // for its runtime, in its league
}

// Operation is one cell: a configuration's warm calls of one kind.
type Operation struct {
	Name   string
	Calls  int64
	Errors int64
	values map[string]Value
	sample stats.Series
}

// Value returns the figure called metric (see Metrics); N is zero where there
// is none.
func (r *Row) Value(metric string) Value { return valueOf(r.values, metric) }

// Value returns the cell's figure called metric (see OperationMetrics).
func (o Operation) Value(metric string) Value { return valueOf(o.values, metric) }

// Lookup returns the figure called metric, or false where the row has none.
func (r *Row) Lookup(metric string) (Value, bool) { v, ok := r.values[metric]; return v, ok }

// Lookup returns the cell's figure called metric, or false where it has none.
func (o Operation) Lookup(metric string) (Value, bool) { v, ok := o.values[metric]; return v, ok }

// Sample is a ranked figure's values, one per environment.
func (r *Row) Sample(metric string) stats.Series { return r.samples[metric] }

// Sample is the median of each environment.
func (o Operation) Sample() stats.Series { return o.sample }

// Measured reports whether the row has figures.
func (r *Row) Measured() bool { return len(r.values) > 0 }

// Build derives the model from the document. It does not change the document.
func Build(doc results.Document) *Model {
	m := &Model{Doc: &doc}
	clock := clockOf(doc.Source)
	region, priced, why := pricing(&doc)
	m.Unpriced = why
	var rows []*Row
	representatives := doc.Representatives()
	for i := range doc.Configurations {
		c := &doc.Configurations[i]
		runtime, _ := doc.Runtime(c.Runtime)
		variant, _ := runtime.Variant(c.Variant)
		if doc.Source.Kind == results.Local && !doc.Host.LimitsInForce && c.Memory < fullMemory {
			m.Missing = append(m.Missing, Missing{Name: nameOf(&doc, c), Status: "not shown",
				Reason: "Limits were not in force on this machine: figures below 1,769 MB would be those of a larger function."})
			continue
		}
		m.Rejected = append(m.Rejected, rejectedOf(&doc, c)...)
		m.Missing = append(m.Missing, missingOf(&doc, c)...)
		for i, kind := range coldKinds(c) {
			row := newRow(&doc, runtime, variant, c, kind)
			row.stands = representatives[c.Key()]
			if c.Status == results.Measured || c.Status == results.Stopped {
				environments := EnvironmentsOf(c, kind)
				row.Blocked = inBlocks(&doc, environments)
				if row.Outside = outsideOf(&doc, c); row.Outside != nil {
					units := unitsOf(c)
					row.Blocked = inBlocks(&doc, units)
					row.deriveWindows(units, clock, operations(&doc, units))
				} else {
					row.derive(environments, clock, operations(&doc, environments))
				}
				if priced && len(environments) > 0 {
					f := cost.FunctionOf(&doc, c)
					f.Environments = environments
					row.price(region, f, doc.Plan.Mix)
				}
			}
			if i == 0 {
				row.Load = loadPoints(c, doc.Plan.SLO) // it has no kind of cold start
			}
			rows = append(rows, row)
		}
	}
	m.Rows = rows
	standIn(rows)
	rank(&doc, rows)
	m.Contests = contests(rows)
	m.Sweeps = sweeps(m.Contests)
	m.AWS = m.awsTables(latestPublished())
	return m
}

func newRow(doc *results.Document, runtime results.Runtime, variant results.Variant, c *results.Configuration, kind results.ColdKind) *Row {
	row := &Row{
		Key: c.Key(), Runtime: c.Runtime, Display: runtime.DisplayName, Name: Named(runtime, variant), Variant: c.Variant, Default: variant.Default,
		Kind: variant.Kind, Class: variant.Class, Settings: settingsOf(runtime, variant), Lines: variant.Lines,
		Language: runtime.Language, Framework: runtime.Framework, Color: runtime.Color, order: runtime.Order,
		Memory: c.Memory, Arch: c.Arch, Status: c.Status, Reason: c.Reason, ColdKind: kind, Planned: c.Planned, Settled: -1,
	}
	if artifact, ok := doc.Artifact(c.Artifact); ok {
		row.Packed, row.Unpacked = artifact.Packed, artifact.Unpacked
	}
	return row
}

// coldKinds are the kinds of cold start that the configuration has, in the
// order met; one even if it has no environments.
func coldKinds(c *results.Configuration) []results.ColdKind {
	var kinds []results.ColdKind
	for _, e := range c.Environments {
		if !slices.Contains(kinds, e.Kind) {
			kinds = append(kinds, e.Kind)
		}
	}
	if kinds == nil {
		return []results.ColdKind{results.Spawn}
	}
	return kinds
}

// EnvironmentsOf are the configuration's environments of one kind of cold start.
func EnvironmentsOf(c *results.Configuration, kind results.ColdKind) []results.Environment {
	var list []results.Environment
	for _, e := range c.Environments {
		if e.Kind == kind {
			list = append(list, e)
		}
	}
	return list
}

// operations are the names that the environments have, the
// plan's first and in its order.
func operations(doc *results.Document, environments []results.Environment) []string {
	var names []string
	for _, share := range doc.Plan.Mix {
		names = append(names, share.Operation)
	}
	var others []string
	has := map[string]bool{}
	for _, e := range environments {
		for name := range e.Operations {
			if !has[name] && !slices.Contains(names, name) {
				others = append(others, name)
			}
			has[name] = true
		}
	}
	slices.Sort(others)
	return slices.DeleteFunc(append(names, others...), func(name string) bool { return !has[name] })
}

// ConfigurationOf is the configuration that a row is about.
func ConfigurationOf(doc *results.Document, row *Row) *results.Configuration {
	i := slices.IndexFunc(doc.Configurations, func(c results.Configuration) bool { return c.Key() == row.Key })
	return &doc.Configurations[i]
}
