// Command cdk is the CDK application that the CDK's command line runs: it checks
// the context, looks for the artifacts and writes the templates.
//
//	npx cdk deploy --all -c environment=dev
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/stacks"
)

func main() { os.Exit(run(".", os.Getenv("CDK_CONTEXT_JSON"), os.Stderr)) }

// run is the whole program: it returns the exit code. Everything that a person
// can get wrong is found before the CDK's Node process starts.
func run(root, context string, stderr io.Writer) int {
	cfg, err := configure(root, context)
	if err != nil {
		fmt.Fprintln(stderr, "error:", err)
		if hint := fault.Hint(err); hint != "" {
			fmt.Fprintln(stderr, "hint:", hint)
		}
		if fault.IsUsage(err) {
			return 2
		}
		return 1
	}
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stacks.Build(app, cfg)
	app.Synth(nil)
	return 0
}

// configure reads context, runtimes and artifacts.
func configure(root, context string) (stacks.Config, error) {
	values := map[string]any{}
	if context != "" {
		if err := json.Unmarshal([]byte(context), &values); err != nil {
			return stacks.Config{}, fmt.Errorf("read CDK_CONTEXT_JSON: %w", err)
		}
	}
	runtimes, err := config.Discover(root)
	if err != nil {
		return stacks.Config{}, err
	}
	version, err := config.ReadVersion(root)
	if err != nil {
		return stacks.Config{}, err
	}
	d, err := config.ParseContext(values, runtimes, version)
	if err != nil {
		return stacks.Config{}, err
	}
	zips := map[string]string{}
	for _, r := range d.Runtimes {
		for _, f := range r.Functions() {
			built, err := build.Open(filepath.Join(root, "dist"), r.Runtime, f.Artifact.Name, d.Architecture)
			if err != nil {
				return stacks.Config{}, err
			}
			zips[f.ArtifactID] = built.Path
		}
	}
	return stacks.Config{Deployment: d, Zips: zips}, nil
}
