package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// namePrefix and a call's number are the name that the call gives an item.
const namePrefix = "soak "

func itemName(n int) string { return namePrefix + strconv.Itoa(n) }

// item is one that a worker has made and knows all about.
type item struct {
	id   string
	name int // the call that named it last
}

// doubt is an item of which one write has an unknown end: the function died, or said
// that the database did not answer. Nobody touches it again.
type doubt struct {
	id    string // "" if it was being made
	names []int  // the calls whose name it may have
	gone  bool   // it may not be there
}

// checkTable compares the table with what was acknowledged: every row has exactly one
// item that it belongs to, and every item a row, unless it is in doubt.
func (r *run) checkTable(ctx context.Context) error {
	rows, err := r.lab.Rows().All(ctx)
	if err != nil {
		return err
	}
	var known []item
	var doubts []doubt
	for _, w := range r.workers {
		known = append(known, w.items...)
		doubts = append(doubts, w.doubts...)
	}
	table := map[string]string{}
	for _, row := range rows {
		table[row["id"].Value] = row["name"].Value
	}
	if len(table) != len(rows) {
		r.result.violate("the table has %d rows with %d ids", len(rows), len(table))
	}
	r.result.Rows = len(rows)
	for _, problem := range compare(table, known, doubts) {
		r.result.violate("%s", problem)
	}
	r.result.Acknowledged, r.result.InDoubt = len(known), len(doubts)
	return nil
}

// compare takes rows as names by id.
func compare(table map[string]string, known []item, doubts []doubt) (problems []string) {
	left := map[string]int{}
	for id, name := range table {
		n, err := strconv.Atoi(strings.TrimPrefix(name, namePrefix))
		if err != nil {
			problems = append(problems, fmt.Sprintf("the row %s has the name %q, which no call gave it", id, name))
			continue
		}
		left[id] = n
	}
	for _, i := range known {
		name, ok := left[i.id]
		delete(left, i.id)
		switch {
		case !ok:
			problems = append(problems, fmt.Sprintf("the item %s, last named by call %d, has no row", i.id, i.name))
		case name != i.name:
			problems = append(problems, fmt.Sprintf("the item %s has the name of call %d, want that of call %d", i.id, name, i.name))
		}
	}
	makers := map[int]bool{} // calls that may have made an item
	for _, d := range doubts {
		if d.id == "" {
			makers[d.names[0]] = true
			continue
		}
		name, ok := left[d.id]
		delete(left, d.id)
		switch {
		case !ok && !d.gone:
			problems = append(problems, fmt.Sprintf("the item %s has no row, and nobody deleted it", d.id))
		case ok && !slices.Contains(d.names, name):
			problems = append(problems, fmt.Sprintf("the item %s has the name of call %d, want one of %v", d.id, name, d.names))
		}
	}
	for id, name := range left {
		if !makers[name] {
			problems = append(problems, fmt.Sprintf("the row %s, named by call %d, is nobody's", id, name))
		}
		delete(makers, name) // one call makes one item
	}
	return problems
}
