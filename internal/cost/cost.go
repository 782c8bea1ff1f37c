// Package cost derives what a million requests would cost on AWS from what was
// measured: every line of the bill, at a share of cold starts, from a dated list
// of prices. It is pure: prices are embedded data, and nothing is fetched. It
// never invents a price: what a list does not have is named, and left out of the
// sum.
//
//	list, err := cost.For(doc.Prices)             // the list that the document names
//	region, err := list.Region(cost.RegionOf(doc)) // "no price for region …" if unknown
//	usage, err := cost.Measure(cost.FunctionOf(&doc, &doc.Configurations[0]), doc.Plan.Mix)
//	for _, cold := range cost.ColdShares {
//		bill := region.Bill(usage, cold)
//		fmt.Println(bill.Lines, bill.Total, bill.Compute)
//	}
package cost

// Requests is what a bill is for.
const Requests = 1_000_000

// ColdShares are the shares of cold starts that bills are shown at.
var ColdShares = []float64{0.0001, 0.001, 0.01}

// TypicalColdShare is the one that a single figure is given at.
const TypicalColdShare = 0.001
