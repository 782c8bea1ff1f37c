package words

import (
	"fmt"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Caveats are what the figures can't know, in full sentences.
func Caveats(m *view.Model) []string {
	list := runCaveats(m.Doc)
	for _, c := range m.Contests {
		list = append(list, format.NonEmpty(diskReads(c), streams(c), extensions(c), bursts(c), client(c))...)
	}
	return list
}

// runCaveats are what the kind of run can't know.
func runCaveats(doc *results.Document) []string {
	var list []string
	switch doc.Source.Kind {
	case results.Local:
		list = append(list,
			"Measured by the local engine, not in AWS: the placement of microVMs, the download of the code, the network and the latency of the real DynamoDB are not in these figures. Read the distances between runtimes, not the absolute times.")
		if !doc.Host.LimitsInForce {
			list = append(list, "No limits of CPU and memory could be set on this machine: every figure is that of an unlimited function.")
		} else if doc.Host.PeriodUs > 0 {
			list = append(list, fmt.Sprintf("CPU is limited as Lambda does, in periods of %s ms: below one vCPU, times come in multiples of it.", format.Plain(float64(doc.Host.PeriodUs)/1000)))
		}
		if doc.Host.Freezer == "none" {
			list = append(list, "Environments could not be frozen between calls: background work, such as garbage collection, may have run there.")
		}
	case results.AWS:
		list = append(list, "Measured in AWS: the client's figures hold the network between client and region.")
		if doc.Source.Vantage == results.Invoke {
			list = append(list, "Init, duration and memory are those of Lambda's own reports: what comes before an init, such as the download of the code, is in none of them, and API Gateway was not asked.")
		}
	case results.Monitoring:
		list = append(list, "Statistics that CloudWatch made of periods: there are no single calls, so that there is no interval, and the runtimes need not have had the same work.")
	case results.Import:
		list = append(list, outsideCaveats(doc)...)
	}
	if doc.Plan.Pacing.Mode == "closed" && doc.Plan.Sizes.WarmCalls > 0 {
		list = append(list, fmt.Sprintf("Warm calls are a closed loop: the next call leaves %s ms after the answer, so that a slow function is also asked less often.", format.Plain(doc.Plan.Pacing.GapMs)))
	}
	return list
}

// Note is the shortest of the caveats, for where there is little room.
func Note(m *view.Model) string {
	switch m.Doc.Source.Kind {
	case results.Local:
		note := "local engine: read distances, not absolute times: docs/methodology.md."
		if !m.Doc.Host.LimitsInForce {
			note += " Without limits: every figure is that of an unlimited function."
		}
		return note
	case results.AWS:
		return "the client’s figures hold the network between client and region."
	case results.Monitoring:
		return "statistics of periods, of whatever calls there were: single calls, and with them intervals, are not known."
	default:
		return "seen from outside: the way to the functions is in every figure; init, CPU and memory are not known."
	}
}

// outsideCaveats are what a load generator can't know.
func outsideCaveats(doc *results.Document) []string {
	if doc.LoadTest == nil {
		return []string{"Imported from another tool's records: how they were measured is not known here."}
	}
	return []string{
		"Seen by a load generator from outside: network, gateway and waiting for a free environment are in every figure. Init, CPU, memory and cost of the functions are not known here.",
		fmt.Sprintf("One window of %s s is one sample: its calls met the same machine and the same neighbours. Windows that follow each other are not wholly independent, so that intervals are rather too narrow where latency drifts over the run; see the charts.", format.Plain(doc.LoadTest.WindowSeconds)),
		"Calls that met a new environment, as their answers say, are in no ranked figure; they are among those of the load test.",
	}
}

// diskReads is a sentence about what cold starts read; "" where that is not known.
func diskReads(c view.Contest) string {
	var parts []string
	for _, r := range c.Rows {
		read, faults := r.Value("diskReads"), r.Value("majorFaults")
		if read.N > 0 && faults.N > 0 {
			parts = append(parts, fmt.Sprintf("%s %s MB (%.0f page faults)", r.Name, format.Number(read.Center), faults.Center))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return c.Title() + ": code and interpreter were on the disk. Until the first call had its answer, environments read in the median: " + strings.Join(parts, ", ") + "."
}

// streams is a sentence about answers that are streamed; "" where none is.
func streams(c view.Contest) string {
	var parts []string
	for _, r := range c.Rows {
		first, whole := r.Value("warmByte"), r.Value("warmP50")
		if first.N > 0 && whole.N > 0 {
			parts = append(parts, fmt.Sprintf("%s %s ms (the whole answer %s ms)", r.Name, format.Number(first.Center), format.Number(whole.Center)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return c.Title() + ": answers are streamed. The first byte of a warm one came in the median after: " + strings.Join(parts, ", ") + "."
}

// extensions is a sentence about those that ran beside functions; "" where there were none.
func extensions(c view.Contest) string {
	var parts []string
	for _, r := range c.Rows {
		if r.Extensions > 0 {
			parts = append(parts, r.Name+" "+format.Plural(r.Extensions, "extension"))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return c.Title() + ": extensions took part, and their time, CPU and memory are in all figures: " + strings.Join(parts, ", ") + "."
}

// bursts says what became of the calls that made environments by bursts; "" where none did.
func bursts(c view.Contest) string {
	var parts, tails []string
	workers := 0
	for _, r := range c.Rows {
		if b := r.Burst; b.Calls > 0 {
			workers = max(workers, b.Workers)
			parts = append(parts, fmt.Sprintf("%s %d calls, of which %d were cold, %d warm, %d throttled and %d without a report", r.Name, b.Calls, b.Cold, b.Warm, b.Throttled, b.Refused))
			tails = append(tails, fmt.Sprintf("%s p95 %s, p99 %s", r.Name, tail(r.Value("coldP95")), tail(r.Value("coldP99"))))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	made := "each cold start is the first that was cold of a burst over a warm environment; which"
	if workers > 0 {
		made = fmt.Sprintf("each call that was cold of a burst by %s in Lambda is a cold start. Those of one burst share a moment: intervals, ranks and comparisons go by the bursts’ medians. Of all cold starts, with bursts as the units: %s. Which",
			format.Plural(workers, "worker"), strings.Join(tails, "; "))
	}
	return c.Title() + ": " + made + " environment would answer another call can't be told, so that there are no warm calls. In all: " + strings.Join(parts, "; ") + "."
}

// tail is a percentile in milliseconds, or why it has no interval.
func tail(v view.Value) string {
	if !v.Valid() && len(v.Warnings) > 0 {
		return "unknown (" + v.Warnings[0] + ")"
	}
	return view.Full(v) + " ms"
}

// client is a sentence about where the time of clients went; "" where they did not call
// through an API.
func client(c view.Contest) string {
	var parts []string
	for _, r := range c.Rows {
		var phases []string
		for _, one := range []struct{ metric, words string }{
			{"firstCallDns", "name %s"}, {"firstCallConnect", "connection %s"}, {"firstCallHandshake", "TLS %s"}, {"firstCallWait", "first byte %s"}, {"warmOutside", "outside the function of a warm call %s"},
		} {
			if v := r.Value(one.metric); v.N > 0 {
				phases = append(phases, fmt.Sprintf(one.words, format.Number(v.Center)))
			}
		}
		if r.Value("firstCallWait").N > 0 {
			parts = append(parts, r.Name+" "+strings.Join(phases, ", "))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return c.Title() + ": where the client’s time went, medians in ms: " + strings.Join(parts, "; ") + "."
}
