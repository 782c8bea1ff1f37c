package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// Config is everything that the stacks are made from.
type Config struct {
	config.Deployment
	// Zips are the artifacts' paths by the ArtifactID of the functions that are
	// deployed now.
	Zips map[string]string
	// LoadZip is that of the load workers; empty where the environment has none.
	LoadZip string
}

// App holds the stacks of one deployment.
type App struct {
	Shared     *SharedStack
	Runtimes   []*RuntimeStack
	Monitoring *MonitoringStack
	Load       *LoadStack // nil unless the environment has load workers
}

// Build adds the stacks to the app: of the runtimes, those that are deployed now.
func Build(app awscdk.App, cfg Config) *App {
	shared := NewSharedStack(app, config.StackName(config.SharedPart, cfg.Environment.Name), &SharedStackProps{Deployment: cfg.Deployment})
	built := &App{Shared: shared}
	for _, r := range cfg.Runtimes {
		if !r.Now {
			continue
		}
		built.Runtimes = append(built.Runtimes, NewRuntimeStack(app, config.StackName(r.Runtime.Name, cfg.Environment.Name), &RuntimeStackProps{
			Deployment: cfg.Deployment, Runtime: r, Zips: cfg.Zips, Shared: shared,
		}))
	}
	built.Monitoring = NewMonitoringStack(app, config.StackName(config.MonitoringPart, cfg.Environment.Name), &MonitoringStackProps{Deployment: cfg.Deployment})
	if cfg.Environment.Load {
		built.Load = NewLoadStack(app, config.StackName(config.LoadPart, cfg.Environment.Name), &LoadStackProps{Deployment: cfg.Deployment, Zip: cfg.LoadZip, Shared: shared})
	}
	return built
}

// newStack makes a stack for whatever account and region the caller deploys to.
func newStack(app awscdk.App, id, about string, d config.Deployment) awscdk.Stack {
	return awscdk.NewStack(app, jsii.String(id), &awscdk.StackProps{
		TerminationProtection: jsii.Bool(d.Environment.TerminationProtection),
		Description:           jsii.String("Multi-Runtime Lambda Benchmark, " + d.Environment.Name + ": " + about),
		Tags: &map[string]*string{
			"project":     jsii.String(config.Prefix),
			"environment": jsii.String(d.Environment.Name),
		},
	})
}
