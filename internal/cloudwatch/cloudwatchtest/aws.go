// Package cloudwatchtest answers GetMetricData over HTTP as CloudWatch does, in CBOR.
package cloudwatchtest

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/smithy-go/encoding/cbor"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
)

// AWS is an account with metrics. What it does not know itself, it leaves to AWS.
type AWS struct {
	deployedtest.AWS
	// Values of each metric by name, one a period from the beginning on. A formula's are
	// those of its first metric.
	Values map[string][]float64
	// PageSize is how many results a page has; 0 for all.
	PageSize int
	// Status of every result; empty for Complete.
	Status string
	// Refuse answers every request for metrics; nil for none.
	Refuse *deployedtest.Refusal

	mu       sync.Mutex
	asked    map[string]int
	formulas []string
	most     int
}

// Asked counts the requests by action.
func (a *AWS) Asked() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.asked)
}

// Formulas are the expressions that were asked for.
func (a *AWS) Formulas() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.formulas)
}

// Most is how many queries the largest request had.
func (a *AWS) Most() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.most
}

func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked == nil {
		a.asked = map[string]int{}
	}
	if !strings.HasSuffix(r.URL.Path, "/operation/GetMetricData") {
		a.asked["cloudformation:"+r.FormValue("Action")]++
		a.AWS.ServeHTTP(w, r)
		return
	}
	a.asked["cloudwatch:GetMetricData"]++
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	answer := func(status int, value cbor.Value) {
		w.WriteHeader(status)
		_, _ = w.Write(cbor.Encode(value))
	}
	if a.Refuse != nil {
		answer(a.Refuse.Status, cbor.Map{"__type": cbor.String(a.Refuse.Code), "message": cbor.String(a.Refuse.Message)})
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // whoever asked has gone
	}
	decoded, err := cbor.Decode(body)
	in, ok := decoded.(cbor.Map)
	if err != nil || !ok {
		answer(http.StatusBadRequest, cbor.Map{"__type": cbor.String("SerializationException"), "message": cbor.String(fmt.Sprint(err))})
		return
	}
	queries, _ := in["MetricDataQueries"].(cbor.List)
	a.most = max(a.most, len(queries))
	results := a.results(in, queries)
	from := 0
	if token, ok := in["NextToken"].(cbor.String); ok {
		from, _ = strconv.Atoi(string(token))
	}
	out := cbor.Map{}
	to := len(results)
	if a.PageSize > 0 && from+a.PageSize < len(results) {
		to = from + a.PageSize
		out["NextToken"] = cbor.String(strconv.Itoa(to))
	}
	out["MetricDataResults"] = cbor.List(results[from:to])
	answer(http.StatusOK, out)
}

func (a *AWS) results(in cbor.Map, queries cbor.List) []cbor.Value {
	name, period := map[string]string{}, uint64(60)
	var all []cbor.Value
	for _, q := range queries {
		q := q.(cbor.Map)
		id := string(q["Id"].(cbor.String))
		if stat, ok := q["MetricStat"].(cbor.Map); ok {
			name[id] = string(stat["Metric"].(cbor.Map)["MetricName"].(cbor.String))
			if p, ok := stat["Period"].(cbor.Uint); ok {
				period = uint64(p)
			}
		}
		if formula, ok := q["Expression"].(cbor.String); ok {
			a.formulas = append(a.formulas, string(formula))
			for metric := range name {
				if strings.Contains(string(formula), metric) {
					name[id] = name[metric]
				}
			}
		}
		if wanted, ok := q["ReturnData"].(cbor.Bool); ok && !bool(wanted) {
			continue
		}
		times, values := cbor.List{}, cbor.List{}
		for i, v := range a.Values[name[id]] {
			times, values = append(times, &cbor.Tag{ID: 1, Value: cbor.Float64(seconds(in["StartTime"]) + float64(uint64(i)*period))}), append(values, cbor.Float64(v))
		}
		status := a.Status
		if status == "" {
			status = "Complete"
		}
		all = append(all, cbor.Map{"Id": q["Id"], "Label": cbor.String("l"), "StatusCode": cbor.String(status), "Timestamps": times, "Values": values})
	}
	return all
}

func seconds(v cbor.Value) float64 {
	tag, _ := v.(*cbor.Tag)
	if tag == nil {
		return 0
	}
	switch at := tag.Value.(type) {
	case cbor.Float64:
		return float64(at)
	case cbor.Uint:
		return float64(at)
	}
	return 0
}
