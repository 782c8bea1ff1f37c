package view

import (
	"cmp"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Contest is one ranking: runtimes in one league, at equal memory and
// architecture.
type Contest struct {
	Place
	Rows       []*Row       // the best cold start first, those without figures last
	Below      []*Row       // layers below the API of the same runtimes, the best cold start first
	Beside     []*Row       // tuned variants of the same runtimes, in the order of Rows
	Variants   []VariantSet // of runtimes that have several
	Operations []string     // in the plan's order
}

// Place is what the rows of a contest have in common.
type Place struct {
	Memory   int // MB
	Arch     string
	Kind     results.VariantKind
	Class    results.Class
	ColdKind results.ColdKind
}

// PlaceOf is where a row stands.
func PlaceOf(r *Row) Place { return Place{r.Memory, r.Arch, r.Kind, r.Class, r.ColdKind} }

// near reports whether two rows are of one runtime at one memory size,
// architecture and kind of cold start.
func near(a, b *Row) bool {
	return a.Runtime == b.Runtime && a.Memory == b.Memory && a.Arch == b.Arch && a.ColdKind == b.ColdKind
}

// VariantSet is one runtime's variants of one league.
type VariantSet struct {
	Runtime string
	Rows    []*Row
	Contest Contest
}

// AllVariantSets are those of all contests with a figure that is nowhere else.
func AllVariantSets(m *Model) []VariantSet {
	var sets []VariantSet
	for _, c := range m.Contests {
		sets = append(sets, m.VariantSets(c)...)
	}
	return sets
}

// VariantSets are those of one contest.
func (m *Model) VariantSets(c Contest) []VariantSet {
	var sets []VariantSet
	for _, set := range c.Variants {
		set.Contest = c
		if slices.ContainsFunc(set.Rows, func(r *Row) bool { return r.N > 0 && !r.stands && !m.beside(r) }) {
			sets = append(sets, set)
		}
	}
	return sets
}

// contests groups the rows that stand for their runtimes. Layers have one of their
// own only if one of them has nothing above it. The main one comes first: stock before tuned before guests, at the memory
// of one whole vCPU if there is one, else the largest.
func contests(rows []*Row) []Contest {
	var all []Contest
	layersOnly := !slices.ContainsFunc(rows, func(r *Row) bool { return !r.Kind.Layer() })
	for _, row := range rows {
		if !row.stands {
			continue
		}
		i := slices.IndexFunc(all, func(c Contest) bool { return c.Place == PlaceOf(row) })
		if i < 0 {
			i = len(all)
			all = append(all, Contest{Place: PlaceOf(row)})
		}
		all[i].Rows = append(all[i].Rows, row)
	}
	all = slices.DeleteFunc(all, func(c Contest) bool {
		return c.Kind.Layer() && !slices.ContainsFunc(c.Rows, func(r *Row) bool { return above(rows, r) == nil && (r.N > 0 || layersOnly) })
	})
	for i := range all {
		all[i].fill(rows)
	}
	first := func(c Contest) int {
		switch {
		case c.Class == results.Tuned:
			return 2
		case c.Kind == results.KindAPI && c.Memory == fullMemory:
			return 0
		case c.Kind == results.KindAPI:
			return 1
		default:
			return 3
		}
	}
	slices.SortStableFunc(all, func(a, b Contest) int {
		return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(b.Memory, a.Memory))
	})
	return all
}

// above is what stands on a layer, if it has figures: never a tuned function, as
// layers are built of stock parts. It is nil for what is no layer.
func above(rows []*Row, layer *Row) *Row {
	if !layer.Kind.Layer() {
		return nil
	}
	for _, r := range rows {
		if near(r, layer) && r.stands && r.N > 0 && !r.Kind.Layer() && r.Class != results.Tuned {
			return r
		}
	}
	return nil
}

// fill adds to a contest what belongs to its rows.
func (c *Contest) fill(rows []*Row) {
	slices.SortStableFunc(c.Rows, better(Leading(c.Rows)))
	c.Operations = operationNames(c.Rows)
	for _, row := range c.Rows {
		c.addVariants(row.Display, row, rows)
		for _, other := range rows {
			switch {
			case other.stands && above(rows, other) == row:
				c.Below = append(c.Below, other)
				c.addVariants(row.Display+", "+LayerNames[other.Kind], other, rows)
			case row.Default && row.N > 0 && row.Class == results.Stock && other.Class == results.Tuned && other.N > 0 && near(row, other):
				c.Beside = append(c.Beside, other)
			}
		}
	}
	slices.SortStableFunc(c.Below, better("coldTotal"))
}

// Leading is the metric that a contest is about first: load tests know of no cold start.
func Leading(rows []*Row) string {
	if slices.ContainsFunc(rows, func(r *Row) bool { return r.Outside != nil }) {
		return "warmP50"
	}
	return "coldTotal"
}

// addVariants adds the set of row and the other variants of its league, if there
// are others.
func (c *Contest) addVariants(name string, row *Row, rows []*Row) {
	set := VariantSet{Runtime: name}
	for _, other := range rows {
		if near(row, other) && other.Kind == row.Kind && other.Class == row.Class {
			set.Rows = append(set.Rows, other)
		}
	}
	if len(set.Rows) > 1 {
		c.Variants = append(c.Variants, set)
	}
}

// better orders rows by rank, then by value; those that could not be ranked come
// behind, and those without figures last, in the manifests' order.
func better(metric string) func(a, b *Row) int {
	last := func(r *Row) int {
		switch v := r.Value(metric); {
		case v.Valid() && v.Rank > 0:
			return 0
		case v.Valid():
			return 1
		case r.Measured():
			return 2
		default:
			return 3
		}
	}
	return func(a, b *Row) int {
		x, y := a.Value(metric), b.Value(metric)
		order := cmp.Or(cmp.Compare(last(a), last(b)), cmp.Compare(x.Rank, y.Rank))
		if order == 0 && x.Valid() && y.Valid() {
			order = cmp.Compare(x.Center, y.Center)
		}
		return cmp.Or(order, cmp.Compare(a.order, b.order), cmp.Compare(a.Key, b.Key))
	}
}

// Ranked returns the contest's rows in the order of a metric.
func (c Contest) Ranked(metric string) []*Row {
	return slices.SortedStableFunc(slices.Values(c.Rows), better(metric))
}

// Layer returns the layer of that kind below row's API, or nil.
func (c Contest) Layer(row *Row, kind results.VariantKind) *Row {
	for _, layer := range c.Layers(kind) {
		if layer.Runtime == row.Runtime {
			return layer
		}
	}
	return nil
}

// Layers are those of one kind, the best cold start first.
func (c Contest) Layers(kind results.VariantKind) []*Row {
	return slices.DeleteFunc(slices.Clone(c.Below), func(r *Row) bool { return r.Kind != kind })
}

// Title names the contest: stock, 1,769 MB, x86_64.
func (c Contest) Title() string { return c.title() }

func (p Place) title() string {
	if p.Memory == 0 {
		return p.titled("memory size not known")
	}
	return p.titled(format.Count(p.Memory) + " MB")
}

// Where names the place of one row, whose name says the rest.
func (p Place) Where() string {
	return Place{Memory: p.Memory, Arch: p.Arch, ColdKind: p.ColdKind}.title()
}

func (p Place) titled(memory string) string {
	title := memory + ", " + cmp.Or(p.Arch, "architecture not known")
	switch {
	case p.Kind == results.KindGuest:
		title = "own functions, " + title
	case p.Kind.Layer():
		title = LayerNames[p.Kind] + " alone, " + title
	case p.Class != "":
		title = string(p.Class) + ", " + title
	}
	if p.ColdKind != results.Spawn {
		title += ", " + string(p.ColdKind) + " cold starts"
	}
	return title
}

// fullMemory is the memory in MB that comes with one whole vCPU; below it a
// machine without limits shows figures of a faster function than Lambda's.
const fullMemory = 1769

// HasAny reports whether one of the contest's rows has that figure.
func HasAny(c Contest, metric string) bool {
	for _, r := range c.Rows {
		if r.Value(metric).Valid() {
			return true
		}
	}
	return false
}

// AnyClass is the place without its class.
func (p Place) AnyClass() Place {
	p.Class = ""
	return p
}
