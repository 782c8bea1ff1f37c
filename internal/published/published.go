// Package published has what others measured in AWS Lambda and published: a dated
// list with sources, to hold local figures against. It is data: nothing is fetched,
// and nothing is derived from it here.
//
//	for _, source := range published.Latest().Sources {
//		fmt.Println(source.Name, source.URL, len(source.Figures))
//	}
package published

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// List is a dated list of measurements.
type List struct {
	Date    string   `yaml:"date"` // YYYY-MM-DD, when the sources were read
	Sources []Source `yaml:"sources"`
}

// Source is one publication.
type Source struct {
	ID        string   `yaml:"id"`
	Name      string   `yaml:"name"`
	URL       string   `yaml:"url"`
	Measured  string   `yaml:"measured"`  // when, and where
	Statistic string   `yaml:"statistic"` // what its figures are
	Differs   []string `yaml:"differs"`   // from our functions and methods
	// Layer is what its functions compare with; "" is our API.
	Layer   results.VariantKind `yaml:"layer"`
	Figures []Figure            `yaml:"figures"`
}

// Figure is one function of a source. Times are in milliseconds; nil: not published.
type Figure struct {
	Runtime   string   `yaml:"runtime"` // the name of ours that it compares with
	Version   string   `yaml:"version"` // what was measured there
	Memory    int      `yaml:"memory"`  // MB
	Arch      string   `yaml:"arch"`
	Init      *float64 `yaml:"init"`
	FirstCall *float64 `yaml:"firstCall"`
	Warm      *float64 `yaml:"warm"`
}

//go:embed lists/*.yaml
var files embed.FS

// Latest is the newest list.
var Latest = sync.OnceValue(func() List {
	entries, err := files.ReadDir("lists")
	if err != nil {
		panic(fmt.Sprintf("published: %v", err)) // a test reads them all
	}
	var all []List
	for _, entry := range entries {
		text, err := files.ReadFile(path.Join("lists", entry.Name()))
		if err != nil {
			panic(fmt.Sprintf("published: %v", err))
		}
		var list List
		if err := yaml.UnmarshalWithOptions(text, &list, yaml.Strict()); err != nil {
			panic(fmt.Sprintf("published: %s: %v", entry.Name(), err))
		}
		all = append(all, list)
	}
	return slices.MaxFunc(all, func(a, b List) int { return strings.Compare(a.Date, b.Date) })
})
