// Command cdk is the CDK application, which the CDK's command line builds and
// runs as cdk.json says: it checks the context, builds what has changed of the
// artifacts, and writes the templates.
//
//	npx cdk deploy --all -c environment=dev
//
// It refuses to guess: a context that it does not understand ends it with one
// line, a hint and exit code 2, before anything is built or deployed.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/stacks"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Getenv("CDK_CONTEXT_JSON"), os.Stderr))
}

// run is the whole program, in the checkout's folder, where the CDK starts it:
// it returns the exit code (0 fine, 1 failed, 2 called wrongly).
func run(ctx context.Context, cdkContext string, stderr io.Writer) int {
	defer closeCDK(stderr)
	if err := app(ctx, cdkContext, stderr); err != nil {
		fmt.Fprintln(stderr, "error:", strings.ReplaceAll(err.Error(), "\n", "\nerror: "))
		if hint := fault.Hint(err); hint != "" {
			fmt.Fprintln(stderr, "hint:", hint)
		}
		if fault.IsUsage(err) {
			return 2
		}
		return 1
	}
	return 0
}

func app(ctx context.Context, cdkContext string, stderr io.Writer) (err error) {
	plan, err := readPlan(".", cdkContext)
	if err != nil {
		return err
	}
	if err := withPinnedNode(ctx, stderr); err != nil {
		return err
	}
	fmt.Fprint(stderr, plan.words())
	temporary, err := os.MkdirTemp("", "cdk-app-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer os.RemoveAll(temporary) //nolint:errcheck // nothing of worth is in it
	zips, err := plan.artifacts(ctx, filepath.Join(".", "dist"), temporary, stderr)
	if err != nil {
		return err
	}
	// The CDK's library panics with what is wrong; its stack trace would bury that.
	defer func() {
		if refused := recover(); refused != nil {
			err = fault.New("the CDK's own words stand above; its report is in cdk.out", "synthesise the stacks: %v", refused)
		}
	}()
	root := awscdk.NewApp(nil)
	cfg := stacks.Config{Deployment: plan.Deployment, Zips: zips}
	if plan.Environment.Load {
		worker, err := plan.loadRequest()
		if err != nil {
			return err
		}
		cfg.LoadZip = zips[worker.ID()]
	}
	stacks.Build(root, cfg)
	root.Synth(nil)
	return nil
}

// closeCDK ends the Node.js process and removes the temporary folder that the
// CDK's package makes as soon as it is imported. Two of the package's goroutines
// wait for the process, and the one that comes second complains: that line is
// kept back, and nothing else.
func closeCDK(stderr io.Writer) {
	read, write, err := os.Pipe()
	if err != nil {
		jsii.Close()
		return
	}
	os.Stderr = write
	jsii.Close()
	_ = write.Close()
	defer read.Close() //nolint:errcheck // it was only read
	said, _ := io.ReadAll(read)
	for line := range strings.Lines(string(said)) {
		if !strings.Contains(line, "waitid: no child processes") {
			fmt.Fprint(stderr, line)
		}
	}
}
