package html

import (
	"math"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// charts are the figures that the page draws: those of the main contest, and
// the sweeps.
type charts struct {
	Rows       []chartRow     `json:"rows"`
	LayerNames []string       `json:"layerNames,omitempty"`
	Variants   [][]chartRow   `json:"variants"`
	Sweeps     []chartSweep   `json:"sweeps"`
	Trade      []chartTrade   `json:"trade"`
	Load       *chartLoad     `json:"load,omitempty"`
	Gains      []chartGains   `json:"gains,omitempty"`
	Outside    []chartOutside `json:"outside,omitempty"`
}

// chartStyle is how a runtime looks.
type chartStyle struct {
	Name  string `json:"name"`
	Light string `json:"light"` // colours in the two themes
	Dark  string `json:"dark"`
	Dash  []int  `json:"dash"` // of its line, so that colour is not all that tells
}

func styleOf(name, color string, place int) chartStyle {
	return chartStyle{Name: name, Light: readable(color, lightSurface), Dark: readable(color, darkSurface), Dash: dashes[place%len(dashes)]}
}

type chartRow struct {
	chartStyle
	Cold      *chartValue  `json:"cold,omitempty"`
	Init      *chartValue  `json:"init,omitempty"`
	FirstCall *chartValue  `json:"firstCall,omitempty"`
	P50       *chartValue  `json:"p50,omitempty"`
	P95       *chartValue  `json:"p95,omitempty"`
	P99       *chartValue  `json:"p99,omitempty"`
	ECDF      [][2]float64 `json:"ecdf,omitempty"`
	Curve     [][2]float64 `json:"curve,omitempty"`
	// Layers by metric, from the floor up.
	Layers map[string][]chartLayer `json:"layers,omitempty"`
}

// chartLayer is what a layer adds to the ones below.
type chartLayer struct {
	Name string `json:"name"`
	chartValue
}

// chartValue is a summary; absent where there is no number.
type chartValue struct {
	Center float64 `json:"center"`
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
}

// maxPoints is how many points of a line the page holds: more than its pixels
// would only make it larger.
const maxPoints = 200

// dashes tell lines apart without colour.
var dashes = [][]int{{}, {7, 3}, {2, 3}, {10, 3, 2, 3}, {4, 2}}

func chartsOf(m *view.Model) charts {
	c := charts{Rows: []chartRow{}, Variants: [][]chartRow{}, Sweeps: chartSweeps(m.Sweeps), Trade: []chartTrade{}}
	if len(m.Contests) == 0 {
		return c
	}
	c.Trade = chartTrades(m)
	contest := m.Contests[0]
	c.Load = chartLoadOf(m, contest)
	c.Gains = chartGainsOf(m)
	c.Outside = chartOutsideOf(m)
	for i, row := range contest.Rows {
		r := chartRowOf(row, i)
		c.Rows = append(c.Rows, r)
	}
	stacks := contest.Stacks()
	if len(stacks) > 0 {
		c.LayerNames = contest.StackNames(stacks)
	}
	for _, stack := range stacks {
		i := slices.Index(contest.Rows, stack.API)
		c.Rows[i].Layers = map[string][]chartLayer{"cold": chartLayers(stack, "coldTotal"), "p50": chartLayers(stack, "warmP50")}
	}
	for _, set := range view.AllVariantSets(m) {
		rows := []chartRow{}
		for i, row := range set.Rows {
			r := chartRowOf(row, i)
			r.Name, r.ECDF, r.Curve = row.VariantName(), nil, nil
			rows = append(rows, r)
		}
		c.Variants = append(c.Variants, rows)
	}
	return c
}

func chartRowOf(row *view.Row, place int) chartRow {
	r := chartRow{
		chartStyle: styleOf(row.Name, row.Color, place),
		Cold:       chartValueOf(row.Value("coldTotal")), Init: chartValueOf(row.Value("init")), FirstCall: chartValueOf(row.Value("firstCall")),
		P50: chartValueOf(row.Value("warmP50")), P95: chartValueOf(row.Value("warmP95")), P99: chartValueOf(row.Value("warmP99")),
	}
	points := stats.ECDF(row.ColdSamples)
	for i, p := range points {
		if keep(i, len(points)) {
			r.ECDF = append(r.ECDF, [2]float64{format.Round(p.Value, 4), format.Round(p.Share, 4)})
		}
	}
	for i, p := range row.Curve {
		if keep(i, len(row.Curve)) {
			r.Curve = append(r.Curve, [2]float64{float64(p.Index), format.Round(p.Relative, 4)})
		}
	}
	return r
}

// keep thins n points to maxPoints, the first and the last among them.
func keep(i, n int) bool {
	if n <= maxPoints || i == n-1 {
		return true
	}
	step := float64(n-1) / float64(maxPoints-1)
	return math.Floor(float64(i)/step) != math.Floor(float64(i-1)/step) || i == 0
}

func chartValueOf(v view.Value) *chartValue {
	if !v.Valid() {
		return nil
	}
	return &chartValue{Center: format.Round(v.Center, 6), Lo: format.Round(v.Lo, 6), Hi: format.Round(v.Hi, 6)}
}
