package main

import (
	"context"
	"fmt"
	"io"
	"os"
	goruntime "runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

// databaseFlags choose what stands behind the functions.
type databaseFlags struct {
	kind, endpoint string
	tls            bool
	faults         []string
}

func (d *databaseFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.kind, "dynamodb", string(dynamodb.Builtin), "the database: builtin, dynalite (needs Node.js), dynoxide (if installed), or local for Amazon's DynamoDB Local (fetched on first use)")
	cmd.Flags().BoolVar(&d.tls, "database-tls", true, "functions speak TLS with the database, as on AWS; false marks a run")
	cmd.Flags().StringVar(&d.endpoint, "dynamodb-endpoint", "", "use the DynamoDB at this URL instead")
}

// database is what stands behind the functions, and how they speak with it.
type database struct {
	dynamodb.Options
	TLS    bool
	Faults []dynamodb.Fault
}

func (d databaseFlags) options() (database, error) {
	faults, err := d.parseFaults()
	if err != nil {
		return database{}, err
	}
	chosen := database{TLS: d.tls, Faults: faults}
	if d.endpoint != "" {
		chosen.Kind, chosen.Endpoint = dynamodb.Endpoint, d.endpoint
		return chosen, nil
	}
	chosen.Kind = dynamodb.Kind(d.kind)
	if !slices.Contains(dynamodb.Kinds, chosen.Kind) {
		return chosen, fault.Usage("use --dynamodb builtin, dynalite, dynoxide or local, or --dynamodb-endpoint URL", "unknown database %q", d.kind)
	}
	return chosen, nil
}

// addFaults is for commands whose figures nobody takes for the functions' own.
func (d *databaseFlags) addFaults(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&d.faults, "database-fault", nil,
		fmt.Sprintf("make the database fail, as KIND or KIND:OPERATION, such as internal-error:GetItem or slow=2s:PutItem; kinds: %v", dynamodb.FaultKinds()))
}

// parseFaults reads KIND or KIND:OPERATION, the kind with a time behind "=" where it is slow.
func (d databaseFlags) parseFaults() ([]dynamodb.Fault, error) {
	var faults []dynamodb.Fault
	for _, text := range d.faults {
		kind, operation, _ := strings.Cut(text, ":")
		kind, hold, held := strings.Cut(kind, "=")
		one := dynamodb.Fault{Kind: dynamodb.FaultKind(kind), Operation: operation}
		if held {
			var err error
			if one.Hold, err = time.ParseDuration(hold); err != nil {
				return nil, fault.Usage("write it as slow=2s, or slow=2s:GetItem", "--database-fault %s: not a time", text)
			}
		}
		faults = append(faults, one)
	}
	return faults, nil
}

// openLab prepares this machine: the cage, the engine and the database. logs gets what
// functions print; nil is nobody.
func (a *app) openLab(ctx context.Context, p project, d database, logs io.Writer) (*local.Lab, error) {
	if notice := dynamodb.Notice(d.Kind); notice != "" {
		a.ui.Say("%s", notice)
	}
	return local.OpenLab(ctx, local.Options{
		Logs: logs, DistDir: p.dist, CacheDir: p.cache, Version: version(), Database: d.Options, TLS: d.TLS, Tap: dynamodb.TapOptions{Faults: d.Faults},
		Progress: func(step string) { a.ui.Say("%s", step) }, Installing: a.ui.installing,
	})
}

// hostArch is this machine's architecture, in Lambda's words.
func hostArch() string {
	if goruntime.GOARCH == "arm64" {
		return config.ARM64
	}
	return config.X8664
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
