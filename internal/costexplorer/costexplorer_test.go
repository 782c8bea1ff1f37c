package costexplorer

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// asked is a Cost Explorer that gives a page for each request.
func asked(t *testing.T, answer func(w http.ResponseWriter, n int, in map[string]any)) aws.Config {
	t.Helper()
	n := 0
	deployedtest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Amz-Target"); got != "AWSInsightsIndexService.GetCostAndUsage" || !strings.Contains(r.Header.Get("Authorization"), "/us-east-1/ce/") {
			t.Errorf("got %s by %s", got, r.Header.Get("Authorization"))
		}
		var in map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		n++
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer(w, n, in)
	}))
	settings, err := deployed.Connect(t.Context(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

func november() Query {
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	return Query{Environment: "dev", From: day(1), To: day(29)}
}

func read(t *testing.T, answer func(w http.ResponseWriter, n int, in map[string]any)) (Actual, error) {
	t.Helper()
	return Read(t.Context(), asked(t, answer), november())
}

func group(service, tag, usd, unit string) string {
	return fmt.Sprintf(`{"Keys": [%q, %q], "Metrics": {"UnblendedCost": {"Amount": %q, "Unit": %q}}}`, service, tag, usd, unit)
}

func TestReadAddsAllPagesUp(t *testing.T) {
	got, err := read(t, func(w http.ResponseWriter, n int, in map[string]any) {
		filter, _ := json.Marshal(in["Filter"])
		groups, _ := json.Marshal(in["GroupBy"])
		if n == 1 && (!strings.Contains(string(filter), `"multi-runtime-benchmark"`) || !strings.Contains(string(filter), `"dev"`) || !strings.Contains(string(groups), `"runtime"`) || !strings.Contains(string(groups), `"SERVICE"`)) {
			t.Errorf("got the filter %s and the groups %s", filter, groups)
		}
		switch n {
		case 1: // throttled: asked again
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type": "ThrottlingException", "message": "Rate exceeded"}`)
		case 2:
			fmt.Fprintf(w, `{"NextPageToken": "p", "ResultsByTime": [{"Estimated": false, "Groups": [%s, %s]}]}`, group("AWS Lambda", "runtime$go", "0.5", "USD"), group("Amazon DynamoDB", "runtime$", "1.25", "USD"))
		case 3:
			if in["NextPageToken"] != "p" {
				t.Errorf("got the page %v", in["NextPageToken"])
			}
			fmt.Fprintf(w, `{"ResultsByTime": [{"Estimated": true, "Groups": [%s, %s]}]}`, group("AWS Lambda", "runtime$go", "0.25", "USD"), group("AWS Lambda", "runtime$rust", "0.125", "USD"))
		}
	})
	want := []Cost{{"Amazon DynamoDB", "", 1.25}, {"AWS Lambda", "go", 0.75}, {"AWS Lambda", "rust", 0.125}}
	if err != nil || !slices.Equal(got.Costs, want) || got.Total() != 2.125 || !got.Estimated || got.From != "2026-11-01" || got.To != "2026-11-29" {
		t.Errorf("got %+v, %v, want %v", got, err, want)
	}
}

// Lambda's requests are told from other usage by the names of the offer files.
func TestRequests(t *testing.T) {
	usage := func(kind, tag, n string) string {
		return fmt.Sprintf(`{"Keys": [%q, %q], "Metrics": {"UsageQuantity": {"Amount": %q, "Unit": "N/A"}}}`, kind, tag, n)
	}
	settings := asked(t, func(w http.ResponseWriter, n int, in map[string]any) {
		if metrics, _ := json.Marshal(in["Metrics"]); string(metrics) != `["UsageQuantity"]` {
			t.Errorf("got the metrics %s", metrics)
		}
		fmt.Fprintf(w, `{"ResultsByTime": [{"Groups": [%s, %s, %s]}, {"Groups": [%s, %s, %s]}]}`,
			usage("Request", "runtime$go", "1500000"), usage("USW2-Request-ARM", "runtime$go", "5"), usage("EU-Request", "runtime$rust", "7"),
			usage("Request", "runtime$", "3"), usage("EUC1-ApiGatewayRequest", "runtime$", "9"), usage("Lambda-GB-Second", "runtime$go", "77"))
	})
	got, err := Requests(t.Context(), settings, november())
	if want := map[string]float64{"go": 1500005, "rust": 7}; err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// Each line of either side is there once, whether the other has it or not.
func TestBeside(t *testing.T) {
	var expected []Cost
	for _, line := range []string{cost.LineInit, cost.LineDuration, cost.LineRequests, cost.LineAPI, cost.LineWrites, cost.LineReads, cost.LineLogs} {
		for _, runtime := range []string{"go", "rust"} {
			expected = Expect(expected, line, runtime, 1)
		}
	}
	actual := Actual{Costs: []Cost{{"Amazon DynamoDB", "", 9}, {"AWS X-Ray", "go", 8}, {"AWS Lambda", "rust", 7}}}
	var got []string
	for _, l := range actual.Beside(expected) {
		text := l.Service + " " + l.Runtime
		for _, usd := range []*float64{l.Actual, l.Estimate} {
			if usd == nil {
				text += " –"
			} else {
				text += fmt.Sprint(" ", *usd)
			}
		}
		got = append(got, text)
	}
	want := []string{"Amazon DynamoDB  9 4", "AWS X-Ray go 8 –", "AWS Lambda rust 7 3", "AWS Lambda go – 3", "Amazon API Gateway  – 2", "AmazonCloudWatch go – 1", "AmazonCloudWatch rust – 1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFailures(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	for answer, want := range map[string][2]string{
		`{"__type": "AccessDeniedException", "message": "no"}`: {"ask Cost Explorer what dev cost: AccessDeniedException: no", "allow ce:GetCostAndUsage"},
		`{"__type": "ExpiredTokenException", "message": "no"}`: {"ask Cost Explorer what dev cost: ExpiredTokenException", "sign in again"},
		`{"__type": "ThrottlingException", "message": "no"}`:   {"ask Cost Explorer what dev cost: ThrottlingException", "wait a moment"},
	} {
		_, err := read(t, func(w http.ResponseWriter, _ int, _ map[string]any) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, answer)
		})
		if err == nil || !strings.HasPrefix(err.Error(), want[0]) || !strings.Contains(fault.Hint(err), want[1]) {
			t.Errorf("got %v, hint %q", err, fault.Hint(err))
		}
	}
	for _, broken := range []string{group("AWS Lambda", "runtime$go", "much", "USD"), group("AWS Lambda", "runtime$go", "1", "EUR"), `{"Keys": ["AWS Lambda"], "Metrics": {}}`} {
		_, err := read(t, func(w http.ResponseWriter, _ int, _ map[string]any) {
			fmt.Fprintf(w, `{"ResultsByTime": [{"Groups": [%s]}]}`, broken)
		})
		if err == nil || !strings.HasPrefix(err.Error(), "read Cost Explorer's answer: got the group [AWS Lambda") {
			t.Errorf("%s: got %v", broken, err)
		}
	}
}
