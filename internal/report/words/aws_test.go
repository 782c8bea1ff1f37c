package words

import (
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

func TestBothOrdersAreSaid(t *testing.T) {
	for _, table := range view.Build(reporttest.Fixture("sweep")).AWS {
		if table.Reference.ID != "cebert" || table.Metric.ID != "coldTotal" || table.Memory != 128 {
			continue
		}
		if text := Orders(table); !strings.HasPrefix(text, "Here Rust, Python; in AWS Python, Rust. ") {
			t.Errorf("got %q, want both orders", text)
		}
		return
	}
	t.Error("got no comparison at 128 MB")
}
