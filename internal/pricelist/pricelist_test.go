package pricelist

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// product is an offer with the first tier at a price, and the next one at half of it.
func product(usd string) string {
	return fmt.Sprintf(`{"product": {}, "terms": {"OnDemand": {"a": {"priceDimensions": {"a.1": {"beginRange": "0", "pricePerUnit": {"USD": %q}}, "a.2": {"beginRange": "6000", "pricePerUnit": {"USD": "0.1"}}}}}}}`, usd)
}

// ask asks a Price List API, which has the pages of each usage type.
func ask(t *testing.T, region cost.Region, pages map[string][][]string, refuse string) (cost.Region, []string, error) {
	t.Helper()
	deployedtest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			ServiceCode, NextToken string
			Filters                []struct{ Field, Type, Value string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("X-Amz-Target") != "AWSPriceListService.GetProducts" || !strings.Contains(r.Header.Get("Authorization"), "/us-east-1/pricing/") {
			t.Errorf("got %s by %s, %v", r.Header.Get("X-Amz-Target"), r.Header.Get("Authorization"), err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if refuse != "" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"__type": %q, "message": "no"}`, refuse)
			return
		}
		if len(in.Filters) != 2 || in.Filters[0].Value != "eu-west-1" || in.Filters[1].Field != "usagetype" {
			t.Errorf("got the filters %+v", in.Filters)
			return
		}
		of, page := pages[in.ServiceCode+" "+in.Filters[1].Value], len(in.NextToken)
		out := map[string]any{"FormatVersion": "aws_v1", "PriceList": []string{}}
		if page < len(of) {
			out["PriceList"] = of[page]
		}
		if page+1 < len(of) {
			out["NextToken"] = strings.Repeat("n", page+1)
		}
		_ = json.NewEncoder(w).Encode(out)
	}))
	settings, err := deployed.Connect(t.Context(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	return Current(t.Context(), settings, region, time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC))
}

func dated() cost.Region {
	return cost.Region{ID: "eu-west-1", Prices: map[string]cost.Price{
		"lambdaRequests": {USD: 0.2, Read: "2026-10-04", Usage: "EU-Request"}, "lambdaSeconds.x86_64": {USD: 0.0000166667, Read: "2026-10-04", Usage: "EU-Lambda-GB-Second"},
		"apiRequests": {USD: 3.5, Read: "2026-10-04", Usage: "EU-ApiGatewayRequest"}, "logs": {USD: 0.57, Read: "2026-10-04", Usage: "EU-DataProcessing-Bytes"},
	}}
}

func TestCurrentPrices(t *testing.T) {
	got, kept, err := ask(t, dated(), map[string][][]string{
		"AWSLambda EU-Request":                     {{product("0.0000000000")}, {product("0.0000003")}}, // the free tier comes first
		"AWSLambda EU-Lambda-GB-Second":            {{product("0.00002")}},
		"AmazonCloudWatch EU-DataProcessing-Bytes": {{product("0.6"), product("0.3")}},
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Prices["lambdaRequests"]; p.USD < 0.2999 || p.USD > 0.3001 || p.Read != "2026-11-29" || p.Source != "AWS Price List API, AWSLambda" {
		t.Errorf("got %+v, want 0.3 for a million", p)
	}
	if p := got.Prices["lambdaSeconds.x86_64"]; p.USD != 0.00002 {
		t.Errorf("got %+v", p)
	}
	if got.Prices["logs"] != dated().Prices["logs"] || got.Prices["apiRequests"] != dated().Prices["apiRequests"] {
		t.Errorf("got %+v, want the dated ones", got.Prices)
	}
	want := "apiRequests: the Price List API has none; it keeps the price of 2026-10-04 | logs: the Price List API has 2; it keeps the price of 2026-10-04"
	if strings.Join(kept, " | ") != want {
		t.Errorf("got %q", kept)
	}
}

func TestFailures(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	for code, hint := range map[string]string{"AccessDeniedException": "allow pricing:GetProducts", "ExpiredTokenException": "sign in again", "ThrottlingException": "wait a moment", "InternalErrorException": "stand above"} {
		_, _, err := ask(t, dated(), nil, code)
		if err == nil || !strings.HasPrefix(err.Error(), "ask for the price of EU-ApiGatewayRequest: "+code) || !strings.Contains(fault.Hint(err), hint) {
			t.Errorf("%s: got %v, hint %q", code, err, fault.Hint(err))
		}
	}
	if _, _, err := ask(t, dated(), map[string][][]string{"AmazonApiGateway EU-ApiGatewayRequest": {{"{"}}}, ""); err == nil || !strings.HasPrefix(err.Error(), "read the offer of EU-ApiGatewayRequest") {
		t.Errorf("got %v", err)
	}
}
