package table

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

// Layer is what the layer of that name adds, with the interval of the difference.
func Layer(s view.Stack, name, metric string) Cell {
	l := s.Layer(name)
	if l == nil {
		return Cell{Label: format.Capital(name), Text: "–", Class: "none", Title: "not measured: the next figure holds it, too", Sorted: true}
	}
	adds := l.Adds(metric)
	cell := Value(format.Capital(name), view.Value{Summary: adds})
	cell.Doubt = "" // the figure in all carries it
	if !adds.Valid() || l.Below == nil {
		return cell
	}
	// With the digits of the whole, of which they are parts.
	whole := s.API.Value(metric).Center
	cell.Text, cell.Small = format.Signed(format.Like(adds.Center, whole)), "["+format.Like(adds.Lo, whole)+", "+format.Like(adds.Hi, whole)+"]"
	if !l.Told(adds) {
		cell.Doubt = "can’t be told from none"
	}
	return cell
}
