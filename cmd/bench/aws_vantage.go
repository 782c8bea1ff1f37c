package main

import (
	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// vantages are the flags of each run that was asked for.
func (f awsFlags) vantages(cmd *cobra.Command) ([]awsFlags, error) {
	invoke, through := f, f
	invoke.vantage, through.vantage = string(results.Invoke), string(results.HTTP)
	invoke.deployed.withoutKey = true
	if f.choices.Cold.Workers != 0 && (f.vantage == string(results.HTTP) || f.vantage == "both") {
		return nil, fault.Usage("say --vantage invoke", "--vantage %s: workers invoke functions, past their API: got --scale %d", f.vantage, f.choices.Cold.Workers)
	}
	switch f.vantage {
	case string(results.Invoke):
		return []awsFlags{invoke}, nil
	case string(results.HTTP):
		if !cmd.Flags().Changed("cold") {
			through.choices.Cold.Kinds = []string{string(results.Idle)}
		}
		return []awsFlags{through}, nil
	case "both":
		through.choices.Cold.Kinds = []string{string(results.Idle)}
		if f.asJSON {
			return nil, fault.Usage("say --vantage invoke or http; the documents are in the results' folder", "--json prints one document: got two vantages")
		}
		return []awsFlags{invoke, through}, nil
	}
	return nil, fault.Usage("use --vantage invoke, http or both", "--vantage %s: not a way to call functions", f.vantage)
}

// measured is what the plan is carried out with.
func (r *awsRun) measured() target.Target {
	if r.through != nil {
		return r.through
	}
	return r.target
}
