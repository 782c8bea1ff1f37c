package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

func TestTunedIsDrawn(t *testing.T) {
	gains := chartsOf(view.Build(reporttest.Fixture("missing"))).Gains[0]
	for _, g := range slices.Concat(gains.Cold, gains.Warm) {
		if !strings.Contains(g.Name, "tuned") {
			t.Errorf("%s is drawn without the word", g.Name)
		}
	}
}
