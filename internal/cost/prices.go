package cost

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// DefaultRegion prices a run that was not made in a region.
const DefaultRegion = "us-east-1"

// List is a dated list of prices.
type List struct {
	Date    string            `yaml:"date"` // YYYY-MM-DD, of the newest reading
	Source  string            `yaml:"source"`
	Regions map[string]Region `yaml:"regions"`
}

// Region is what AWS asks in one region, in USD.
type Region struct {
	ID     string           `yaml:"-"`
	Name   string           `yaml:"name"`
	Prices map[string]Price `yaml:"prices"` // by the names below
}

// Price is one price, and where it was read.
type Price struct {
	USD    float64 `yaml:"usd" json:"usd"`
	Read   string  `yaml:"read" json:"read"`   // the day, YYYY-MM-DD
	Usage  string  `yaml:"usage" json:"usage"` // AWS's name of what is paid for
	Source string  `yaml:"source" json:"source"`
}

// The prices of a region. Those of a GB-second have the architecture behind a
// dot.
const (
	lambdaRequests  = "lambdaRequests" // per million
	lambdaSeconds   = "lambdaSeconds"  // per GB-second
	snapshotCache   = "snapshotCache"  // per GB-second kept
	snapshotRestore = "snapshotRestore"
	apiRequests     = "apiRequests"    // per million, REST API
	databaseWrites  = "databaseWrites" // per million write request units
	databaseReads   = "databaseReads"  // per million read request units
	logIngestion    = "logs"           // per GB
)

//go:embed prices/*.yaml
var files embed.FS

// lists are the embedded lists, the oldest first.
var lists = sync.OnceValue(func() []List {
	entries, err := files.ReadDir("prices")
	if err != nil {
		panic(fmt.Sprintf("cost: %v", err)) // a test reads them all
	}
	var all []List
	for _, entry := range entries {
		text, err := files.ReadFile(path.Join("prices", entry.Name()))
		if err != nil {
			panic(fmt.Sprintf("cost: %v", err))
		}
		var list List
		if err := yaml.UnmarshalWithOptions(text, &list, yaml.Strict()); err != nil {
			panic(fmt.Sprintf("cost: %s: %v", entry.Name(), err))
		}
		for id, region := range list.Regions {
			region.ID = id
			list.Regions[id] = region
		}
		all = append(all, list)
	}
	slices.SortFunc(all, func(a, b List) int { return strings.Compare(a.Date, b.Date) })
	return all
})

// Latest is the newest list.
func Latest() List { return lists()[len(lists())-1] }

// Record is how a result document names the list.
func (l List) Record() *results.Prices { return &results.Prices{Date: l.Date, Source: l.Source} }

// For returns the list that a document names. Without a name no cost is known.
func For(named *results.Prices) (List, error) {
	if named == nil {
		return List{}, fault.New("measure again: newer documents name their list", "the document names no price list, so that no cost is known")
	}
	var dates []string
	for _, list := range lists() {
		if list.Date == named.Date {
			return list, nil
		}
		dates = append(dates, list.Date)
	}
	return List{}, fault.New("use the version of bench that wrote the file", "no price list of %s: got lists of %s", named.Date, strings.Join(dates, ", "))
}

// Known are the regions of the list, sorted.
func (l List) Known() []string { return slices.Sorted(maps.Keys(l.Regions)) }

// Region returns the prices of a region.
func (l List) Region(id string) (Region, error) {
	region, ok := l.Regions[id]
	if !ok {
		return Region{}, fault.Usage("regions with prices: "+strings.Join(l.Known(), ", "), "no price for region %s in the list of %s", id, l.Date)
	}
	return region, nil
}

// Names are the names of the region's prices, sorted.
func (r Region) Names() []string { return slices.Sorted(maps.Keys(r.Prices)) }

// RegionOf is the region that a document is priced in: its own, or else
// DefaultRegion.
func RegionOf(doc results.Document) string {
	if doc.Source.Region != "" {
		return doc.Source.Region
	}
	return DefaultRegion
}

// Service is AWS's code of the service that asks a price, and how many of AWS's units
// the price here is for: offers are for one request, prices here for a million.
func Service(price string) (code string, per float64) {
	switch {
	case strings.HasPrefix(price, "lambda"), strings.HasPrefix(price, "snapshot"):
		code = "AWSLambda"
	case strings.HasPrefix(price, "api"):
		code = "AmazonApiGateway"
	case strings.HasPrefix(price, "database"):
		code = "AmazonDynamoDB"
	default:
		code = "AmazonCloudWatch"
	}
	switch price {
	case lambdaRequests, apiRequests, databaseWrites, databaseReads:
		return code, 1e6
	}
	return code, 1
}
