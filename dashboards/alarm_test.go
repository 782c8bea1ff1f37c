package dashboards

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

func TestAlarms(t *testing.T) {
	d := deployment(config.Prod, 2)
	w := runtimes(d)
	type alarm struct {
		name      string
		metric    Metric
		atLeast   bool
		threshold float64
	}
	function := "multi-runtime-benchmark-lang-1-prod"
	items := "multi-runtime-benchmark-items-prod"
	want := map[string]alarm{
		"Lang1ErrorRate":        {function + "-error-rate", w[1].logged(config.ErrorRate, average), false, 0.01},
		"Lang1Errors":           {function + "-errors", w[1].lambda("Errors", sum), true, 1},
		"Lang1P99":              {function + "-p99", w[1].route("Latency", p99), false, 1000},
		"Lang1Throttles":        {function + "-throttles", w[1].lambda("Throttles", sum), true, 1},
		"Lang1Memory":           {function + "-memory", w[1].logged(config.MemoryUsed, maximum), false, 0.9 * 512},
		"Api5XX":                {"multi-runtime-benchmark-api-prod-5xx", stage(d, "5XXError", average), false, 0.01},
		"TableReadThrottles":    {items + "-read-throttles", table(d, "ReadThrottleEvents", sum), true, 1},
		"TableWriteThrottles":   {items + "-write-throttles", table(d, "WriteThrottleEvents", sum), true, 1},
		"TableGetItemErrors":    {items + "-getitem-errors", tableOperation(d, "SystemErrors", "GetItem", sum), true, 1},
		"TablePutItemErrors":    {items + "-putitem-errors", tableOperation(d, "SystemErrors", "PutItem", sum), true, 1},
		"TableUpdateItemErrors": {items + "-updateitem-errors", tableOperation(d, "SystemErrors", "UpdateItem", sum), true, 1},
		"TableDeleteItemErrors": {items + "-deleteitem-errors", tableOperation(d, "SystemErrors", "DeleteItem", sum), true, 1},
		"TableScanErrors":       {items + "-scan-errors", tableOperation(d, "SystemErrors", "Scan", sum), true, 1},
	}
	got := Alarms(d)
	if len(got) != len(want)+5 {
		t.Errorf("got %d alarms, want %d: five per runtime and eight", len(got), len(want)+5)
	}
	for _, a := range got {
		if strings.HasPrefix(a.ID, "Lang0") {
			continue
		}
		wanted, ok := want[a.ID]
		if !ok || a.Name != wanted.name || !same(a.Metric, wanted.metric) || a.AtLeast != wanted.atLeast || math.Abs(a.Threshold-wanted.threshold) > 1e-9 {
			t.Errorf("%s: got %+v, want %+v", a.ID, a, wanted)
		}
	}
}

// Without metrics per route the alarm looks at what there is, and says so.
func TestSlowAlarmInDev(t *testing.T) {
	for _, a := range Alarms(deployment(config.Dev, 1)) {
		if a.ID == "Lang0P99" {
			if a.Metric.Name != "Duration" || a.Metric.Stat != p99 || !strings.Contains(a.Means, "without init") {
				t.Errorf("got %+v, want the p99 of Duration, without init", a)
			}
			return
		}
	}
	t.Error("got no p99 alarm")
}

func TestEachAlarmSaysWhatToDo(t *testing.T) {
	for name, d := range deployments() {
		ids, names := map[string]bool{}, map[string]bool{}
		for _, a := range Alarms(d) {
			if ids[a.ID] || names[a.Name] {
				t.Errorf("%s: %s %s: got it twice", name, a.ID, a.Name)
			}
			ids[a.ID], names[a.Name] = true, true
			if !regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`).MatchString(a.ID) {
				t.Errorf("%s: got the id %q, want PascalCase", name, a.ID)
			}
			for _, sentence := range []string{a.Means, a.Do} {
				if !strings.HasSuffix(sentence, ".") || len(strings.Fields(sentence)) < 5 {
					t.Errorf("%s: got %q, want a sentence", a.ID, sentence)
				}
			}
			// CloudWatch's limits of name and description.
			if len(a.Name) > 255 || len(a.Description()) > 1024 || regexp.MustCompile(`\{(runtime|route|memory)\}`).MatchString(a.Description()) {
				t.Errorf("%s: got %q, %q", a.ID, a.Name, a.Description())
			}
		}
	}
}

// An alarm whose limit can't be seen is a surprise at night.
func TestEveryThresholdIsDrawn(t *testing.T) {
	for name, d := range deployments() {
		board := New(d)
		for _, a := range Alarms(d) {
			drawn := 0
			for _, w := range board.Widgets {
				for _, threshold := range w.Thresholds {
					if threshold.Alarm != a.ID {
						continue
					}
					line := slices.IndexFunc(w.Lines, func(l Line) bool {
						return l.Right == threshold.Right && slices.ContainsFunc(l.Metrics, func(m Metric) bool { return same(m, a.Metric) })
					})
					if line < 0 {
						t.Errorf("%s: %s on %q: got no line of what the alarm watches", name, a.ID, w.Title)
						continue
					}
					if want := formulaOf(t, w.Lines[line].Formula, a.Threshold); math.Abs(threshold.Value-want) > 1e-9 {
						t.Errorf("%s: %s on %q: got it at %v, want %v", name, a.ID, w.Title, threshold.Value, want)
					}
					drawn++
				}
			}
			if drawn == 0 {
				t.Errorf("%s: %s: got its threshold on no widget", name, a.ID)
			}
		}
	}
}

// formulaOf is what the board shows for a metric's value.
func formulaOf(t *testing.T, formula string, value float64) float64 {
	t.Helper()
	switch formula {
	case "":
		return value
	case "100 * $1":
		return 100 * value
	case "100 * $1 / 1769":
		return 100 * value / 1769
	case "100 * $1 / 512":
		return 100 * value / 512
	}
	t.Errorf("got the formula %q, want one that this test knows", formula)
	return 0
}
