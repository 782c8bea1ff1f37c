package cost

import "math"

// RequestsPerEnvironment is how many synchronous requests a second Lambda lets one
// environment serve, however short they are: its quota is ten times the concurrency.
const RequestsPerEnvironment = 10

// Rates are the synchronous calls a second that needs are shown at.
var Rates = []float64{10, 100, 1000}

// Need is what a steady rate of synchronous calls takes.
type Need struct {
	Rate         float64 // calls a second
	Environments int     // at once, on average
	// Timed says that the time of the calls decides (Little's law), and not the ten
	// requests a second of an environment.
	Timed bool
	// Compute and Total are a month's bill in USD, of 30 days at this rate.
	Compute, Total float64
}

// Need is what that many calls a second take, at the bill's share of cold starts.
// Environments are the larger of the rate over ten and, by Little's law, the rate
// times the mean time that a call keeps its environment busy.
func (b Bill) Need(rate float64) Need {
	allowed, busy := rate/RequestsPerEnvironment, rate*b.MeanMs/1000
	n := Need{Rate: rate, Timed: busy > allowed}
	n.Environments = max(1, int(math.Ceil(math.Max(allowed, busy)-1e-9)))
	requests := rate * month
	kept := 0.0 // by the month, whatever the rate
	if line, ok := b.Line(LineCache); ok && !math.IsNaN(line.USD) {
		kept = line.USD
	}
	n.Compute = (b.Compute-kept)*requests/Requests + kept
	n.Total = (b.Total-kept)*requests/Requests + kept
	return n
}
