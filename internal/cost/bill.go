package cost

import (
	"fmt"
	"math"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Line is one line of a bill.
type Line struct {
	ID       string // such as duration; see the constants
	Name     string // for people
	Quantity float64
	Unit     string  // of the quantity
	Price    Price   // its USD is for Per units; zero where there is none
	Per      float64 // units that the price is for
	USD      float64 // NaN where there is no price
	Runtime  bool    // the runtime decides about it; the other lines are the same for all
}

// The lines of a bill, in its order.
const (
	LineInit     = "init"
	LineDuration = "duration"
	LineCache    = "snapshotCache"
	LineRestore  = "snapshotRestore"
	LineRequests = "requests"
	LineAPI      = "api"
	LineWrites   = "databaseWrites"
	LineReads    = "databaseReads"
	LineLogs     = "logs"
)

// Bill is what Requests requests cost.
type Bill struct {
	Region    string
	ColdShare float64
	Lines     []Line
	// Total is the sum of all lines that have a price; Compute is that of the lines
	// that the runtime decides about: init and duration.
	Total, Compute float64
	// MeanMs is how long a request keeps its environment busy, on average: its billed
	// time, with init where it is cold.
	MeanMs float64
	// Samples are Compute from each environment by itself, for the rule that says
	// who is cheaper (stats.Compare): lower is better.
	Samples stats.Series
	// Interval is around Compute: that of a mean, from Samples.
	Interval stats.Summary
	// Unpriced says in full sentences which lines have no price.
	Unpriced []string
}

// gigabyte is 2^30 bytes: what Lambda and CloudWatch bill by.
const gigabyte = 1 << 30

// month is how long a snapshot is kept for a bill: a month of 30 days, so that a
// bill is that of a million requests a month.
const month = 30 * 24 * 3600

// Bill prices a million requests, of which coldShare (0 … 1) are cold starts.
func (r Region) Bill(u Usage, coldShare float64) Bill {
	b := Bill{Region: r.ID, ColdShare: coldShare}
	memory := float64(u.Memory) / 1024
	perSecond := lambdaSeconds + "." + u.Arch
	cold := Requests * coldShare
	mean := u.Mean()

	b.MeanMs = (1-coldShare)*mean.Warm + coldShare*(mean.Init+mean.First)

	initName := "init, " + u.Arch
	if u.Restored {
		initName = "restore, as if all of it were billed, " + u.Arch
	}
	b.add(r, Line{ID: LineInit, Name: initName, Unit: "GB-s", Quantity: cold * mean.Init / 1000 * memory, Runtime: true}, perSecond, 1)
	b.add(r, Line{ID: LineDuration, Name: "duration, " + u.Arch, Unit: "GB-s", Quantity: ((Requests-cold)*mean.Warm + cold*mean.First) / 1000 * memory, Runtime: true}, perSecond, 1)
	if u.Restored && u.SnapshotCosts {
		b.add(r, Line{ID: LineCache, Name: "snapshot kept for 30 days", Unit: "GB-s", Quantity: month * memory, Runtime: true}, snapshotCache, 1)
		b.add(r, Line{ID: LineRestore, Name: "snapshots restored", Unit: "GB", Quantity: cold * memory, Runtime: true}, snapshotRestore, 1)
	}
	b.add(r, Line{ID: LineRequests, Name: "Lambda requests", Unit: "requests", Quantity: Requests}, lambdaRequests, 1e6)
	b.add(r, Line{ID: LineAPI, Name: "API Gateway, REST", Unit: "requests", Quantity: Requests}, apiRequests, 1e6)
	switch {
	case math.IsNaN(u.Writes):
		b.Unpriced = append(b.Unpriced, "DynamoDB is not priced: nobody knows what these requests read and write.")
	case u.Writes+u.Reads > 0:
		b.add(r, Line{ID: LineWrites, Name: "DynamoDB writes, on demand", Unit: "write request units", Quantity: Requests * u.Writes}, databaseWrites, 1e6)
		b.add(r, Line{ID: LineReads, Name: "DynamoDB reads, on demand", Unit: "read request units", Quantity: Requests * u.Reads}, databaseReads, 1e6)
	}
	b.add(r, Line{ID: LineLogs, Name: "log ingestion", Unit: "GB", Quantity: (Requests*u.LogBytes + cold*u.ColdLogBytes) / gigabyte}, logIngestion, 1)

	price := r.Prices[perSecond].USD
	fixed := 0.0 // of the runtime's lines, what all environments share
	for _, line := range b.Lines {
		if (line.ID == LineCache || line.ID == LineRestore) && !math.IsNaN(line.USD) {
			fixed += line.USD
		}
	}
	for _, e := range u.Environments {
		ms := (Requests-cold)*e.Warm + cold*(e.First+e.Init)
		b.Samples.Values, b.Samples.Blocks = append(b.Samples.Values, ms/1000*memory*price+fixed), append(b.Samples.Blocks, e.Block)
	}
	b.Interval = stats.Mean(b.Samples.Values)
	return b
}

// add puts a line on the bill.
func (b *Bill) add(r Region, line Line, price string, per float64) {
	p, ok := r.Prices[price]
	line.Price, line.Per, line.USD = p, per, line.Quantity*p.USD/per
	if !ok {
		line.USD = math.NaN()
		b.Unpriced = append(b.Unpriced, fmt.Sprintf("No price for region %s: %s (%s) is not in the sum.", r.ID, line.Name, price))
	} else {
		b.Total += line.USD
		if line.Runtime {
			b.Compute += line.USD
		}
	}
	b.Lines = append(b.Lines, line)
}

// Line returns the line called id; false where the bill has none.
func (b Bill) Line(id string) (Line, bool) {
	for _, line := range b.Lines {
		if line.ID == id {
			return line, true
		}
	}
	return Line{}, false
}
