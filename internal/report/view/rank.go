package view

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// rank compares the members of each family, in every ranked metric and in every
// operation's median.
func rank(doc *results.Document, rows []*Row) {
	for _, family := range doc.Plan.Families {
		for _, kind := range kindsOf(rows) {
			members := make([]*Row, len(family.Members)) // nil where there are no figures
			for i, key := range family.Members {
				for _, row := range rows {
					if row.Key == key && row.ColdKind == kind && row.Measured() {
						members[i] = row
					}
				}
			}
			for _, metric := range Metrics {
				if metric.Ranked {
					rankMetric(family.Kind, members, func(r *Row) (stats.Series, map[string]Value) { return r.samples[metric.ID], r.values }, metric.ID)
				}
			}
			for _, operation := range operationNames(members) {
				rankMetric(family.Kind, members, func(r *Row) (stats.Series, map[string]Value) {
					for _, o := range r.Operations {
						if o.Name == operation {
							return o.sample, o.values
						}
					}
					return stats.Series{}, nil
				}, "p50")
			}
		}
	}
}

func rankMetric(family results.FamilyKind, members []*Row, of func(*Row) (stats.Series, map[string]Value), metric string) {
	samples := make([]stats.Series, len(members))
	for i, row := range members {
		if row != nil {
			samples[i], _ = of(row)
		}
	}
	ranks := stats.Compare(samples).Rank
	for i, row := range members {
		if row == nil || ranks[i] == 0 {
			continue
		}
		_, values := of(row)
		value, ok := values[metric]
		if !ok {
			continue
		}
		tied := false
		for j, other := range ranks {
			tied = tied || (j != i && other == ranks[i])
		}
		if family == results.FamilyVariants {
			value.VariantRank, value.VariantTied = ranks[i], tied
		} else {
			value.Rank, value.Tied = ranks[i], tied
		}
		values[metric] = value
	}
}

func kindsOf(rows []*Row) []results.ColdKind {
	var kinds []results.ColdKind
	for _, r := range rows {
		if !slices.Contains(kinds, r.ColdKind) {
			kinds = append(kinds, r.ColdKind)
		}
	}
	return kinds
}

func operationNames(rows []*Row) []string {
	var names []string
	for _, r := range rows {
		if r == nil {
			continue
		}
		for _, o := range r.Operations {
			if !slices.Contains(names, o.Name) {
				names = append(names, o.Name)
			}
		}
	}
	return names
}
