package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/awsjournal"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
)

// journals is the folder of what runs have changed.
func (a *app) journals() (string, error) {
	cache, err := a.cacheDir()
	return filepath.Join(cache, "aws"), err
}

func (a *app) awsRestoreCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "restore [journal]",
		Short: "Put back what a run of bench aws has changed and left so",
		Long: `Put back what a run of bench aws has changed in functions and did not put back itself,
because it was killed, or its credentials expired: from the named journal, which may
come from another machine, or from all that lie here. What somebody else has changed
since is left as it is.`,
		Example: `  bench aws restore
  AWS_PROFILE=bench bench aws restore 123456789012-eu-west-1-dev.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.awsRestore(cmd.Context(), args, force) },
	}
	cmd.Flags().BoolVar(&force, "force", false, "put back even what somebody else has changed since")
	return cmd
}

func (a *app) awsRestore(ctx context.Context, paths []string, force bool) error {
	if len(paths) == 0 {
		folder, err := a.journals()
		if err != nil {
			return err
		}
		if paths, err = awsjournal.Left(folder); err != nil {
			return err
		}
		if len(paths) == 0 {
			a.ui.Say("nothing is left to be put back")
			return nil
		}
	}
	var errs []error
	for _, path := range paths {
		errs = append(errs, a.restoreFrom(ctx, path, force))
	}
	return errors.Join(errs...)
}

func (a *app) restoreFrom(ctx context.Context, path string, force bool) error {
	j, err := awsjournal.Read(path)
	if err != nil {
		return err
	}
	settings, err := deployed.Connect(ctx, j.Region)
	if err != nil {
		return err
	}
	account, err := aws.Open(ctx, settings)
	if err != nil {
		return err
	}
	restored, err := account.Restore(ctx, j, force)
	for _, one := range restored {
		if one.Versions > 0 {
			a.ui.Say("%s of %s deleted", phrase.Plural(one.Versions, "version", "versions"), one.Name)
		}
		switch {
		case one.Gone:
			a.ui.Say("%s is gone: there is nothing to put back", one.Name)
		case one.Same:
			a.ui.Say("%s is as it was before", one.Name)
		default:
			a.ui.Say("%s is put back", one.Name)
		}
	}
	if err != nil {
		return err
	}
	return awsjournal.Remove(path)
}
