package main

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

// databaseFlags choose what stands behind the functions.
type databaseFlags struct {
	kind, endpoint string
}

func (d *databaseFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.kind, "dynamodb", string(dynamodb.Dynalite), "the database: dynalite, or local for Amazon's DynamoDB Local (fetched on first use)")
	cmd.Flags().StringVar(&d.endpoint, "dynamodb-endpoint", "", "use the DynamoDB at this URL instead")
}

func (d databaseFlags) options() (dynamodb.Options, error) {
	switch kind := dynamodb.Kind(d.kind); {
	case d.endpoint != "":
		return dynamodb.Options{Kind: dynamodb.Endpoint, Endpoint: d.endpoint}, nil
	case kind == dynamodb.Dynalite || kind == dynamodb.Local:
		return dynamodb.Options{Kind: kind}, nil
	}
	return dynamodb.Options{}, fault.Usage("use --dynamodb dynalite, --dynamodb local or --dynamodb-endpoint URL", "unknown database %q", d.kind)
}

// openLab prepares this machine: the cage, the engine and the database.
func (a *app) openLab(ctx context.Context, p project, database dynamodb.Options) (*local.Lab, error) {
	if notice := dynamodb.Notice(database.Kind); notice != "" {
		a.ui.Say("%s", notice)
	}
	return local.OpenLab(ctx, local.Options{
		DistDir: p.dist, CacheDir: p.cache, Version: version(), Database: database,
		Progress: func(step string) { a.ui.Say("%s", step) },
	})
}

// delegate starts bench again in a control group of its own where a plain user
// needs that for Lambda's limits. It returns only where that is not needed, or
// fails.
func delegate() error {
	argv, needed := sandbox.Reexec(os.Args)
	if !needed {
		return nil
	}
	if err := syscall.Exec(argv[0], argv, os.Environ()); err != nil {
		return fmt.Errorf("start %s: %w", argv[0], err)
	}
	return nil
}
