// Package pricelist asks AWS's Price List API for the prices that a dated list has, under
// the names that AWS has for them there.
//
//	current, kept, err := pricelist.Current(ctx, settings, region, time.Now())
package pricelist

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
)

// Current is the region with today's prices: the first tier of each, on demand. What the
// API has no single price of keeps the dated one, and is named in kept.
func Current(ctx context.Context, settings aws.Config, region cost.Region, now time.Time) (current cost.Region, kept []string, err error) {
	settings.Region = "us-east-1" // one of its few endpoints; it knows all regions' prices
	client := pricing.NewFromConfig(settings)
	current = region
	current.Prices = maps.Clone(region.Prices)
	for _, name := range region.Names() {
		dated := region.Prices[name]
		service, per := cost.Service(name)
		offers, err := offersOf(ctx, client, service, region.ID, dated.Usage)
		if err != nil {
			return region, nil, err
		}
		usd, why := single(offers)
		if why != "" {
			kept = append(kept, fmt.Sprintf("%s: %s; it keeps the price of %s", name, why, dated.Read))
			continue
		}
		current.Prices[name] = cost.Price{USD: usd * per, Read: now.UTC().Format("2006-01-02"), Usage: dated.Usage, Source: "AWS Price List API, " + service}
	}
	return current, kept, nil
}

// offer is what is read of a product. https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-an-offer.html
type offer struct {
	Terms struct {
		OnDemand map[string]struct {
			PriceDimensions map[string]struct {
				BeginRange   string            `json:"beginRange"`
				PricePerUnit map[string]string `json:"pricePerUnit"`
			} `json:"priceDimensions"`
		}
	} `json:"terms"`
}

func offersOf(ctx context.Context, client *pricing.Client, service, region, usage string) ([]offer, error) {
	equal := func(field, value string) types.Filter {
		return types.Filter{Type: types.FilterTypeTermMatch, Field: &field, Value: &value}
	}
	pages := pricing.NewGetProductsPaginator(client, &pricing.GetProductsInput{
		ServiceCode: &service, FormatVersion: aws.String("aws_v1"), Filters: []types.Filter{equal("regionCode", region), equal("usagetype", usage)},
	})
	var offers []offer
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, deployed.Explain(err, "us-east-1", "ask for the price of "+usage, "pricing:GetProducts")
		}
		for _, text := range page.PriceList {
			var o offer
			if err := json.Unmarshal([]byte(text), &o); err != nil {
				return nil, fmt.Errorf("read the offer of %s: %w", usage, err)
			}
			offers = append(offers, o)
		}
	}
	return offers, nil
}

// single is the one price of the first tier, or why there is none.
func single(offers []offer) (usd float64, why string) {
	found := map[float64]bool{}
	for _, o := range offers {
		for _, term := range o.Terms.OnDemand {
			for _, tier := range term.PriceDimensions {
				amount, err := strconv.ParseFloat(strings.TrimSpace(tier.PricePerUnit["USD"]), 64)
				if err != nil || tier.BeginRange != "0" || amount == 0 { // free tiers cost nothing
					continue
				}
				found[amount] = true
				usd = amount
			}
		}
	}
	switch len(found) {
	case 0:
		return 0, "the Price List API has none"
	case 1:
		return usd, ""
	}
	return 0, fmt.Sprintf("the Price List API has %d", len(found))
}
