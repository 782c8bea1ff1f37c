package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
)

// plan is what this run is asked to do.
type plan struct {
	config.Deployment
	root string
	// withoutCode: the command deploys nothing (destroy, list), so that nothing
	// needs to be built.
	withoutCode bool
}

// bundling is where the CDK's command line says which stacks need their code.
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
	stacks, said := values[bundling].([]any)
	return plan{Deployment: d, root: root, withoutCode: said && len(stacks) == 0}, nil
}

// artifacts returns the zips by ArtifactID. What is missing or out of date is
// built; where no code is needed, a missing one is an empty archive in temporary.
func (p plan) artifacts(ctx context.Context, dist, temporary string, stderr io.Writer) (map[string]string, error) {
	var requests []build.Request
	for _, r := range p.Runtimes {
		for _, f := range r.Functions() {
			requests = append(requests, build.Request{Runtime: r.Runtime, Artifact: f.Artifact.Name, Arch: p.Architecture})
		}
	}
	zips := map[string]string{}
	if p.withoutCode {
		for _, r := range requests {
			path, err := emptyZip(temporary, r.ID())
			if err != nil {
				return nil, err
			}
			zips[r.ID()] = path
		}
		return zips, nil
	}
	cache, err := build.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	built, err := build.Build(ctx, requests, build.Options{Root: p.root, DistDir: dist, CacheDir: cache, Progress: progress{stderr}})
	if err != nil {
		return nil, err
	}
	for _, b := range built {
		if b.Err != nil {
			return nil, b.Err // a tool is missing: nothing is deployed by halves
		}
		zips[b.Request.ID()] = b.Path
	}
	return zips, nil
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
