package runtimeclient

import (
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
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

// A machine runs a Lambda runtime that takes nothing, whose interpreter it has, or has
// what installs one.
func TestRunnable(t *testing.T) {
	here, nowhere := config.Tool{Tool: "sh", Probe: []string{"sh -c 'echo 1.0'"}}, config.Tool{Tool: "none", Probe: []string{"no-such-program --version"}}
	for name, tt := range map[string]struct {
		interpreter *Interpreter
		want        bool
	}{
		"takes nothing":        {nil, true},
		"has it":               {&Interpreter{Tool: here}, true},
		"has it not":           {&Interpreter{Tool: nowhere}, false},
		"can install it":       {&Interpreter{Tool: nowhere, Install: "true", Tools: []config.Tool{here}}, true},
		"has nothing to do so": {&Interpreter{Tool: nowhere, Install: "true", Tools: []config.Tool{here, nowhere}}, false},
	} {
		if got := (Client{Interpreter: tt.interpreter}).Runnable(t.Context()); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}
