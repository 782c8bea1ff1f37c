package dashboards

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

func TestDocumentationIsUpToDate(t *testing.T) {
	const path = "../docs/monitoring.md"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(b)
	for marker, content := range map[string]string{"alarms": alarmTable(), "truth": truthTable()} {
		begin, end := "<!-- "+marker+" -->\n", "<!-- /"+marker+" -->\n"
		before, rest, found := strings.Cut(want, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s: got no %s … %s", path, begin, end)
		}
		want = before + begin + content + end + after
	}
	if want == string(b) {
		return
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s: got other alarms than the code has: run go test ./dashboards -update", path)
}

// alarmTable is the documentation's part that the code knows best.
func alarmTable() string {
	d := deployment(config.Prod, 1)
	d.Runtimes[0].Runtime.DisplayName = "The runtime"
	var b strings.Builder
	b.WriteString("| alarm | rings when | means | do |\n|---|---|---|---|\n")
	for _, a := range Alarms(d) {
		name := strings.NewReplacer("lang-0", "{runtime}", "-"+config.Prod, "-{env}").Replace(a.Name)
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, ringsWhen(a), a.Means, a.Do)
	}
	return b.String()
}

func ringsWhen(a Alarm) string {
	m := a.Metrics[0]
	what := "`" + strings.Replace(m.Name, "lang-0", "{runtime}", 1) + "`, " + m.Stat
	if a.Formula != "" {
		what += " of " + a.Metrics[1].Stat + " in %, where it is at least " + fmt.Sprint(fewestSlow) + ","
	}
	sign := ">"
	if a.AtLeast {
		sign = "≥"
	}
	return fmt.Sprintf("%s %s %v, in %d of %d × %d min", what, sign, a.Threshold, a.Breaching, a.Periods, int(a.Period.Minutes()))
}
