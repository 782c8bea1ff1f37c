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
	"golang.org/x/crypto":                    goTeam,
	"golang.org/x/net":                       goTeam,
	"golang.org/x/sys":                       goTeam,
	"golang.org/x/term":                      goTeam,
	"golang.org/x/text":                      goTeam,
	"cargo-zigbuild":                         "MIT, by its repository: its wheel names none; it builds, and is not shipped",
	"org.antlr/antlr4-runtime":               "BSD-3-Clause, by its LICENSE.txt: its pom says BSD, which is taken for the old one",
	"org.hamcrest/hamcrest-core":             "BSD-3-Clause, by its LICENSE.txt: its pom says BSD style",
	"software.amazon.dynamodb/DynamoDBLocal": "AWS's own terms: fetched by whoever asks for this database, never shipped",
}

const goTeam = "BSD-3-Clause, by its LICENSE, which is taken for BSD-Source-Code"

// classifiers are licences as PyPI names them.
var classifiers = map[string]string{
	"License :: OSI Approved :: Apache Software License": "Apache-2.0",
	"License :: OSI Approved :: BSD License":             "BSD-3-Clause",
}

// licences are what a component may be used under, as SPDX expressions. All hold, but of
// Maven's one may be chosen.
func (c component) licences() []string {
	var names []string
	for _, l := range slices.Concat(c.Licences, c.Evidence.Licences) {
		name := cmp.Or(l.Expression, l.Licence.ID, l.Licence.Name)
		names = append(names, cmp.Or(classifiers[name], name))
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
	names := c.licences()
	if len(names) == 0 {
		return "no licence is known"
	}
	may := func(name string) bool {
		ok, err := spdxexp.Satisfies(name, allowed)
		return err == nil && ok
	}
	if k == mavenPOM && slices.ContainsFunc(names, may) {
		return ""
	}
	for _, name := range names {
		if !may(name) {
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
			between := " AND "
			if b.thing.kind == mavenPOM {
				between = " OR "
			}
			counts[strings.Join(c.licences(), between)]++
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
