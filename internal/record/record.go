// Package record begins a result document: what it says of a plan and its runtimes before
// anything is measured.
package record

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// New is the document of a run that is about to begin, with the newest prices. It has an id
// of its own.
func New(plan bench.Plan, runtimes []config.Runtime, tool results.Tool, now time.Time) (*results.Document, error) {
	records, err := Runtimes(runtimes)
	if err != nil {
		return nil, err
	}
	return &results.Document{
		Schema: results.Schema, ID: uuid.NewString(), Started: now, Seed: plan.Seed,
		Tool: tool, Plan: plan.Record(), Runtimes: records,
		Artifacts: []results.Artifact{}, Gate: []results.GateResult{},
		Configurations: []results.Configuration{}, Prices: cost.Latest().Record(), Warnings: []string{},
	}, nil
}

// Runtimes are what a document says of runtimes, from their manifests. The lines of their
// sources are counted.
func Runtimes(runtimes []config.Runtime) ([]results.Runtime, error) {
	records := []results.Runtime{}
	for _, r := range runtimes {
		record := results.Runtime{Name: r.Name, DisplayName: r.DisplayName, Language: r.Language, Framework: r.Framework, Color: r.Color, Order: r.Order}
		for _, name := range r.VariantNames() {
			v := r.Variants[name]
			one := results.Variant{ID: name, Kind: results.VariantKind(v.Kind), Artifact: v.Artifact, Default: v.Default, Class: results.Class(v.Class), Hosting: string(v.Hosting)}
			if v.SnapStart {
				one.Hosting = string(config.HostingSnapStart)
			}
			for _, s := range v.Settings {
				one.Settings = append(one.Settings, results.Setting(s))
			}
			lines, err := build.Lines(r.Dir, v.Code)
			if err != nil {
				return nil, fmt.Errorf("%s: variants.%s.code: %w", filepath.Join(r.Dir, config.ManifestName), name, err)
			}
			one.Lines = lines
			record.Variants = append(record.Variants, one)
		}
		records = append(records, record)
	}
	return records, nil
}
