package report

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// named is how a runtime's variant is written wherever its figures are: Python,
// Python (primed), Python (tuned), Python (tuned: bytecode). Only what stands for
// the runtime goes by its name alone, and layers, whose tables say what they are.
func named(runtime results.Runtime, v results.Variant) string {
	if v.Default && v.Class != results.Tuned || v.Kind.Layer() {
		return runtime.DisplayName
	}
	return runtime.DisplayName + " (" + variantName(v.ID, v.Class) + ")"
}

// variantName has the word tuned in it for all that is.
func variantName(id string, class results.Class) string {
	if class == results.Tuned && !strings.Contains(id, string(results.Tuned)) {
		return string(results.Tuned) + ": " + id
	}
	return id
}

// fullName names a row among rows of every kind.
func (r *Row) fullName() string {
	if r.Kind.Layer() {
		return r.Name + " " + r.Variant
	}
	return r.Name
}

// Label names a row where there is room for its key only, and says that it is tuned
// where the variant's name does not.
func (r *Row) Label() string {
	if r.Class != results.Tuned || r.Variant == string(results.Tuned) {
		return r.Key
	}
	return results.Key(r.Runtime, r.Variant+" (tuned)", r.Memory, r.Arch)
}

// named names a row among others of its kind.
func (r *Row) named() string { return r.Name }

// variant names a row among its runtime's own.
func (r *Row) variant() string { return variantName(r.Variant, r.Class) }
