package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/costexplorer"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/bills"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// pricedRun is the path of a run whose document names the latest prices.
func pricedRun(t *testing.T) string {
	t.Helper()
	doc := resultstest.Document(resultstest.Options{Seed: 1, Runtimes: []string{"go", "python"}, Variants: []string{"stock"}, Environments: 4})
	doc.Prices = cost.Latest().Record()
	path := filepath.Join(t.TempDir(), "results.json")
	if err := results.Save(path, doc); err != nil {
		t.Fatal(err)
	}
	return path
}

// billing answers for the Price List API, which has one price of everything, and Cost
// Explorer; it counts the requests by action.
func billing(t *testing.T, refuse string) func() []string {
	t.Helper()
	var mu sync.Mutex
	asked := map[string]int{}
	deployedtest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		action := map[string]string{"GetProducts": "pricing:GetProducts", "GetCostAndUsage": "ce:GetCostAndUsage"}[name]
		mu.Lock()
		asked[action]++
		mu.Unlock()
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if refuse != "" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"__type": %q, "message": "no"}`, refuse)
			return
		}
		if action == "pricing:GetProducts" {
			fmt.Fprintf(w, `{"PriceList": [%q]}`, `{"terms": {"OnDemand": {"a": {"priceDimensions": {"b": {"beginRange": "0", "pricePerUnit": {"USD": "0.000001"}}}}}}}`)
			return
		}
		if text, err := io.ReadAll(r.Body); err != nil || strings.Contains(string(text), "UsageQuantity") {
			fmt.Fprint(w, usedUp)
			return
		}
		fmt.Fprint(w, `{"ResultsByTime": [{"Estimated": true, "Groups": [
			{"Keys": ["AWS Lambda", "runtime$go"], "Metrics": {"UnblendedCost": {"Amount": "1.5", "Unit": "USD"}}},
			{"Keys": ["Amazon DynamoDB", "runtime$"], "Metrics": {"UnblendedCost": {"Amount": "2", "Unit": "USD"}}}]}]}`)
	}))
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(maps.Keys(asked))
	}
}

// usedUp is what Cost Explorer tells of Lambda's usage.
const usedUp = `{"ResultsByTime": [{"Groups": [
	{"Keys": ["Request", "runtime$go"], "Metrics": {"UsageQuantity": {"Amount": "1500000", "Unit": "Requests"}}},
	{"Keys": ["EU-Request-ARM", "runtime$go"], "Metrics": {"UsageQuantity": {"Amount": "500000", "Unit": "Requests"}}},
	{"Keys": ["Request", "runtime$rust"], "Metrics": {"UsageQuantity": {"Amount": "10", "Unit": "Requests"}}},
	{"Keys": ["Request", "runtime$"], "Metrics": {"UsageQuantity": {"Amount": "3", "Unit": "Requests"}}},
	{"Keys": ["USE1-ApiGatewayRequest", "runtime$"], "Metrics": {"UsageQuantity": {"Amount": "9", "Unit": "Requests"}}},
	{"Keys": ["Lambda-GB-Second", "runtime$go"], "Metrics": {"UsageQuantity": {"Amount": "77", "Unit": "Lambda-GB-Second"}}}]}]}`

func TestCostOfAMonth(t *testing.T) {
	path := pricedRun(t)
	priced := map[string]bills.Bills{}
	for _, requests := range []string{"1e6", "3e6"} {
		code, stdout, stderr := called("cost", path, "--requests", requests, "--region", "eu-central-1", "--json")
		var b bills.Bills
		if err := json.Unmarshal([]byte(stdout), &b); code != 0 || err != nil || len(b.Configurations) == 0 {
			t.Fatalf("got exit code %d, %v, %s", code, err, stderr)
		}
		priced[requests] = b
	}
	for i, c := range priced["3e6"].Configurations {
		for j, bill := range c.Bills {
			if million := priced["1e6"].Configurations[i].Bills[j]; bill.Total < 2.999*million.Total || bill.Total > 3.001*million.Total || bill.Compute > bill.Total {
				t.Errorf("%s: got %v of three millions and %v of one", c.Configuration, bill.Total, million.Total)
			}
		}
	}
	if code, stdout, _ := called("cost", path, "--requests", "3e6"); code != 0 || !strings.HasPrefix(stdout, "What 3,000,000 requests a month cost in us-east-1") {
		t.Errorf("got exit code %d, %s", code, stdout)
	}
	if code, _, stderr := called("cost", path, "--requests", "0"); code != 2 || !strings.Contains(stderr, "not a number of requests") {
		t.Errorf("got exit code %d, %s", code, stderr)
	}
}

func TestCostAtTodaysPrices(t *testing.T) {
	path := pricedRun(t)
	asked := billing(t, "")
	code, stdout, stderr := called("cost", path, "--current-prices")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "Prices: AWS Price List API\n") || !strings.Contains(stdout, "apiRequests 1 USD, read 20") || !slices.Equal(asked(), []string{"pricing:GetProducts"}) {
		t.Errorf("got exit code %d, %v, %s%s", code, asked(), stdout, stderr)
	}
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	billing(t, "AccessDeniedException")
	code, stdout, stderr = called("cost", path, "--current-prices")
	if code != 0 || !strings.Contains(stderr, "No prices of today: ask for the price of ") || !strings.Contains(stderr, "the dated list, "+cost.Latest().Date) || !strings.Contains(stdout, "List prices of "+cost.Latest().Date) {
		t.Errorf("got exit code %d, %s%s", code, stdout, stderr)
	}
}

func TestActualCost(t *testing.T) {
	asked := billing(t, "")
	code, stdout, stderr := called("cost", "--actual", "--from", "2026-11-01", "--to", "2026-11-29")
	if code != 0 || !strings.Contains(stdout, "What dev cost from 2026-11-01 until before 2026-11-29, USD, unblended; not yet final.") ||
		!strings.Contains(stdout, "Amazon DynamoDB  shared           2.0000") || !strings.Contains(stdout, "3.5000") || !strings.Contains(stdout, "Tags count from the day") {
		t.Errorf("got exit code %d, %s%s", code, stdout, stderr)
	}
	if strings.Contains(stdout, "The estimate") {
		t.Errorf("got an estimate of no run:\n%s", stdout)
	}
	page, err := os.ReadFile("../../docs/cost.md")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := actionsOf(t, string(page), "cost"), slices.Sorted(slices.Values(append(asked(), "pricing:GetProducts"))); !slices.Equal(got, want) {
		t.Errorf("got the actions %v in docs/cost.md, want %v", got, want)
	}
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	for says, args := range map[string][]string{
		"--from soon: not a day": {"--from", "soon"}, "got no day": {"--from", "2026-11-02", "--to", "2026-11-02"}, "--suffix A!: not a suffix": {"--suffix", "A!"},
		"unknown environment": {"--environment", "moon"},
	} {
		if code, _, stderr := called(append([]string{"cost", "--actual"}, args...)...); code != 2 || !strings.Contains(stderr, says) {
			t.Errorf("%v: got exit code %d, %s", args, code, stderr)
		}
	}
	if code, _, stderr := called("cost", "--actual", "--from", "2026-11-01", "no.json"); code == 0 || !strings.Contains(stderr, "no.json") {
		t.Errorf("got exit code %d, %s", code, stderr)
	}
	billing(t, "AccessDeniedException")
	if code, _, stderr := called("cost", "--actual"); code != 1 || !strings.Contains(stderr, "ask Cost Explorer what dev cost: AccessDeniedException") || !strings.Contains(stderr, "allow ce:GetCostAndUsage") {
		t.Errorf("got exit code %d, %s", code, stderr)
	}
}

// The estimate stands beside the bill, line by line, and adds up to what bench cost says
// of as many requests.
func TestActualCostBesideTheEstimate(t *testing.T) {
	billing(t, "")
	path := pricedRun(t)
	var priced bills.Bills
	if code, stdout, stderr := called("cost", path, "--requests", "2e6", "--json"); code != 0 || json.Unmarshal([]byte(stdout), &priced) != nil {
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	i := slices.IndexFunc(priced.Configurations, func(c bills.Configuration) bool { return c.Runtime == "go" && c.Default })
	bill := priced.Configurations[i].Bills[slices.Index(cost.ColdShares, cost.TypicalColdShare)]
	var lambda, shared, logs float64
	for _, line := range bill.Lines {
		switch {
		case line.ID == cost.LineLogs:
			logs += *line.USD
		case line.ID == cost.LineAPI || line.ID == cost.LineReads || line.ID == cost.LineWrites:
			shared += *line.USD
		default:
			lambda += *line.USD
		}
	}
	code, stdout, stderr := called("cost", path, "--actual", "--json")
	var both struct {
		TotalUsd float64
		Lines    []costexplorer.Line
		Estimate struct {
			Requests, Configurations map[string]any
			TotalUsd                 float64
			Missing                  []string
		}
	}
	if err := json.Unmarshal([]byte(stdout), &both); code != 0 || err != nil {
		t.Fatalf("got exit code %d, %v, %s", code, err, stderr)
	}
	got := map[string]float64{}
	for _, line := range both.Lines {
		if line.Estimate != nil {
			got[line.Service+" "+line.Runtime] = *line.Estimate
		}
		if known := line.Service == "AWS Lambda" || line.Service == "Amazon DynamoDB"; known != (line.Actual != nil) {
			t.Errorf("got %+v", line)
		}
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	if len(got) != 4 || !near(got["AWS Lambda go"], lambda) || !near(got["AmazonCloudWatch go"], logs) || !near(got["Amazon API Gateway "]+got["Amazon DynamoDB "], shared) {
		t.Errorf("got %v, want %v of Lambda, %v of logs and %v that is shared", got, lambda, logs, shared)
	}
	e := both.Estimate
	if !near(e.TotalUsd, bill.Total) || both.TotalUsd != 3.5 || e.Requests["go"] != 2e6 || e.Configurations["go"] != priced.Configurations[i].Configuration || len(e.Missing) != 2 || e.Missing[1] != "The run has no bill of rust." {
		t.Errorf("got %+v, want the total %v", e, bill.Total)
	}
	code, stdout, stderr = called("cost", path, "--actual", "--requests", "5e5")
	for _, want := range []string{
		"500000 requests to " + priced.Configurations[i].Configuration + "\n", "500000 requests to python/", "0.1 % cold",
		fmt.Sprintf("AWS Lambda          go               1.5000 %12.4f\n", lambda/4), "Amazon API Gateway  shared                –       3.5000\n", "free tier and discounts",
	} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("got exit code %d, %s\n%s\nwant %q", code, stderr, stdout, want)
		}
	}
}
