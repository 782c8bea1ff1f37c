package costexplorer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// read asks a Cost Explorer that gives a page for each request.
func read(t *testing.T, answer func(w http.ResponseWriter, n int, in map[string]any)) (Actual, error) {
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
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	return Read(t.Context(), settings, Query{Environment: "dev", From: day(1), To: day(29)})
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
