package stats

import (
	"math"
	"sort"
)

// dipLimits are the 99 % points of dip·√n for n uniform values, the worst
// unimodal distribution, from 200,000 samples each:
//
//	python3.11 -c 'import numpy as np, diptest; r = np.random.default_rng(1)
//	for n in (20, 50, 100, 200, 500, 1000):
//	  print(n, np.quantile([diptest.dipstat(r.random(n)) for _ in range(200000)], .99) * n**.5)'
//
// with diptest 0.12.0.
var dipLimits = []struct {
	n     int
	limit float64
}{{20, 0.5410}, {50, 0.5727}, {100, 0.5889}, {200, 0.6022}, {500, 0.6138}, {1000, 0.6177}}

// dipLimit interpolates the limit for n values.
func dipLimit(n int) float64 {
	i := sort.Search(len(dipLimits), func(i int) bool { return dipLimits[i].n >= n })
	switch i {
	case 0:
		return dipLimits[0].limit
	case len(dipLimits):
		return dipLimits[i-1].limit
	}
	a, b := dipLimits[i-1], dipLimits[i]
	return a.limit + (b.limit-a.limit)*float64(n-a.n)/float64(b.n-a.n)
}

// dip is Hartigan's dip statistic of ascending values: the largest distance
// between their distribution function and the nearest unimodal one. Hartigan,
// Algorithm AS 217 (1985), with the correction of Maechler: the ends of the
// modal interval [low, high] close in until the distance inside it is no larger
// than the one already found outside.
func dip(x []float64) float64 {
	n := len(x)
	if n < 2 || x[0] == x[n-1] {
		return 1 / (2 * float64(n))
	}
	minorant, majorant := hulls(x)
	low, high, found := 0, n-1, 1.0 // found is in units of 1/(2n)
	for {
		// Touching points of the greatest convex minorant, from high down to low,
		// and of the least concave majorant, from low up to high.
		convex := []int{high}
		for convex[len(convex)-1] > low {
			convex = append(convex, minorant[convex[len(convex)-1]])
		}
		concave := []int{low}
		for concave[len(concave)-1] < high {
			concave = append(concave, majorant[concave[len(concave)-1]])
		}
		distance, ig, ih := hullDistance(x, convex, concave)
		if distance < found {
			break
		}
		found = max(found, dipBelow(x, convex[ig:]), dipAbove(x, concave[ih:]))
		if low == convex[ig] && high == concave[ih] {
			break
		}
		low, high = convex[ig], concave[ih]
	}
	return found / (2 * float64(n))
}

// hulls gives, for each point, the touching point before it on the convex
// minorant of the points so far, and the one behind it on the concave majorant
// of the points from there.
func hulls(x []float64) (minorant, majorant []int) {
	n := len(x)
	minorant, majorant = make([]int, n), make([]int, n)
	for j := 1; j < n; j++ {
		before := j - 1
		for before != 0 {
			next := minorant[before]
			if (x[j]-x[before])*float64(before-next) < (x[before]-x[next])*float64(j-before) {
				break
			}
			before = next
		}
		minorant[j] = before
	}
	majorant[n-1] = n - 1
	for k := n - 2; k >= 0; k-- {
		behind := k + 1
		for behind != n-1 {
			next := majorant[behind]
			if (x[k]-x[behind])*float64(behind-next) < (x[behind]-x[next])*float64(k-behind) {
				break
			}
			behind = next
		}
		majorant[k] = behind
	}
	return minorant, majorant
}

// hullDistance is the largest distance between the two hulls, and the indexes
// in convex and concave of the points between which it lies.
func hullDistance(x []float64, convex, concave []int) (distance float64, ig, ih int) {
	ig, ih = len(convex)-1, len(concave)-1
	if len(convex) == 2 && len(concave) == 2 {
		return 1, ig, ih
	}
	ix, iv := len(convex)-2, 1
	for {
		below, above := convex[ix], concave[iv]
		if below > above { // the next point is the majorant's
			from := convex[ix+1]
			d := float64(above-from+1) - (x[above]-x[from])*float64(below-from)/(x[below]-x[from])
			iv++
			if d >= distance {
				distance, ig, ih = d, ix+1, iv-1
			}
		} else {
			from := concave[iv-1]
			d := (x[below]-x[from])*float64(above-from)/(x[above]-x[from]) - float64(below-from-1)
			ix--
			if d >= distance {
				distance, ig, ih = d, ix+1, iv
			}
		}
		ix, iv = max(ix, 0), min(iv, len(concave)-1)
		if convex[ix] == concave[iv] {
			return distance, ig, ih
		}
	}
}

// dipBelow is the largest distance of the points to the minorant whose touching
// points, descending, are given.
func dipBelow(x []float64, touching []int) float64 {
	largest := 0.0
	for i := 0; i+1 < len(touching); i++ {
		from, to := touching[i+1], touching[i]
		d := 1.0
		if to-from > 1 && x[to] != x[from] {
			slope := float64(to-from) / (x[to] - x[from])
			for j := from; j <= to; j++ {
				d = math.Max(d, float64(j-from+1)-(x[j]-x[from])*slope)
			}
		}
		largest = math.Max(largest, d)
	}
	return largest
}

// dipAbove is the same for the majorant, its touching points ascending.
func dipAbove(x []float64, touching []int) float64 {
	largest := 0.0
	for i := 0; i+1 < len(touching); i++ {
		from, to := touching[i], touching[i+1]
		d := 1.0
		if to-from > 1 && x[to] != x[from] {
			slope := float64(to-from) / (x[to] - x[from])
			for j := from; j <= to; j++ {
				d = math.Max(d, (x[j]-x[from])*slope-float64(j-from-1))
			}
		}
		largest = math.Max(largest, d)
	}
	return largest
}
