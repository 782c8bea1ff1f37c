package bench

import "math/rand/v2"

// Step is one unit of the schedule: one new environment of one configuration.
type Step struct {
	Configuration int // index into Plan.Configurations
	Block         int // counted from 0
}

// Order lays the environments out in blocks: within a block the configurations
// that still need one come in an order of their own, drawn from the seed. So
// none is always behind the same neighbour, and a machine that drifts during
// the run drifts for all. A configuration with fewer environments than the
// others (a floor) is spread over the whole run instead of its beginning.
func Order(environments []int, seed uint64) []Step {
	blocks := 0
	for _, n := range environments {
		blocks = max(blocks, n)
	}
	random := rand.New(rand.NewPCG(seed, 0x6f72646572)) // "order"
	var steps []Step
	for block := range blocks {
		start := len(steps)
		for configuration, n := range environments {
			// Bresenham's rule: the block in which the k-th of n falls.
			if (block+1)*n/blocks > block*n/blocks {
				steps = append(steps, Step{Configuration: configuration, Block: block})
			}
		}
		drawn := steps[start:]
		random.Shuffle(len(drawn), func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	}
	return steps
}
