package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
)

// nodeRuntime is the Lambda runtime whose interpreter the CDK's library runs in as
// well: one pinned Node.js for both, found or fetched into the cache.
const nodeRuntime = "nodejs24.x"

// withPinnedNode starts this program again with JSII_NODE, unless somebody has set
// it. The CDK's library reads the variable when its package is initialised, which
// is too early to set it here. Where no such Node.js can be had, whatever is on
// the PATH must do.
func withPinnedNode(ctx context.Context, stderr io.Writer) error {
	if os.Getenv("JSII_NODE") != "" {
		return nil
	}
	node, err := findNode(ctx, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "warning: the CDK runs in whatever Node.js is on the PATH: %v\n", err)
		node = "node"
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start again: %w", err)
	}
	// Setenv, since of two entries the new process would take the first, even an empty one.
	if err := os.Setenv("JSII_NODE", node); err != nil {
		return fmt.Errorf("start again: %w", err)
	}
	jsii.Close() // removes its temporary folder, which the new process would forget
	if err := syscall.Exec(program, os.Args, os.Environ()); err != nil {
		return fmt.Errorf("start again: %w", err)
	}
	return nil
}

func findNode(ctx context.Context, stderr io.Writer) (string, error) {
	cache, err := build.DefaultCacheDir()
	if err != nil {
		return "", err
	}
	client, err := runtimeclient.Load(nodeRuntime)
	if err != nil {
		return "", err
	}
	client.Installing = func(string) runtimeclient.Work {
		fmt.Fprintln(stderr, "fetching Node.js for the CDK into the cache")
		return nil
	}
	found, err := client.FindInterpreter(ctx, cache)
	return found.Path, err
}
