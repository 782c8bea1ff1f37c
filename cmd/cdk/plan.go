package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
)

// plan is what this run is asked to do.
type plan struct {
	config.Deployment
	root string
	// deploying are the patterns of the stacks whose code is needed; none for a
	// command that deploys nothing (destroy, list).
	deploying []string
}

// bundling is where the CDK's command line says which stacks need their code: all
// ("**"), unless it was told to deploy some of them exclusively.
const bundling = "aws:cdk:bundling-stacks"

func readPlan(root, cdkContext string) (plan, error) {
	values := map[string]any{}
	if cdkContext != "" {
		if err := json.Unmarshal([]byte(cdkContext), &values); err != nil {
			return plan{}, fmt.Errorf("read CDK_CONTEXT_JSON: %w", err)
		}
	}
	runtimes, err := config.Discover(root)
	if err != nil {
		return plan{}, err
	}
	version, err := config.ReadVersion(root)
	if err != nil {
		return plan{}, err
	}
	d, err := config.ParseContext(values, runtimes, version)
	if err != nil {
		return plan{}, err
	}
	if err := dashboards.Check(d); err != nil {
		return plan{}, err
	}
	deploying := []string{"**"}
	if patterns, said := values[bundling].([]any); said {
		deploying = nil
		for _, pattern := range patterns {
			deploying = append(deploying, fmt.Sprint(pattern))
		}
	}
	return plan{Deployment: d, root: root, deploying: deploying}, nil
}

// needsCode tells whether the command deploys the runtime's stack. What the command
// line would match in a way that we don't is built: rather too much than too little.
func (p plan) needsCode(r config.DeployedRuntime) bool { return p.deploys(r.Runtime.Name) }

func (p plan) deploys(part string) bool {
	stack := config.StackName(part, p.Environment.Name)
	return slices.ContainsFunc(p.deploying, func(pattern string) bool {
		matches, err := path.Match(pattern, stack)
		return matches || err != nil || strings.ContainsAny(pattern, "{!(") || strings.Contains(pattern, "**")
	})
}

// words say before it happens what a deployment takes away.
func (p plan) words() string {
	if len(p.deploying) == 0 {
		return ""
	}
	var b strings.Builder
	for _, name := range p.Without {
		stack := config.StackName(name, p.Environment.Name)
		fmt.Fprintf(&b, "without %s: its routes, its alarms and its part of the dashboard are removed, where they are deployed; its function stays until: cdk destroy %s\n", name, stack)
	}
	return b.String()
}

// artifacts returns the zips by ArtifactID. What is missing or out of date is
// built; where no code is needed, it is an empty archive in temporary, which is
// never uploaded.
func (p plan) artifacts(ctx context.Context, dist, temporary string, stderr io.Writer) (map[string]string, error) {
	var requests []build.Request
	zips := map[string]string{}
	for _, r := range p.Runtimes {
		if !r.Now {
			continue
		}
		for _, f := range r.Functions() {
			request := build.Request{Runtime: r.Runtime, Artifact: f.Artifact.Name, Arch: f.Architecture}
			if p.needsCode(r) {
				if !slices.ContainsFunc(requests, func(other build.Request) bool { return other.ID() == request.ID() }) {
					requests = append(requests, request)
				}
				continue
			}
			path, err := emptyZip(temporary, request.ID())
			if err != nil {
				return nil, err
			}
			zips[request.ID()] = path
		}
	}
	if p.Environment.Load {
		request, err := p.loadRequest()
		if err != nil {
			return nil, err
		}
		if p.deploys(config.LoadPart) {
			requests = append(requests, request)
		} else if zips[request.ID()], err = emptyZip(temporary, request.ID()); err != nil {
			return nil, err
		}
	}
	if len(requests) == 0 {
		return zips, nil
	}
	cache, err := build.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	built, err := build.Build(ctx, requests, build.Options{Root: p.root, DistDir: dist, CacheDir: cache, Progress: progress{stderr}, Installing: installing(stderr)})
	if err != nil {
		return nil, err
	}
	for _, b := range built {
		if b.Err != nil { // nothing is deployed by halves
			return nil, p.orAPart(b)
		}
		zips[b.Request.ID()] = b.Path
	}
	return zips, nil
}

// loadRequest is the load workers' artifact. They have a manifest as runtimes do, and
// are none.
func (p plan) loadRequest() (build.Request, error) {
	r, err := config.LoadRuntime(filepath.Join(p.root, "cmd", "loadworker"))
	if err != nil {
		return build.Request{}, err
	}
	return build.Request{Runtime: r, Artifact: r.DefaultVariant().Artifact, Arch: p.Architecture}, nil
}

// orAPart adds to a build's error what can be deployed all the same.
func (p plan) orAPart(failed build.Built) error {
	var others []string
	for _, r := range p.Runtimes {
		if r.Now && r.Runtime.Name != failed.Request.Runtime.Name {
			others = append(others, r.Runtime.Name)
		}
	}
	if len(others) == 0 {
		return failed.Err
	}
	hint := "deploy a part, which leaves the rest as it is: -c runtimes=" + strings.Join(others, ",")
	if first := fault.Hint(failed.Err); first != "" {
		hint = first + "; or " + hint
	}
	return fault.New(hint, "%w", failed.Err)
}

func emptyZip(dir, id string) (path string, err error) {
	path = filepath.Join(dir, id+".zip")
	f, err := os.Create(path)
	if err != nil {
		return "", fmt.Errorf("make an empty archive: %w", err)
	}
	if err := zip.NewWriter(f).Close(); err != nil {
		return "", fmt.Errorf("make an empty archive: %w", err)
	}
	return path, f.Close()
}

// progress says what is being built; what has not changed is not worth a word.
type progress struct{ stderr io.Writer }

func (p progress) Started(id string, expected time.Duration) {
	fmt.Fprintf(p.stderr, "building %s (about %s with empty caches)\n", id, expected)
}

func (progress) Line(string, string) {}

func (progress) Done(build.Built) {}

func installing(stderr io.Writer) func(string) runtimeclient.Work {
	return func(what string) runtimeclient.Work {
		fmt.Fprintf(stderr, "installing %s: once, and up to a minute\n", what)
		return nil
	}
}
