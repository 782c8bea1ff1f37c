package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Answer is a question that a reader has, and what this run says to it.
type Answer struct {
	Question string
	Names    []string // the winners; several are a tie, none: can't be told
	Colors   []string // theirs
	Figure   string   // the first winner's figure with its unit
	Interval string   // its interval
	Of       string   // what the figure is of, where the question doesn't say it
	Detail   string   // the distance to the next, or why there is no answer

	metric, unit string
}

// Name is the answer in a word or two.
func (a Answer) Name() string {
	if len(a.Names) == 0 {
		return "Can't be told"
	}
	return format.List(a.Names)
}

// questions that a contest answers, in order.
var questions = []struct{ metric, question, unit, further string }{
	{"coldTotal", "Starts fastest", "ms", "takes %s ms longer"}, // see OfColdStart
	{"warmP50", "Fastest warm", "ms", "takes %s× as long"},
	{view.MetricCost, "Cheapest", "USD", "costs %s× as much"},
	{"memoryPeak", "Least memory", "MB", "needs %s× as much"},
}

// Answers are the contest's answers. Where nothing could be priced, nobody is
// asked for the cheapest.
func Answers(c view.Contest) []Answer {
	var answers []Answer
	for _, q := range questions {
		if view.Leading(c.Rows) != "coldTotal" && q.metric != "warmP50" {
			continue // a load test sees nothing of it
		}
		if q.metric != view.MetricCost || slices.ContainsFunc(c.Rows, func(r *view.Row) bool { return len(r.Bills) > 0 }) {
			answers = append(answers, answer(c, q.metric, q.question, q.unit, q.further))
		}
	}
	return answers
}

func answer(c view.Contest, metric, question, unit, further string) Answer {
	a := Answer{Question: question, metric: metric, unit: unit}
	rows := slices.DeleteFunc(c.Ranked(metric), func(r *view.Row) bool { return !r.Value(metric).Valid() })
	ranked := slices.DeleteFunc(slices.Clone(rows), func(r *view.Row) bool { return r.Value(metric).Rank == 0 })
	switch {
	case len(rows) == 0:
		a.Detail = "no runtime has enough samples for this"
		return a
	case len(c.Rows) == 1:
		a.Detail = "only one runtime was measured, so there is nothing to compare it with"
		ranked = rows
	case len(ranked) < 2:
		a.Detail = "fewer than two runtimes have enough samples to be compared"
		return a
	}
	var next *view.Row
	for _, r := range ranked {
		if r.Value(metric).Rank <= 1 {
			a.Names, a.Colors = append(a.Names, r.Name), append(a.Colors, r.Color)
		} else if next == nil {
			next = r
		}
	}
	best := ranked[0].Value(metric)
	a.Figure, a.Interval = format.Center(best.Summary)+" "+unit, format.Interval(best.Summary)
	if metric == view.MetricCost {
		a.Figure, a.Of = format.USD(best.Center), "compute per million requests"
	}
	if next == nil {
		if a.Detail == "" {
			a.Detail = "none of them can be told from the others"
		}
		return a
	}
	distance := stats.Ratio
	if view.OfColdStart(metric) {
		distance = stats.Difference
	}
	a.Detail = fmt.Sprintf("next: %s "+further, next.Name, format.Number(distance(next.Sample(metric), ranked[0].Sample(metric), stats.Level).Center))
	if metric == view.MetricCost {
		a.Detail += wholeBills(ranked[0], next)
	}
	return a
}

// Sureness says how far the contest's verdicts can be trusted, in sentences.
func Sureness(c view.Contest) []string {
	var widest *view.Row
	least, most, noisy, total := math.MaxInt, 0, 0, 0
	for _, r := range c.Rows {
		if !r.Measured() {
			continue
		}
		least, most = min(least, r.N), max(most, r.N)
		v := r.Value(view.Leading(c.Rows))
		if !v.Valid() {
			continue
		}
		total++
		if v.Noisy() {
			noisy++
		}
		if widest == nil || v.Precision() > widest.Value(view.Leading(c.Rows)).Precision() {
			widest = r
		}
	}
	if most == 0 {
		return []string{"Nothing was measured."}
	}
	lead, unit, what := view.Leading(c.Rows), "new environment", "cold"
	if lead != "coldTotal" {
		unit, what = "window", "warm"
	}
	n := format.Plural(most, unit)
	if least < most {
		n = fmt.Sprintf("%s to %s", format.Count(least), n)
	}
	order := "in shuffled order."
	if lead != "coldTotal" {
		order = "all called side by side."
	}
	if lead == "coldTotal" && !slices.ContainsFunc(c.Rows, func(r *view.Row) bool { return r.Measured() && !r.Blocked }) {
		order = "in shuffled blocks."
	}
	sentences := []string{n + " of each runtime, " + order}
	if total == 0 {
		return append(sentences, "That is too few for any interval.")
	}
	sentences = append(sentences, fmt.Sprintf("The least certain %s median is known to ±%s (%s).", what, format.Percent(widest.Value(lead).Precision()), widest.Name))
	if noisy > 0 {
		sentences = append(sentences, fmt.Sprintf("%d of %d are wider than ±5 %% and marked noisy.", noisy, total))
	}
	if total > 1 {
		sentences = append(sentences, "All comparisons in a column hold together with 95 % confidence.")
	}
	return sentences
}

// leagueWords say whose figures lead.
var leagueWords = map[results.Class]string{
	results.Stock: "These are stock functions: what a team gets from the libraries as they are published and documented.",
	results.Tuned: "These are tuned functions: what a specialist makes of the libraries. They are never ranked with stock ones.",
}

// caveats are what the figures can't know, in full sentences.
func caveats(m *view.Model) []string {
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
	if doc.Plan.Pacing.Mode == "closed" {
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

// warnings are what is unusual about this run, the document's own first.
func warnings(m *view.Model) []string {
	doc := m.Doc
	list := slices.Clone(doc.Warnings)
	if doc.Status == results.Interrupted {
		list = append(list, "The run was interrupted: what it had measured by then is shown, and rankings of incomplete runs are weaker.")
	}
	if doc.Source.Kind == results.Local && doc.Host.Database.Kind != "" && !doc.Host.Database.TLS {
		list = append(list, "The functions spoke plain HTTP with the database, where AWS has TLS: their first calls are shorter than with it, and small functions’ most of all.")
	}
	for _, g := range doc.Gate {
		if g.Passed {
			continue
		}
		runtime, _ := doc.Runtime(g.Runtime)
		variant, _ := runtime.Variant(g.Variant)
		sentence := view.Named(runtime, variant) + " did not pass the contract suite"
		if len(g.Failures) > 0 {
			sentence += fmt.Sprintf(", for example in %s: %s", g.Failures[0].Case, g.Failures[0].Message)
		}
		list = append(list, sentence+".")
	}
	for _, c := range m.Contests {
		for _, row := range c.Rows {
			where := row.Name
			if c.Memory > 0 {
				where += " at " + c.Where()
			}
			if row.Errors > 0 {
				text := fmt.Sprintf("%s answered %s of %s wrongly; they are in no figure.", where, format.Count(row.Errors), format.Plural(row.Calls+row.Errors, "warm call"))
				if row.Wrong != "" {
					text += " The first of them, " + row.Wrong
				}
				list = append(list, text)
			}
			for _, metric := range view.Metrics {
				if row.Value(metric.ID).Modes {
					list = append(list, fmt.Sprintf("%s: %s has several modes, so that its median describes none of them well; see the distribution.", where, metric.Name))
				}
			}
		}
	}
	return list
}

// NotMeasured shortens the list of what is missing to one line per reason.
func NotMeasured(m *view.Model) []string {
	if len(m.Missing) == 0 {
		return []string{"Nothing that was asked for is missing."}
	}
	var reasons []string
	names := map[string][]string{}
	for _, missing := range m.Missing {
		reason := missing.Status + ". " + missing.Reason
		if names[reason] == nil {
			reasons = append(reasons, reason)
		}
		names[reason] = append(names[reason], missing.Name)
	}
	var lines []string
	for _, reason := range reasons {
		lines = append(lines, format.List(names[reason])+": "+reason)
	}
	return lines
}

// RejectedSummary counts refused samples, a line per reason.
func RejectedSummary(m *view.Model) []Refusal {
	var reasons []string
	total, names, evidence := map[string]int64{}, map[string][]string{}, map[string]string{}
	for _, r := range m.Rejected {
		if total[r.Reason] == 0 {
			reasons = append(reasons, r.Reason)
		}
		total[r.Reason] += r.N
		evidence[r.Reason] = cmp.Or(evidence[r.Reason], r.Evidence)
		names[r.Reason] = append(names[r.Reason], fmt.Sprintf("%s %s", r.Name, format.Count(r.N)))
	}
	var list []Refusal
	for _, reason := range reasons {
		list = append(list, Refusal{fmt.Sprintf("%s: %s (%s)", format.Plural(total[reason], "sample"), reason, strings.Join(names[reason], ", ")), reason, evidence[reason]})
	}
	return list
}

// handshakes is a sentence about TLS in the first calls; "" where there was none.
func handshakes(c view.Contest) string {
	var parts []string
	for _, r := range c.Rows {
		tls, first := r.Value("firstCallTls"), r.Value("firstCall")
		if tls.N > 0 && first.N > 0 && first.Center > 0 {
			parts = append(parts, fmt.Sprintf("%s %s ms (%s)", r.Name, format.Number(tls.Center), format.Percent(tls.Center/first.Center)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Of it the TLS handshake with the database, from its first byte on, takes in the median: " + strings.Join(parts, ", ") + "."
}

// gainsLead says what is compared with what, and how.
const gainsLead = "Every other section is about stock functions. A tuned one is what a specialist makes of it: the same API, held to the same contract. Each cell has stock → tuned, then what tuning adds (below zero is a gain) and what part of the stock figure is left, with the interval of this one step at 95 %; both are medians within the blocks of the schedule that have both functions, and need not be exactly those of the two medians. A row with a name behind “tuned:” is stock with that one setting."
