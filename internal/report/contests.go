package report

import (
	"cmp"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Contest is one ranking: runtimes at equal kind of variant, memory and
// architecture.
type Contest struct {
	Memory     int // MB
	Arch       string
	Kind       results.VariantKind
	ColdKind   results.ColdKind
	Rows       []*Row       // the best cold start first, those without figures last
	Below      []*Row       // layers below the API of the same runtimes, the best cold start first
	Variants   []VariantSet // of runtimes that have several
	Operations []string     // in the plan's order
}

// VariantSet is one runtime's variants.
type VariantSet struct {
	Runtime string
	Rows    []*Row
	contest Contest
}

// variantSets are those of all contests that have something to compare.
func variantSets(m *Model) []VariantSet {
	var sets []VariantSet
	for _, c := range m.Contests {
		for _, set := range c.Variants {
			set.contest = c
			measured := 0
			for _, r := range set.Rows {
				if r.N > 0 {
					measured++
				}
			}
			if measured > 1 {
				sets = append(sets, set)
			}
		}
	}
	return sets
}

// contests groups the rows. The main one comes first: the contract's API, at
// the memory of one whole vCPU if there is one, else the largest.
func contests(rows []*Row) []Contest {
	var all []Contest
	// Where nothing stands on them, layers are compared with their like.
	layersOnly := !slices.ContainsFunc(rows, func(r *Row) bool { return !r.Kind.Layer() })
	for _, row := range rows {
		if row.Kind.Layer() && !layersOnly || !row.stands {
			continue
		}
		i := slices.IndexFunc(all, func(c Contest) bool {
			return c.Memory == row.Memory && c.Arch == row.Arch && c.Kind == row.Kind && c.ColdKind == row.ColdKind
		})
		if i < 0 {
			i = len(all)
			all = append(all, Contest{Memory: row.Memory, Arch: row.Arch, Kind: row.Kind, ColdKind: row.ColdKind})
		}
		all[i].Rows = append(all[i].Rows, row)
	}
	for i := range all {
		c := &all[i]
		slices.SortStableFunc(c.Rows, better("coldTotal"))
		c.Operations = operationNames(c.Rows)
		for _, row := range c.Rows {
			var set []*Row
			for _, other := range rows {
				if other.Runtime != row.Runtime || other.Memory != c.Memory || other.Arch != c.Arch || other.ColdKind != c.ColdKind {
					continue
				}
				if other.Kind == row.Kind {
					set = append(set, other)
				} else if other.Kind.Layer() && !layersOnly && other.stands {
					c.Below = append(c.Below, other)
				}
			}
			if len(set) > 1 {
				c.Variants = append(c.Variants, VariantSet{Runtime: row.Name, Rows: set})
			}
		}
	}
	for i := range all {
		slices.SortStableFunc(all[i].Below, better("coldTotal"))
	}
	place := func(c Contest) int {
		switch {
		case c.Kind == results.KindAPI && c.Memory == fullMemory:
			return 0
		case c.Kind == results.KindAPI:
			return 1
		default:
			return 2
		}
	}
	slices.SortStableFunc(all, func(a, b Contest) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(b.Memory, a.Memory))
	})
	return all
}

// better orders rows by rank, then by value; those without figures come last, in
// the manifests' order.
func better(metric string) func(a, b *Row) int {
	last := func(r *Row) int {
		switch v := r.Value(metric); {
		case v.Valid():
			return 0
		case r.Measured():
			return 1
		default:
			return 2
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

// Title names the contest: 1,769 MB, x86_64.
func (c Contest) Title() string { return c.titled(count(c.Memory) + " MB") }

func (c Contest) titled(memory string) string {
	title := memory + ", " + c.Arch
	switch {
	case c.Kind == results.KindGuest:
		title = "own functions, " + title
	case c.Kind.Layer():
		title = layerNames[c.Kind] + " alone, " + title
	}
	if c.ColdKind != results.Spawn {
		title += ", " + string(c.ColdKind) + " cold starts"
	}
	return title
}
