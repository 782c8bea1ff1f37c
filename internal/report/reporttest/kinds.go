package reporttest

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// KindsInAWS is a run whose environments are of several kinds, in turns.
func KindsInAWS() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 77})
	doc.Source = results.Source{Kind: results.AWS, Vantage: results.Invoke, Region: "eu-central-1"}
	doc.Plan.ColdKinds = []results.ColdKind{results.ScaleOut, results.Forced}
	for i := range doc.Configurations {
		for j := range doc.Configurations[i].Environments {
			e := &doc.Configurations[i].Environments[j]
			e.Kind = doc.Plan.ColdKinds[j%2]
			if e.Kind == results.ScaleOut {
				e.Burst = &results.Burst{Calls: 5, Cold: 3, Warm: 1, Throttled: 1}
				e.Operations, e.Curve = map[string]results.Operation{}, []results.CurvePoint{}
				e.Init.WallMs += 1000
			}
		}
	}
	return doc
}

// BurstsByWorkers is a run whose cold starts are those of bursts, ten environments each.
func BurstsByWorkers() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 80, Environments: 360, Runtimes: []string{"go", "rust"}, Variants: []string{"stock"}})
	doc.Source = results.Source{Kind: results.AWS, Vantage: results.Invoke, Region: "eu-central-1"}
	doc.Plan.ColdKinds = []results.ColdKind{results.ScaleOut}
	for i := range doc.Configurations {
		for j := range doc.Configurations[i].Environments {
			e := &doc.Configurations[i].Environments[j]
			e.Kind, e.Block = results.ScaleOut, j/10
			e.Operations, e.Curve = map[string]results.Operation{}, []results.CurvePoint{}
			if e.Init.WallMs += float64(e.Block%3) / 4; j%10 == 0 { // moments differ
				e.Burst = &results.Burst{Workers: 4, Calls: 12, Cold: 10, Warm: 1, Throttled: 1}
			}
		}
	}
	return doc
}

// ThroughAPI is a run through the API, over TLS.
func ThroughAPI() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 78, Runtimes: []string{"go", "rust"}, Variants: []string{"stock"}})
	doc.Source = results.Source{Kind: results.AWS, Vantage: results.HTTP, Region: "eu-central-1"}
	for i := range doc.Configurations {
		for j := range doc.Configurations[i].Environments {
			e := &doc.Configurations[i].Environments[j]
			e.Kind = results.Idle
			e.FirstCall.Client = &results.Phases{DNSMs: new(1.5), ConnectMs: new(12.0), TLSMs: new(25.0), FirstByteMs: new(180.0)}
			for k := range e.Curve {
				e.Curve[k].ClientMs = new(*e.Curve[k].DurationMs + 14)
			}
		}
	}
	return doc
}
