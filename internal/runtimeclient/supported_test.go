package runtimeclient

import (
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func TestSupported(t *testing.T) {
	for _, id := range IDs() {
		if err := Supported(id); err != nil {
			t.Errorf("%s has a client: got %v, want none", id, err)
		}
	}
	for id, want := range map[string]string{
		"go1.x": `"go1.x", which AWS ended on 2024-01-08`, "nodejs20.x": `"nodejs20.x", which AWS ended on 2026-04-30`, "python3.9": `"python3.9", which AWS ended on 2025-12-15`,
		"java8": `"java8", which AWS ended on 2024-01-08`, "ruby3.4": `registry that this project's tests reach`, "cobol85": `runtime "cobol85"`,
	} {
		err := Supported(id)
		// Nobody is sent to what has ended.
		if !fault.IsUsage(err) || !strings.HasSuffix(err.Error(), want) || !strings.Contains(fault.Hint(err), "nodejs24.x, provided.al2023, python3.11") {
			t.Errorf("%s: got %v, hint %q, want …%s", id, err, fault.Hint(err), want)
		}
	}
}

func TestEndedAreDays(t *testing.T) {
	for id, day := range ended {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			t.Errorf("%s: got %q, want a day", id, day)
		}
	}
}
