package config

import (
	"cmp"
	"fmt"
	"slices"
)

// Deployment is what one run of the CDK app puts into AWS, all of it decided
// and checked: ParseContext makes it.
type Deployment struct {
	Environment Environment
	// Version is what the functions say of themselves: APP_VERSION.
	Version      string
	Architecture string
	// AlertEmail gets the alarms; empty means that nobody is subscribed.
	AlertEmail string
	// BudgetUSD a month of the whole account; more is written to AlertEmail. 0 for
	// none.
	BudgetUSD int
	// RegionalDashboard adds the region to the dashboards' names: an account has one
	// set of them for all its regions.
	RegionalDashboard bool
	// ImageRepository is the name of ECR's repository that has the images of hostings, in
	// the same account and region; empty for none.
	ImageRepository string
	// CapacityProvider is the ARN of that whose managed instances hostings run on; empty
	// for none.
	CapacityProvider string
	// Runtimes in the order of tables: all that the environment has, whether or not
	// this run deploys them. Routes, alarms and dashboard are made from them.
	Runtimes []DeployedRuntime
	// Without are the names of those that it has no longer.
	Without []string
}

// DeployedRuntime is one runtime's part of a deployment.
type DeployedRuntime struct {
	Runtime Runtime
	// Now tells whether this run deploys its stack.
	Now bool
	// Function answers the runtime's routes, under the promised name.
	Function Function
	// Layers are those below the API beside it, without routes.
	Layers []Function
	// Hosted are its hostings beside it, without routes.
	Hosted []Function
}

// Function is one Lambda function of a deployment.
type Function struct {
	Name     string
	Variant  Variant
	Artifact Artifact
	// ArtifactID names the zip in dist/, without its ending.
	ArtifactID   string
	Architecture string
	MemoryMB     int
	// Variables are the environment variables, the variant's own included.
	Variables map[string]string
	// Hosting is how it runs beside the main function; "" for that one and for layers.
	Hosting Hosting
}

// Functions lists every function of the runtime.
func (r DeployedRuntime) Functions() []Function {
	return slices.Concat([]Function{r.Function}, r.Layers, r.Hosted)
}

// deploy describes a runtime's functions.
func (d Deployment) deploy(r Runtime, v Variant, memoryMB int, layers, now bool) (DeployedRuntime, error) {
	api, err := d.function(r, FunctionName(r.Name, d.Environment.Name), v, d.Architecture, memoryMB)
	if err != nil {
		return DeployedRuntime{}, err
	}
	deployed := DeployedRuntime{Runtime: r, Function: api, Now: now}
	if !layers || !now {
		return deployed, nil
	}
	for _, name := range r.VariantNames() {
		layer := r.Variants[name]
		if !layer.Kind.Layer() || !slices.Contains(r.Artifacts[layer.Artifact].Architectures, d.Architecture) {
			continue
		}
		below, err := d.function(r, VariantFunctionName(r.Name, name, d.Environment.Name), layer, d.Architecture, memoryMB)
		if err != nil {
			return DeployedRuntime{}, err
		}
		deployed.Layers = append(deployed.Layers, below)
	}
	return deployed, nil
}

// function describes one of a runtime's functions. memoryMB is 0 for the runtime's own.
func (d Deployment) function(r Runtime, name string, v Variant, arch string, memoryMB int) (Function, error) {
	a, err := r.Artifact(v.Artifact)
	if err != nil {
		return Function{}, err
	}
	if len(name) > maxFunctionName {
		return Function{}, bad("suffix", d.Environment.Name, fmt.Sprintf("a shorter one: the function's name %s has more than %d characters", name, maxFunctionName), "-c suffix=anna")
	}
	return Function{
		Name: name, Variant: v, Artifact: a, ArtifactID: r.ArtifactID(a.Name, arch), Architecture: arch,
		MemoryMB: cmp.Or(memoryMB, r.Memory.Default), Variables: v.Variables(d.Environment, d.Version),
	}, nil
}

// LiveAlias is the alias that the API calls a runtime's function by, with SnapStart
// and without: what it leads to changes only once it is ready.
const LiveAlias = "live"
