package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Table is a table that one runtime alone writes to.
type Table interface {
	Rows
	// All returns every row, in any order.
	All(ctx context.Context) ([]Row, error)
}

// Party is a runtime in a differential run.
type Party struct {
	Runtime  string
	Client   Client
	Prefixes []string
	// Table is empty at the beginning, and at the end.
	Table Table
	// Asked returns what the database was asked since the last time. May be nil.
	Asked func() []string
	// Declared are the differences that the runtime has, by the traits of requests.
	Declared []Declared
}

// differs reports whether the party is declared to answer such a request in its
// own way.
func (p Party) differs(r Request) bool {
	return slices.ContainsFunc(p.Declared, func(d Declared) bool { return traits[d.Kind](r) })
}

// DifferentialOptions say how much is compared.
type DifferentialOptions struct {
	Requests int
	Seed     uint64
	// Progress hears how many requests have been sent. May be nil.
	Progress func(requests int)
}

// DifferentialReport is what a differential run found.
type DifferentialReport struct {
	Seed      uint64         `json:"seed"`
	Runtimes  []string       `json:"runtimes"`
	Sequences int            `json:"sequences"`
	Requests  int            `json:"requests"`
	Rows      int            `json:"rows"`     // compared, of each runtime
	Statuses  map[string]int `json:"statuses"` // answers of the first runtime by method and status
	// Declared counts, by runtime, the answers that differed as such requests are
	// declared to; from there on the runtime took no part in the sequence.
	Declared map[string]int `json:"declared"`
	// Unrepeated counts differences that did not come again when the sequence was sent
	// once more, such as a call of the database that a busy machine made an SDK repeat.
	Unrepeated int `json:"unrepeated"`
	// Found is the first difference that came again, shrunk; nil if there was none.
	Found *Found `json:"found,omitempty"`
}

// Found is a difference.
type Found struct {
	Sequence uint64 `json:"sequence"` // its number in the run
	Request  string `json:"request"`
	// Answers are the different ones, each with its runtimes: that of the most
	// comes first.
	Answers []Answer `json:"answers"`
	// Case is the shrunk sequence as a case, with the answers of the most.
	Case string `json:"case"`
}

// Differential sends the same sequences to all parties until so many requests
// have been sent, or answers or tables differ. The error is the caller's or the
// context's; a difference is in the report.
func Differential(ctx context.Context, words Words, parties []Party, o DifferentialOptions) (DifferentialReport, error) {
	report := DifferentialReport{Seed: o.Seed, Statuses: map[string]int{}, Declared: map[string]int{}}
	for _, p := range parties {
		report.Runtimes = append(report.Runtimes, p.Runtime)
	}
	if len(parties) < 2 || o.Requests < 1 {
		return report, fault.Usage("a difference needs two runtimes, and a request", "compare %d runtimes with %d requests", len(parties), o.Requests)
	}
	for number := uint64(0); report.Requests < o.Requests; number++ {
		if err := ctx.Err(); err != nil {
			return report, fmt.Errorf("compare the runtimes: %w", err)
		}
		sequence := Draw(o.Seed, number)
		if left := o.Requests - report.Requests; len(sequence.Requests) > left {
			sequence.Requests = sequence.Requests[:left]
		}
		compared, err := compareParties(ctx, parties, sequence)
		if err != nil {
			return report, err
		}
		report.Sequences++
		report.Requests += len(sequence.Requests)
		report.Rows += compared.rows
		for _, runtime := range compared.declared {
			report.Declared[runtime]++
		}
		for _, e := range compared.exchanges {
			report.Statuses[fmt.Sprintf("%s %d", e.Request.Method, e.Response.Status)]++
		}
		if o.Progress != nil {
			o.Progress(report.Requests)
		}
		if compared.at < 0 {
			continue
		}
		report.Found, err = pinDown(ctx, words, parties, sequence, compared)
		if err != nil {
			return report, err
		}
		if report.Found == nil {
			report.Unrepeated++
			continue
		}
		report.Found.Sequence = number
		return report, nil
	}
	return report, nil
}

// pinDown shrinks a difference and writes it as a case; nil where it does not come
// again.
func pinDown(ctx context.Context, words Words, parties []Party, s Sequence, c compared) (*Found, error) {
	var failed error
	differs := func(candidate Sequence) bool {
		again, err := compareParties(ctx, parties, candidate)
		if err != nil {
			failed = err
			return false
		}
		if again.at < 0 {
			return false
		}
		c = again
		return true
	}
	again := differs(s)
	if again {
		s = shrink(s, differs)
	}
	if failed != nil || !again {
		return nil, failed
	}
	return &Found{Request: c.request, Answers: c.answers, Case: paste(words, s, c)}, nil
}

// compared is what came of one sequence.
type compared struct {
	at        int // the request with the first difference; len(requests) for the tables, -1 for none
	request   string
	answers   []Answer
	exchanges []Exchange // of a runtime whose answer is that of the most
	asked     [][]string // of the database, by the same runtime
	runtime   string
	rows      int
	declared  []string // runtimes that left, since a difference of theirs was declared
}

// compareParties sends a sequence to all parties at the same time.
func compareParties(ctx context.Context, parties []Party, s Sequence) (compared, error) {
	plays := make([]play, len(parties))
	var wait sync.WaitGroup
	for i := range parties {
		wait.Go(func() { plays[i] = parties[i].play(ctx, s) })
	}
	wait.Wait()
	for i, p := range plays {
		if p.err != nil {
			return compared{}, fmt.Errorf("compare %s: %w", parties[i].Runtime, p.err)
		}
	}
	c := compared{at: -1, rows: plays[0].rows, exchanges: plays[0].exchanges, asked: plays[0].asked, runtime: parties[0].Runtime}
	out := make([]bool, len(parties)) // of the comparison, from a declared difference on
	for at := range plays[0].texts {
		for _, i := range leaving(parties, plays, at, out) {
			out[i] = true
			c.declared = append(c.declared, parties[i].Runtime)
		}
		d := answersAt(parties, plays, at, out)
		if len(d.Answers) == 0 {
			break // nobody is left to compare
		}
		if len(d.Answers) == 1 && !strings.HasPrefix(d.Answers[0].Text, noAnswer) {
			continue
		}
		most := slices.IndexFunc(parties, func(p Party) bool { return p.Runtime == d.Answers[0].Runtimes[0] })
		c.at, c.answers, c.exchanges, c.asked, c.runtime = at, d.Answers, plays[most].exchanges, plays[most].asked, parties[most].Runtime
		c.request = "the rows of the table"
		if at < len(c.exchanges) {
			c.request = describe(c.exchanges[at].Request)
		}
		break
	}
	return c, nil
}

// answersAt are the different answers to a request, of those who still take part.
func answersAt(parties []Party, plays []play, at int, out []bool) (d Difference) {
	for i := range plays {
		if !out[i] {
			d.add(parties[i].Runtime, plays[i].texts[at])
		}
	}
	// Where as many say one thing as the other, the first runtime's word counts.
	slices.SortStableFunc(d.Answers, func(a, b Answer) int { return len(b.Runtimes) - len(a.Runtimes) })
	return d
}

// leaving are the parties whose answer to a request differs, as is declared of
// such requests: from those to whom nothing is declared, or else from the most.
func leaving(parties []Party, plays []play, at int, out []bool) (indices []int) {
	d := answersAt(parties, plays, at, out)
	if len(d.Answers) < 2 || at >= len(plays[0].exchanges) {
		return nil
	}
	declared := func(i int) bool { return parties[i].differs(plays[i].exchanges[at].Request) }
	right := d.Answers[0].Text
	for i := range parties {
		if !out[i] && !declared(i) {
			right = plays[i].texts[at]
			break
		}
	}
	for i := range parties {
		if !out[i] && plays[i].texts[at] != right && declared(i) {
			indices = append(indices, i)
		}
	}
	return indices
}

// noAnswer begins what counts where a runtime gave none. That is worth a case
// even if all agree in it.
const noAnswer = "no answer: "

// play is one party's part: what counts of each answer and, last, of the table.
type play struct {
	texts     []string
	exchanges []Exchange
	asked     [][]string
	rows      int
	err       error // of the caller, the database or the context: not of the runtime
}

func (p Party) play(ctx context.Context, s Sequence) (out play) {
	if err := p.fill(ctx, s.Rows); err != nil {
		return play{err: err}
	}
	r := &run{options: Options{Runtime: p.Runtime, Prefixes: p.Prefixes}, vars: variables{"root": {kind: text}}}
	if len(p.Prefixes) > 0 {
		r.vars["prefix"] = word(p.Prefixes[0])
	}
	names := map[string]string{} // of ids, known to the sequence
	v := view{runtime: p.Runtime, times: fixedTimes, lists: everything, id: func(id string) string {
		if name, ok := names[id]; ok {
			return name
		}
		return id
	}}
	p.asked()
	for _, numbered := range s.Requests {
		id, token := fmt.Sprintf("id%d", numbered.Number), fmt.Sprintf("token%d", numbered.Number)
		for _, reference := range s.Requests { // also to what a shrunk sequence has no more
			r.defaults(reference.CaseRequest)
		}
		request, err := r.request(numbered.CaseRequest)
		if err != nil {
			// One that was shrunk too far. All say the same of it.
			out.exchanges, out.asked = append(out.exchanges, Exchange{}), append(out.asked, nil)
			out.texts = append(out.texts, "not sent: "+err.Error())
			continue
		}
		response, err := p.Client.Do(ctx, request)
		if ctx.Err() != nil {
			return play{err: ctx.Err()}
		}
		exchange := Exchange{request, response}
		asked := p.asked()
		out.exchanges, out.asked = append(out.exchanges, exchange), append(out.asked, asked)
		if err != nil {
			out.texts = append(out.texts, noAnswer+err.Error())
			continue
		}
		body, _ := parseJSON(response.Body)
		switch made, ok := body.get("id"); {
		case response.Status == http.StatusCreated && ok:
			names[made.literal] = "${" + id + "}"
			r.vars[id] = made
			v.lists = content
		}
		if next, ok := body.get("nextToken"); ok {
			r.vars[token] = next
		}
		out.texts = append(out.texts, v.of(exchange, asked))
	}
	rows, err := p.Table.All(ctx)
	if err != nil {
		return play{err: err}
	}
	out.rows = len(rows)
	out.texts = append(out.texts, v.table(rows))
	for _, row := range rows {
		if err := p.Table.Delete(ctx, row["id"].Value); err != nil {
			return play{err: err}
		}
	}
	return out
}

func (p Party) fill(ctx context.Context, rows []Row) error {
	for _, row := range rows {
		if err := p.Table.Put(ctx, maps.Clone(row)); err != nil {
			return err
		}
	}
	return nil
}

func (p Party) asked() []string {
	if p.Asked == nil {
		return nil
	}
	return p.Asked()
}

// defaults gives a meaning to what a request names and nothing has made.
func (r *run) defaults(c CaseRequest) {
	for _, match := range placeholder.FindAllStringSubmatch(c.Path+"?"+c.Query, -1) {
		if _, known := r.vars[match[1]]; known {
			continue
		}
		if strings.HasPrefix(match[1], "id") {
			r.vars[match[1]] = word(noID)
		} else if strings.HasPrefix(match[1], "token") {
			r.vars[match[1]] = word(noToken)
		}
	}
}

// of is what counts of an exchange. A list that is cut off, or begins somewhere,
// depends on the order of the ids in the table.
func (v view) of(e Exchange, asked []string) string {
	if v.lists != everything {
		query := strings.Contains(e.Request.Query, "oken")
		body, _ := parseJSON(e.Response.Body)
		switch _, more := body.get("nextToken"); {
		case query:
			v.lists = nothing
		case more:
			v.lists = length
		}
	}
	text := v.normal(e)
	if len(asked) > 0 {
		text += "\nthe database was asked: " + strings.Join(asked, ", ")
	}
	return text
}

// table writes rows in the order of their names, without what must differ.
func (v view) table(rows []Row) string {
	var lines []string
	for _, row := range rows {
		line := "row " + v.ids(row["id"].Value) + ":"
		for _, name := range sortedNames(row) {
			a := row[name]
			switch {
			case name == "id":
				continue
			case name == "runtime" && a.Value == v.runtime:
				a.Value = "RUNTIME"
			case name == "expiresAt" && !slices.Contains(v.times, row["createdAt"].Value):
				a.Value = lifetime(row)
			case timestampPattern.MatchString(a.Value) && !slices.Contains(v.times, a.Value):
				a.Value = "TIME"
			}
			quoted, _ := json.Marshal(a.Value)
			line += fmt.Sprintf("\n  %s: {%s: %s}", name, a.Type, quoted)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// lifetime is what lies between a row's creation and its end, to the minute:
// the two are read off a clock one after the other.
func lifetime(row Row) string {
	created, err := time.Parse(time.RFC3339, row["createdAt"].Value)
	expires, failed := strconv.ParseInt(row["expiresAt"].Value, 10, 64)
	if err != nil || failed != nil {
		return row["expiresAt"].Value
	}
	return fmt.Sprintf("%.0f minutes after createdAt", math.Round(time.Unix(expires, 0).Sub(created).Minutes()))
}
