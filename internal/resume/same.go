package resume

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Differing are the artifacts of the rest of a run that are not those that were measured:
// how they differ, in a line for a person, and what may be built to have them again. hash
// is the SHA-256 of the zip that is here, an error if there is none.
func Differing(rest bench.Plan, document *results.Document, hash func(build.Request) (string, error)) (lines []string, requests []build.Request) {
	for _, request := range plan.Artifacts(rest.Configurations) {
		recorded, known := document.Artifact(request.ID())
		got, err := hash(request)
		if known && err == nil && got == recorded.SHA256 {
			continue
		}
		if err != nil {
			got = "nothing"
		}
		requests = append(requests, request)
		lines = append(lines, fmt.Sprintf("%s: got %s, wanted %s", request.ID(), got[:min(12, len(got))], recorded.SHA256[:min(12, len(recorded.SHA256))]))
	}
	return lines, requests
}

// Refuse is the error of artifacts that differ, even though they were built anew.
func Refuse(document *results.Document, lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	hint := "measure anew without --resume"
	if commit := document.Tool.Commit; commit != "" {
		hint = "check out what was measured, commit " + commit + ", or " + hint
	}
	return fault.New(hint, "the artifacts are not those that were measured:\n  %s", strings.Join(lines, "\n  "))
}

// SameHost refuses to put the figures of two machines into one document.
func SameHost(began, now results.Host) error {
	began.EngineFloor, now.EngineFloor = nil, nil
	began.Database.Served, now.Database.Served = nil, nil
	a, b := reflect.ValueOf(began), reflect.ValueOf(now)
	for i := range a.NumField() {
		if x, y := a.Field(i).Interface(), b.Field(i).Interface(); !reflect.DeepEqual(x, y) {
			return fault.New("measure anew without --resume", "the machine is not as it was: %s: got %v, wanted %v", a.Type().Field(i).Name, y, x)
		}
	}
	return nil
}
