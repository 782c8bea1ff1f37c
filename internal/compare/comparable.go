package compare

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// comparable says what keeps two runs apart as a whole. The notes are
// differences that may matter but keep nobody from comparing.
func comparable(before, after *results.Document, o Options) (notes []Note, err error) {
	var reasons []string
	differ := func(what string, was, is any) {
		if !reflect.DeepEqual(was, is) {
			reasons = append(reasons, fmt.Sprintf("%s: got %v and %v", what, shown(was), shown(is)))
		}
	}
	if before.Traffic != nil || after.Traffic != nil {
		return nil, fault.Usage("look at the two reports; compare runs of bench local, bench aws or bench load", "the runs can't be compared: got CloudWatch's statistics of periods, which have no single calls")
	}
	kinds := before.Source.Kind != after.Source.Kind
	if kinds && !o.AcrossSources {
		return nil, fault.Usage("compare runs of one source, or pass --across-sources for the metrics that both clock alike",
			"the runs can't be compared: source: got %s and %s", before.Source.Kind, after.Source.Kind)
	}
	differ("vantage", before.Source.Vantage, after.Source.Vantage)
	differ("mix of operations", mixText(before.Plan.Mix), mixText(after.Plan.Mix))
	differ("pacing", fmt.Sprintf("%s, %g ms", before.Plan.Pacing.Mode, before.Plan.Pacing.GapMs), fmt.Sprintf("%s, %g ms", after.Plan.Pacing.Mode, after.Plan.Pacing.GapMs))
	differ("warm calls of an environment", before.Plan.Sizes.WarmCalls, after.Plan.Sizes.WarmCalls)
	if !kinds {
		differ("region", before.Source.Region, after.Source.Region)
		differ("database", databaseText(before.Host.Database), databaseText(after.Host.Database))
	}
	hint := "measure both runs in the same way"
	if before.Source.Kind == results.Local && after.Source.Kind == results.Local {
		differ("limits in force", before.Host.LimitsInForce, after.Host.LimitsInForce)
		differ("period of the CPU quota, µs", before.Host.PeriodUs, after.Host.PeriodUs)
		differ("CPUs that a function sees", before.Host.VisibleCPUs, after.Host.VisibleCPUs)
		otherHost := hostDifferences(before.Host, after.Host)
		switch {
		case o.OtherHost:
			for _, difference := range otherHost {
				notes = append(notes, Note{Text: "Two machines are compared: " + difference + "."})
			}
		case len(otherHost) > 0 && len(reasons) == 0:
			hint = "measure both on one machine, or pass --force-host to compare the machines as well"
			fallthrough
		default:
			reasons = append(reasons, otherHost...)
		}
		if before.Host.Kernel != after.Host.Kernel {
			notes = append(notes, Note{Text: fmt.Sprintf("The kernels differ: %s and %s.", before.Host.Kernel, after.Host.Kernel)})
		}
		if was, is := before.Host.Database.Version, after.Host.Database.Version; was != is {
			notes = append(notes, Note{Text: fmt.Sprintf("The database's versions differ: %s and %s.", was, is)})
		}
	}
	if len(reasons) > 0 {
		return nil, fault.Usage(hint, "the runs can't be compared:\n  %s", strings.Join(reasons, "\n  "))
	}
	if before.Tool.Version != after.Tool.Version {
		notes = append(notes, Note{Text: fmt.Sprintf("Two versions of the tool measured: %s and %s.", before.Tool.Version, after.Tool.Version)})
	}
	if before.Plan.SLO != after.Plan.SLO {
		notes = append(notes, Note{Text: "The objectives of the load differ, so that capacity is not compared."})
	}
	for i, doc := range []*results.Document{before, after} {
		if doc.Status != results.Complete {
			notes = append(notes, Note{Text: fmt.Sprintf("The %s run was interrupted.", []string{"old", "new"}[i])})
		}
	}
	return notes, nil
}

// hostDifferences are those that make a machine another one.
func hostDifferences(was, is results.Host) []string {
	var list []string
	for _, d := range []struct {
		what    string
		was, is any
	}{
		{"processor", was.CPU, is.CPU},
		{"cores", was.Cores, is.Cores},
		{"control groups", was.Cgroup, is.Cgroup},
		{"freezer", was.Freezer, is.Freezer},
		{"kernel's tick, Hz", was.HZ, is.HZ},
	} {
		if d.was != d.is {
			list = append(list, fmt.Sprintf("%s: got %v and %v", d.what, shown(d.was), shown(d.is)))
		}
	}
	return list
}

// comparableSides says what keeps a configuration's two sides apart, or what to
// know about them.
func comparableSides(was, is *side, o Options) (reason string, notes []string) {
	for i, s := range []*side{was, is} {
		if !s.row.Measured() {
			reason := strings.TrimSuffix(s.c.Reason, ".")
			if reason != "" {
				reason = ": " + reason
			}
			return fmt.Sprintf("%s in the %s run%s", statusText(s.c.Status), []string{"old", "new"}[i], reason), nil
		}
	}
	if a, b := operationsOf(was), operationsOf(is); !slices.Equal(a, b) {
		return fmt.Sprintf("other operations: got %s and %s", strings.Join(a, ", "), strings.Join(b, ", ")), nil
	}
	if a, b := was.c.BurstCalls(was.row.ColdKind), is.c.BurstCalls(is.row.ColdKind); a != b {
		return fmt.Sprintf("other bursts: got %d and %d calls at once", a, b), nil
	}
	a, knownA := was.doc.Artifact(was.c.Artifact)
	b, knownB := is.doc.Artifact(is.c.Artifact)
	if o.AcrossSources && was.doc.Source.Kind != is.doc.Source.Kind && (!knownA || !knownB || a.SHA256 != b.SHA256) {
		return fmt.Sprintf("other artifacts: got the hashes %s and %s, and a local run says something of AWS only for the same bytes", short(a.SHA256), short(b.SHA256)), nil
	}
	if a.LambdaRuntime != b.LambdaRuntime {
		notes = append(notes, fmt.Sprintf("other Lambda runtimes: %s and %s", a.LambdaRuntime, b.LambdaRuntime))
	}
	if a.Interpreter != b.Interpreter {
		notes = append(notes, fmt.Sprintf("other interpreters: %s and %s", shown(a.Interpreter), shown(b.Interpreter)))
	}
	if !maps.Equal(a.Brought, b.Brought) {
		notes = append(notes, "other libraries that the Lambda runtime brings")
	}
	if !sameLayers(a, b) {
		notes = append(notes, "other layers")
	}
	if sameArtifact(was, is) {
		notes = append(notes, "the same artifact in both runs: what differs is not its code")
	}
	return "", notes
}

// sameArtifact reports whether both sides ran the same zip.
func sameArtifact(was, is *side) bool {
	a, knownA := was.doc.Artifact(was.c.Artifact)
	b, knownB := is.doc.Artifact(is.c.Artifact)
	return knownA && knownB && a.SHA256 == b.SHA256
}

// sameCode is that, with all that stands beside the zip: whatever differs is chance, or
// what measured it.
func sameCode(was, is *side) bool {
	a, _ := was.doc.Artifact(was.c.Artifact)
	b, _ := is.doc.Artifact(is.c.Artifact)
	return sameArtifact(was, is) && a.LambdaRuntime == b.LambdaRuntime && a.Interpreter == b.Interpreter && maps.Equal(a.Brought, b.Brought) && sameLayers(a, b)
}

func sameLayers(a, b results.Artifact) bool {
	return slices.EqualFunc(a.Layers, b.Layers, func(a, b results.Layer) bool { return a.SHA256 == b.SHA256 })
}

func operationsOf(s *side) []string {
	var names []string
	for _, o := range s.row.Operations {
		names = append(names, o.Name)
	}
	slices.Sort(names)
	return names
}

func nothingInCommon(refused []Note) error {
	var lines []string
	for _, note := range refused {
		lines = append(lines, note.Configuration+": "+note.Text)
	}
	return fault.Usage("compare runs of the same runtimes, variants, memory sizes and architecture", "the runs have no configuration that can be compared:\n  %s", strings.Join(lines, "\n  "))
}

func statusText(s results.Status) string {
	if s == results.Measured {
		return "without environments"
	}
	return strings.ReplaceAll(string(s), "-", " ")
}

func mixText(mix []results.MixShare) string {
	var parts []string
	for _, share := range mix {
		parts = append(parts, fmt.Sprintf("%s %d", share.Operation, share.Weight))
	}
	return strings.Join(parts, ", ")
}

func databaseText(d results.Database) string {
	how := "plain HTTP"
	if d.TLS {
		how = "TLS"
	}
	return fmt.Sprintf("%s, %s, %g ms added", d.Kind, how, d.DelayMs)
}

func shown(v any) string {
	if text := fmt.Sprint(v); text != "" {
		return text
	}
	return "none"
}

func short(hash string) string {
	if hash == "" {
		return "none"
	}
	return hash[:min(12, len(hash))]
}
