package dashboards

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

func TestAlarms(t *testing.T) {
	d := deployment(config.Prod, 2)
	w := runtimes(d)
	type alarm struct {
		name      string
		watch     Watch
		atLeast   bool
		threshold float64
	}
	named := func(begin string) string { return begin + "-multi-runtime-benchmark-prod" }
	want := map[string]alarm{
		"Lang1ErrorRate":        {named("lang-1-error-rate"), twoOfThree(w[1].logged(config.ErrorRate, average)), false, 0.01},
		"Lang1Errors":           {named("lang-1-errors"), twoOfThree(w[1].lambda("Errors", sum)), true, 1},
		"Lang1Slow":             {named("lang-1-slow"), Watch{[]Metric{w[1].logged(config.BilledDuration, "TC(1000:)"), w[1].logged(config.BilledDuration, samples)}, "IF($1 >= 3, 100 * $1 / $2, 0)", time.Hour, 1, 1}, false, 1},
		"Lang1Throttles":        {named("lang-1-throttles"), twoOfThree(w[1].lambda("Throttles", sum)), true, 1},
		"Lang1Memory":           {named("lang-1-memory"), twoOfThree(w[1].logged(config.MemoryUsed, maximum)), false, 0.9 * 512},
		"Api5XX":                {named("api-5xx"), twoOfThree(stage(d, "5XXError", average)), false, 0.01},
		"TableReadThrottles":    {named("items-read-throttles"), twoOfThree(table(d, "ReadThrottleEvents", sum)), true, 1},
		"TableWriteThrottles":   {named("items-write-throttles"), twoOfThree(table(d, "WriteThrottleEvents", sum)), true, 1},
		"TableGetItemErrors":    {named("items-getitem-errors"), twoOfThree(tableOperation(d, "SystemErrors", "GetItem", sum)), true, 1},
		"TablePutItemErrors":    {named("items-putitem-errors"), twoOfThree(tableOperation(d, "SystemErrors", "PutItem", sum)), true, 1},
		"TableUpdateItemErrors": {named("items-updateitem-errors"), twoOfThree(tableOperation(d, "SystemErrors", "UpdateItem", sum)), true, 1},
		"TableDeleteItemErrors": {named("items-deleteitem-errors"), twoOfThree(tableOperation(d, "SystemErrors", "DeleteItem", sum)), true, 1},
		"TableScanErrors":       {named("items-scan-errors"), twoOfThree(tableOperation(d, "SystemErrors", "Scan", sum)), true, 1},
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
		if !ok || a.Name != wanted.name || !reflect.DeepEqual(a.Watch, wanted.watch) || a.AtLeast != wanted.atLeast || math.Abs(a.Threshold-wanted.threshold) > 1e-9 {
			t.Errorf("%s: got %+v, want %+v", a.ID, a, wanted)
		}
	}
}

// Every environment is watched in the same way.
func TestAlarmsAreTheSameInEveryEnvironment(t *testing.T) {
	without := func(environment string) string {
		return strings.ReplaceAll(fmt.Sprintf("%+v %+v", Alarms(deployment(environment, 2)), Composites(deployment(environment, 2))), environment, "")
	}
	if dev, staging, prod := without(config.Dev), without(config.Staging), without(config.Prod); dev != prod || staging != prod {
		t.Errorf("got in dev\n%s\nin staging\n%s\nwant as in prod\n%s", dev, staging, prod)
	}
}

// A runtime in trouble is one message. Its memory warns by itself: behind the same
// alarm it would hide what comes after.
func TestOneCompositePerRuntime(t *testing.T) {
	for name, d := range deployments() {
		all := Composites(d)
		if len(all) != len(d.Runtimes) {
			t.Errorf("%s: got %d composites, want one per runtime", name, len(all))
		}
		for i, c := range all {
			begin := config.Pascal(d.Runtimes[i].Runtime.Name)
			if want := []string{begin + "ErrorRate", begin + "Errors", begin + "Slow", begin + "Throttles"}; !slices.Equal(c.Of, want) {
				t.Errorf("%s: %s: got %v behind it, want %v", name, c.ID, c.Of, want)
			}
			if !strings.HasPrefix(c.Name, d.Runtimes[i].Runtime.Name+"-trouble-") || len(c.Description()) > 1024 {
				t.Errorf("%s: got %q: %s", name, c.Name, c.Description())
			}
		}
	}
}

// The first screen has the alarms that send messages, the second board all of a
// runtime's: no state is hidden.
func TestEveryAlarmIsOnABoard(t *testing.T) {
	for name, d := range deployments() {
		shown := map[string]bool{}
		for _, w := range everyWidget(d) {
			for _, a := range w.Alarms {
				shown[a] = true
			}
		}
		for _, a := range Alarms(d) {
			if !shown[a.Name] {
				t.Errorf("%s: got %s on no board", name, a.Name)
			}
		}
		for _, c := range Composites(d) {
			if !slices.ContainsFunc(New(d)[0].Widgets, func(w Widget) bool { return slices.Contains(w.Alarms, c.Name) }) {
				t.Errorf("%s: got no %s on the first board", name, c.Name)
			}
		}
	}
}

func TestEachAlarmSaysWhatToDo(t *testing.T) {
	for name, d := range deployments() {
		ids, names, begins := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, a := range Alarms(d) {
			if ids[a.ID] || names[a.Name] {
				t.Errorf("%s: %s %s: got it twice", name, a.ID, a.Name)
			}
			ids[a.ID], names[a.Name] = true, true
			// A board shows about so many characters of a name.
			if begin := a.Name[:min(len(a.Name), 24)]; begins[begin] {
				t.Errorf("%s: %s: got another alarm that begins in the same way", name, a.Name)
			} else {
				begins[begin] = true
			}
			if !regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`).MatchString(a.ID) {
				t.Errorf("%s: got the id %q, want PascalCase", name, a.ID)
			}
			for _, sentence := range []string{a.Means, a.Do} {
				if !strings.HasSuffix(sentence, ".") || len(strings.Fields(sentence)) < 5 {
					t.Errorf("%s: got %q, want a sentence", a.ID, sentence)
				}
			}
			// CloudWatch's limits of name and description.
			if len(a.Name) > 255 || len(a.Description()) > 1024 || regexp.MustCompile(`\{(runtime|memory)\}`).MatchString(a.Description()) {
				t.Errorf("%s: got %q, %q", a.ID, a.Name, a.Description())
			}
		}
	}
}

// An alarm whose limit can't be seen is a surprise at night.
func TestEveryThresholdIsDrawn(t *testing.T) {
	for name, d := range deployments() {
		for _, a := range Alarms(d) {
			drawn := 0
			for _, w := range everyWidget(d) {
				for _, threshold := range w.Thresholds {
					if threshold.Alarm != a.ID {
						continue
					}
					line := slices.IndexFunc(w.Lines, func(l Line) bool {
						return l.Right == threshold.Right && slices.ContainsFunc(l.Metrics, func(m Metric) bool { return drawsWhatIsWatched(m, a) })
					})
					if line < 0 {
						t.Errorf("%s: %s on %q: got no line of what the alarm watches", name, a.ID, w.Title)
						continue
					}
					// Between two axes it is not plain whose limit a red line is.
					if says := threshold.Label; w.RightUnit != "" && says != "alarm: "+w.Lines[line].Label {
						t.Errorf("%s: %s on %q: got it called %q, want it to name %q", name, a.ID, w.Title, says, w.Lines[line].Label)
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

// drawsWhatIsWatched: the very metric, or, of the formula about slow requests, the
// share that it works out, which CloudWatch has as a statistic.
func drawsWhatIsWatched(m Metric, a Alarm) bool {
	watched := a.Metrics[0]
	if a.Formula != "" {
		watched.Stat = strings.Replace(watched.Stat, "TC", "PR", 1)
	}
	return same(m, watched)
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
