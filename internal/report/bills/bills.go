// Package bills says what a million requests to each configuration of a run cost in a
// region, every line of it.
package bills

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Bills are what a million requests to each configuration cost in a region.
type Bills struct {
	Region         string          `json:"region"`
	RegionName     string          `json:"regionName"`
	Requests       float64         `json:"requests"` // a month
	Date           string          `json:"date"`     // of the prices
	Source         string          `json:"source"`
	Configurations []Configuration `json:"configurations"`
	Sizes          []Sizes         `json:"sizes"` // of runtimes that were measured with several
	Prices         []Price         `json:"prices"`
	Unpriced       []string        `json:"unpriced"` // what is in no sum, in full sentences
}

// Configuration are the bills of one configuration, one per share of cold starts.
type Configuration struct {
	Configuration string `json:"configuration"`
	Runtime       string `json:"runtime"`
	Variant       string `json:"variant"`
	Default       bool   `json:"default"` // the variant that is deployed where nobody says otherwise
	Memory        int    `json:"memoryMb"`
	Bills         []Sum  `json:"bills"`
}

// Sum is one bill.
type Sum struct {
	ColdShare float64 `json:"coldShare"`
	Lines     []Line  `json:"lines"`
	Compute   float64 `json:"compute"`
	Total     float64 `json:"total"`
}

// Line is one line of a bill. USD is absent where there is no price.
type Line struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Quantity float64  `json:"quantity"`
	Unit     string   `json:"unit"`
	Price    float64  `json:"price"`
	Per      float64  `json:"per"`
	USD      *float64 `json:"usd,omitempty"`
}

// Sizes is the memory size that power tuning's strategies choose.
type Sizes struct {
	Runtime  string `json:"runtime"`
	Variant  string `json:"variant"`
	Arch     string `json:"arch"`
	Cheapest int    `json:"cheapestMb"`
	Balanced int    `json:"balancedMb"`
	Fastest  int    `json:"fastestMb"`
}

// Price is one price, and where it was read.
type Price struct {
	Name string `json:"name"`
	cost.Price
}

// New prices a document in a region of a list.
func New(doc results.Document, list cost.List, region cost.Region) Bills {
	b := Bills{Region: region.ID, RegionName: region.Name, Requests: cost.Requests, Date: list.Date, Source: list.Source,
		Configurations: []Configuration{}, Sizes: []Sizes{}, Prices: []Price{}, Unpriced: []string{}}
	type series struct{ runtime, variant, arch string }
	points, order := map[series][]cost.Point{}, []series(nil)
	said := map[string]bool{}
	for _, row := range view.Build(doc).Rows {
		f := cost.FunctionOf(&doc, view.ConfigurationOf(&doc, row))
		f.Environments = view.EnvironmentsOf(view.ConfigurationOf(&doc, row), row.ColdKind)
		usage, err := cost.Measure(f, doc.Plan.Mix)
		if err != nil || !row.Measured() {
			continue
		}
		of := Configuration{Configuration: row.Label(), Runtime: row.Runtime, Variant: row.Variant, Default: row.Default, Memory: row.Memory}
		for _, share := range cost.ColdShares {
			bill := region.Bill(usage, share)
			of.Bills = append(of.Bills, sumOf(bill))
			for _, text := range bill.Unpriced {
				if !said[text] {
					said[text] = true
					b.Unpriced = append(b.Unpriced, text)
				}
			}
			if share == cost.TypicalColdShare {
				s := series{row.Runtime, row.Variant, row.Arch}
				if points[s] == nil {
					order = append(order, s)
				}
				points[s] = append(points[s], cost.Point{Key: row.Key, Memory: row.Memory, LatencyMs: row.Value("warmP50").Center, USD: bill.Compute})
			}
		}
		b.Configurations = append(b.Configurations, of)
	}
	for _, s := range order {
		if r, ok := cost.Recommend(points[s]); ok {
			b.Sizes = append(b.Sizes, Sizes{s.runtime, s.variant, s.arch, points[s][r.Cheapest].Memory, points[s][r.Balanced].Memory, points[s][r.Fastest].Memory})
		}
	}
	for _, name := range region.Names() {
		b.Prices = append(b.Prices, Price{name, region.Prices[name]})
	}
	return b
}

func sumOf(bill cost.Bill) Sum {
	sum := Sum{ColdShare: bill.ColdShare, Compute: bill.Compute, Total: bill.Total}
	for _, l := range bill.Lines {
		line := Line{ID: l.ID, Name: l.Name, Quantity: l.Quantity, Unit: l.Unit, Price: l.Price.USD, Per: l.Per}
		if l.USD == l.USD { // not NaN
			line.USD = new(l.USD)
		}
		sum.Lines = append(sum.Lines, line)
	}
	return sum
}

// Of are the bills of so many requests a month. Keeping a snapshot costs the same.
func (b Bills) Of(requests float64) Bills {
	factor := requests / b.Requests
	b.Requests = requests
	b.Configurations = slices.Clone(b.Configurations)
	for i := range b.Configurations {
		c := &b.Configurations[i]
		c.Bills = slices.Clone(c.Bills)
		for j := range c.Bills {
			sum := &c.Bills[j]
			sum.Lines, sum.Compute, sum.Total = slices.Clone(sum.Lines), factor*sum.Compute, factor*sum.Total
			for k := range sum.Lines {
				line := &sum.Lines[k]
				if line.ID == cost.LineCache {
					if line.USD != nil { // as it was, in both sums
						sum.Compute, sum.Total = sum.Compute+(1-factor)**line.USD, sum.Total+(1-factor)**line.USD
					}
					continue
				}
				line.Quantity *= factor
				if line.USD != nil {
					line.USD = new(factor * *line.USD)
				}
			}
		}
	}
	return b
}

// JSON writes the bills as they are.
func (b Bills) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(b); err != nil {
		return fmt.Errorf("write the bills: %w", err)
	}
	return nil
}

// Text writes the bills for a person, every line of them.
func (b Bills) Text(w io.Writer) error {
	out := bufio.NewWriter(w)
	what := "a million requests cost"
	if b.Requests != cost.Requests {
		what = format.Count(int64(b.Requests)) + " requests a month cost"
	}
	fmt.Fprintf(out, "What %s in %s, %s, USD.\nList prices of %s, without free tier and data transfer.\n", what, b.Region, b.RegionName, b.Date)
	for _, c := range b.Configurations {
		rows := [][]string{{c.Configuration}}
		for _, bill := range c.Bills {
			rows[0] = append(rows[0], format.Share(bill.ColdShare)+" cold")
		}
		for i, line := range c.Bills[0].Lines {
			row := []string{line.Name}
			for _, bill := range c.Bills {
				if usd := bill.Lines[i].USD; usd != nil {
					row = append(row, format.Amount(*usd))
				} else {
					row = append(row, "–")
				}
			}
			rows = append(rows, row)
		}
		compute, total := []string{"compute: what the runtime decides"}, []string{"total"}
		for _, bill := range c.Bills {
			compute, total = append(compute, format.Amount(bill.Compute)), append(total, format.Amount(bill.Total))
		}
		fmt.Fprintln(out)
		for _, line := range format.Columns(append(rows, compute, total), true) {
			fmt.Fprintln(out, line)
		}
	}
	if len(b.Sizes) > 0 {
		fmt.Fprintln(out, "\nMemory size, by warm median and compute, as AWS Lambda Power Tuning chooses:")
	}
	for _, s := range b.Sizes {
		fmt.Fprintf(out, "  %s %s %s: cheapest %s MB, balanced %s MB, fastest %s MB\n", s.Runtime, s.Variant, s.Arch, format.Count(s.Cheapest), format.Count(s.Balanced), format.Count(s.Fastest))
	}
	fmt.Fprintf(out, "\nPrices: %s\n", b.Source)
	for _, p := range b.Prices {
		fmt.Fprintf(out, "  %s %s USD, read %s: %s, %s\n", p.Name, strconv.FormatFloat(p.USD, 'f', -1, 64), p.Read, p.Usage, p.Price.Source)
	}
	if len(b.Unpriced) > 0 {
		fmt.Fprintln(out)
	}
	for _, text := range b.Unpriced {
		fmt.Fprintln(out, text)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the bills: %w", err)
	}
	return nil
}
