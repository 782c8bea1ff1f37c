package view

import (
	"fmt"
	"math"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Named is how a runtime's variant is written wherever its figures are: Python,
// Python (primed), Python (tuned), Python (tuned: bytecode). Only what stands for
// the runtime goes by its name alone, and layers, whose tables say what they are.
func Named(runtime results.Runtime, v results.Variant) string {
	if v.Default && v.Class != results.Tuned || v.Kind.Layer() {
		return runtime.DisplayName
	}
	return runtime.DisplayName + " (" + VariantName(v.ID, v.Class) + ")"
}

// VariantName has the word tuned in it for all that is.
func VariantName(id string, class results.Class) string {
	if class == results.Tuned && !strings.Contains(id, string(results.Tuned)) {
		return string(results.Tuned) + ": " + id
	}
	return id
}

// FullName names a row among rows of every kind.
func (r *Row) FullName() string {
	if r.Kind.Layer() {
		return r.Name + " " + r.Variant
	}
	return r.Name
}

// ShortName names a row among others of its kind.
func (r *Row) ShortName() string { return r.Name }

// VariantName names a row among its runtime's own.
func (r *Row) VariantName() string { return VariantName(r.Variant, r.Class) }

// Label names a row where there is room for its key only, and says that it is tuned
// where the variant's name does not.
func (r *Row) Label() string {
	if r.Class != results.Tuned || r.Variant == string(results.Tuned) {
		return r.Key
	}
	return results.Key(r.Runtime, r.Variant+" (tuned)", r.Memory, r.Arch)
}

// LimitsMark is put beside every figure that was measured without limits.
func (m *Model) LimitsMark() string {
	if m.Doc.Source.Kind == results.Local && !m.Doc.Host.LimitsInForce {
		return ", without limits"
	}
	return ""
}

// StatusWords say a status to a reader.
var StatusWords = map[results.Status]string{
	results.Measured: "measured", results.Failed: "failed", results.Missing: "not run", results.Unavailable: "not available",
	results.NotMeasurable: "can't be measured here", results.Stopped: "interrupted",
}

// LayerNames of the kinds below the API.
var LayerNames = map[results.VariantKind]string{results.KindBare: "floor", results.KindFramework: "framework", results.KindSDK: "SDK"}

// SourceName says where a document was measured, behind the word measured.
func SourceName(s results.Source) string {
	if s.Kind == results.Monitoring {
		return "by CloudWatch (" + s.Region + "), while in use"
	}
	name := map[results.SourceKind]string{results.Local: "by the local engine", results.AWS: "in AWS", results.Import: "from outside"}[s.Kind]
	if s.Region != "" {
		name += " (" + s.Region + ")"
	}
	return name + map[results.Vantage]string{results.Invoke: ", functions invoked directly", results.HTTP: ", through the HTTP API"}[s.Vantage]
}

// DatabaseName names the database with its version, and what stands between.
func DatabaseName(d results.Database) string {
	name := strings.TrimSpace(d.Kind + " " + d.Version)
	if d.TLS {
		name += ", over TLS"
	}
	if d.DelayMs > 0 {
		name += fmt.Sprintf(", %s ms added to each call", format.Plain(d.DelayMs))
	}
	return name
}

// ToolName is the version with its commit.
func ToolName(t results.Tool) string {
	if t.Commit == "" {
		return t.Version
	}
	return t.Version + ", commit " + t.Commit[:min(12, len(t.Commit))]
}

// Mix says what share of the calls each operation has.
func Mix(shares []results.MixShare) string {
	total := 0
	for _, s := range shares {
		total += s.Weight
	}
	var parts []string
	for _, s := range shares {
		parts = append(parts, fmt.Sprintf("%s %s", s.Operation, format.Plain(math.Round(1000*float64(s.Weight)/float64(max(1, total)))/10)+" %"))
	}
	return strings.Join(parts, ", ")
}
