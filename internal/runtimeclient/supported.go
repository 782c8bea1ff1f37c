package runtimeclient

import (
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// ended are the managed runtimes that AWS had deprecated by November 2026, and since
// when ("Lambda runtimes" of the developer guide, column "Deprecation date").
var ended = map[string]string{
	"nodejs": "2016-10-31", "nodejs4.3": "2020-03-05", "nodejs4.3-edge": "2020-03-05", "nodejs6.10": "2019-08-12", "nodejs8.10": "2020-03-06",
	"nodejs10.x": "2021-07-30", "nodejs12.x": "2023-03-31", "nodejs14.x": "2023-12-04", "nodejs16.x": "2024-06-12", "nodejs18.x": "2025-09-01", "nodejs20.x": "2026-04-30",
	"python2.7": "2021-07-15", "python3.6": "2022-07-18", "python3.7": "2023-12-04", "python3.8": "2024-10-14", "python3.9": "2025-12-15", "python3.10": "2026-10-31",
	"java8": "2024-01-08", "go1.x": "2024-01-08",
	"ruby2.5": "2021-07-30", "ruby2.7": "2023-12-07", "ruby3.2": "2026-03-31",
	"dotnetcore1.0": "2019-06-27", "dotnetcore2.0": "2019-05-30", "dotnetcore2.1": "2022-01-05", "dotnetcore3.1": "2023-04-03", "dotnet6": "2024-12-20", "dotnet8": "2026-11-10",
	"provided": "2024-01-08", "provided.al2": "2026-07-31",
}

// Ended is the day (YYYY-MM-DD) on which AWS ended its support of a Lambda runtime,
// "" of one that it supports or never had.
func Ended(id string) string { return ended[id] }

// elsewhere are the managed runtimes that AWS supports and that have no client here,
// and why.
var elsewhere = map[string]string{
	"ruby3.3":   "Ruby and its client come from no registry that this project's tests reach",
	"ruby3.4":   "Ruby and its client come from no registry that this project's tests reach",
	"java11":    "it is not among those that are kept here; most of its functions run on java17 as they are",
	"java8.al2": "it is not among those that are kept here; most of its functions run on java17 as they are",
	"dotnet10":  ".NET and its client come from no registry that this project's tests reach",
}

// Supported is nil for a Lambda runtime that functions can be run with here, and
// otherwise an error that says whether there still is such a runtime, and which
// there are here.
func Supported(id string) error {
	if all := IDs(); !slices.Contains(all, id) {
		return unsupported(id, all)
	}
	return nil
}

func unsupported(id string, all []string) error {
	all = slices.DeleteFunc(slices.Clone(all), func(id string) bool { return Ended(id) != "" })
	hint := "Lambda runtimes that have a client here: " + strings.Join(all, ", ") + "; others are measured in AWS (local: no)"
	if day := Ended(id); day != "" {
		return fault.Usage(hint, "no runtime client for the Lambda runtime %q, which AWS ended on %s", id, day)
	}
	if why := elsewhere[id]; why != "" {
		return fault.Usage(hint, "no runtime client for the Lambda runtime %q: %s", id, why)
	}
	return fault.Usage(hint, "no runtime client for the Lambda runtime %q", id)
}
