package dashboards

// Widget is one tile of the board. What is set says what it is: Text for a text,
// Alarms for their states, else Lines.
type Widget struct {
	Title string
	// Text is Markdown.
	Text string
	// Alarms are names.
	Alarms []string
	Lines  []Line
	// Unit labels the left axis, RightUnit the right one.
	Unit, RightUnit string
	Thresholds      []Threshold
	// Over says how each line's one value over the board's whole range is shown; empty
	// draws points over time.
	Over View
	// Compares means that every runtime must be on it.
	Compares bool

	X, Y, Width, Height int
}

// View shows one value a line.
type View string

// The views: numbers say 4 and 500 equally well, bars show what stands out.
const (
	Values View = "singleValue"
	Bars   View = "bar"
)

// Line is what a widget draws: a metric, or a formula over several.
type Line struct {
	Label string
	// Color is #rrggbb; CloudWatch picks one when empty.
	Color string
	// Formula names the metrics $1, $2 …; empty draws the first as it is.
	Formula string
	Metrics []Metric
	// Right puts the line on the right axis.
	Right bool
}

// Threshold is an alarm's limit, in the unit of the axis that it is drawn on.
type Threshold struct {
	// Alarm is the ID of one alarm; several runtimes may share a line.
	Alarm string
	Value float64
	Right bool
	// Label stands on the line.
	Label string
}

// columns of CloudWatch's grid.
const columns = 24

// row places widgets beside each other, at equal widths, below y, and returns
// where the next row begins.
func row(y, height int, widgets []Widget) ([]Widget, int) {
	if len(widgets) == 0 {
		return nil, y
	}
	x := 0
	for i := range widgets {
		// The last one takes what a division leaves over.
		right := columns * (i + 1) / len(widgets)
		widgets[i].X, widgets[i].Y, widgets[i].Width, widgets[i].Height = x, y, right-x, height
		x = right
	}
	return widgets, y + height
}
