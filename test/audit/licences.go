package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp"
)

// allowed may stand beside the MIT licence of this project: those that ask for no more
// than to be named, and weak ones (of files, or of a library that is left as it is).
var allowed = []string{
	"0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BlueOak-1.0.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
	"CDLA-Permissive-2.0", "ISC", "MIT", "MIT-0", "OpenSSL", "PSF-2.0", "Python-2.0", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "WTFPL", "Zlib",
	"CC-BY-4.0", "EPL-2.0", "MPL-2.0",
}

// exceptions are packages, without a version, whose licence their tool can't name or that are
// not on the list, and why they may stay.
var exceptions = map[string]string{
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark": "this project: see LICENSE",
}

// of is what a component may be used under, as SPDX expressions that all hold. Where
// Maven names several licences, one may be chosen.
func (c component) of(k kind) []string {
	var names []string
	for _, l := range slices.Concat(c.Licences, c.Evidence.Licences) {
		names = append(names, cmp.Or(l.Expression, l.Licence.ID, l.Licence.Name))
	}
	if k == mavenPOM && len(names) > 1 {
		return []string{strings.Join(names, " OR ")}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (c component) fullName() string { return strings.TrimPrefix(c.Group+"/"+c.Name, "/") }

// forbidden says why a component may not stay, or nothing.
func (c component) forbidden(k kind) string {
	if exceptions[c.fullName()] != "" {
		return ""
	}
	names := c.of(k)
	if len(names) == 0 {
		return "no licence is known"
	}
	for _, name := range names {
		if ok, err := spdxexp.Satisfies(name, allowed); err != nil || !ok {
			return name
		}
	}
	return ""
}

// printLicences lists the licences of each bill, and reports whether all may stay.
func printLicences(out io.Writer, bills []bill) bool {
	all := true
	for _, b := range bills {
		counts := map[string]int{}
		for _, c := range b.Components {
			counts[strings.Join(c.of(b.thing.kind), " AND ")]++
			if why := c.forbidden(b.thing.kind); why != "" {
				all = false
				fmt.Fprintf(out, "NOT ALLOWED: %s %s in %s: %s\n", c.fullName(), c.Version, b.thing.name, why)
			}
		}
		fmt.Fprintf(out, "%s:", b.thing.name)
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(out, " %d × %s;", counts[name], name)
		}
		fmt.Fprintln(out)
	}
	return all
}
