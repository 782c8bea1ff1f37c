package view

import (
	"fmt"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
)

// Sweep is a set of runtimes at several memory sizes: what memory buys.
type Sweep struct {
	Place          // but for its memory
	Memories []int // MB, ascending
	Lines    []SweepLine
}

// SweepLine is one runtime; its rows are by memory, ascending.
type SweepLine struct {
	Runtime, Name, Color string
	Rows                 []*Row
}

// sweeps joins contests that differ in memory only. The first one's is first.
func sweeps(contests []Contest) []Sweep {
	var all []Sweep
	for _, c := range contests {
		i := slices.IndexFunc(all, func(s Sweep) bool { return s.Place == c.anySize() })
		if i < 0 {
			i = len(all)
			all = append(all, Sweep{Place: c.anySize()})
		}
		s := &all[i]
		s.Memories = append(s.Memories, c.Memory)
		for _, r := range c.Rows {
			j := slices.IndexFunc(s.Lines, func(l SweepLine) bool { return l.Name == r.Name && l.Runtime == r.Runtime })
			if j < 0 {
				j = len(s.Lines)
				s.Lines = append(s.Lines, SweepLine{Runtime: r.Runtime, Name: r.Name, Color: r.Color})
			}
			s.Lines[j].Rows = append(s.Lines[j].Rows, r)
		}
	}
	for i := range all {
		slices.Sort(all[i].Memories)
		for _, line := range all[i].Lines {
			slices.SortFunc(line.Rows, func(a, b *Row) int { return a.Memory - b.Memory })
		}
	}
	return slices.DeleteFunc(all, func(s Sweep) bool { return len(s.Memories) < 2 })
}

// Memories are the sizes in MB that have figures.
func (m *Model) Memories() []int {
	var sizes []int
	for _, r := range m.Rows {
		if r.N > 0 && !slices.Contains(sizes, r.Memory) {
			sizes = append(sizes, r.Memory)
		}
	}
	return sizes
}

// Swept reports whether the contest's rows are in a sweep.
func (m *Model) Swept(c Contest) bool {
	return slices.ContainsFunc(m.Sweeps, func(s Sweep) bool { return s.Place == c.anySize() })
}

// anySize is the place without its memory size.
func (p Place) anySize() Place {
	p.Memory = 0
	return p
}

// Title names the sweep: stock, 128 to 3,008 MB, x86_64.
func (s Sweep) Title() string {
	return s.titled(fmt.Sprintf("%s to %s MB", format.Count(s.Memories[0]), format.Count(s.Memories[len(s.Memories)-1])))
}
