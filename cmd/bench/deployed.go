package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/script"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// deployedFlags name a deployed environment.
type deployedFlags struct {
	environment, suffix, region string
	withoutKey                  bool // of the API: nobody will ask it
}

func (f *deployedFlags) add(cmd *cobra.Command, environment string) {
	cmd.Flags().StringVar(&f.environment, "environment", environment, "the deployed environment: dev, staging or prod")
	cmd.Flags().StringVar(&f.suffix, "suffix", "", "of an environment of one's own, as in cdk deploy -c suffix=anna")
	cmd.Flags().StringVar(&f.region, "region", "", "where it is deployed (default: AWS_REGION, or the profile's)")
}

// name is the environment's, with its suffix.
func (f deployedFlags) name() (string, error) {
	if _, err := config.LookupEnvironment(f.environment); err != nil {
		return "", err
	}
	if f.suffix == "" {
		return f.environment, nil
	}
	name, own := config.WithSuffix(f.environment, f.suffix)
	if !own {
		return "", fault.Usage("up to 12 small letters and digits", "--suffix %s: not a suffix", f.suffix)
	}
	return name, nil
}

// find asks AWS where it is, and which of the runtimes are there.
func (f deployedFlags) find(ctx context.Context, runtimes []config.Runtime) (deployed.Environment, error) {
	name, err := f.name()
	if err != nil {
		return deployed.Environment{}, err
	}
	o := deployed.Options{Region: f.region, WithoutKey: f.withoutKey}
	for _, r := range runtimes {
		o.Runtimes = append(o.Runtimes, r.Name)
	}
	return deployed.Find(ctx, name, o)
}

// keepDeployed takes the runtimes that are not deployed out of the project. What was
// asked for by name must be there.
func keepDeployed(ui *ui, p *project, found deployed.Environment) error {
	var missing []string
	p.runtimes = slices.DeleteFunc(p.runtimes, func(r config.Runtime) bool {
		_, there := found.Functions[r.Name]
		if !there {
			missing = append(missing, r.Name)
		}
		return !there
	})
	if len(missing) > 0 && (!p.all || len(p.runtimes) == 0) {
		return fault.New("deploy it, or name what is there with --runtime", "%s in %s has no %s", found.Name, found.Region, strings.Join(missing, ", "))
	}
	if len(missing) > 0 {
		ui.Say("%s in %s has no %s: left out", found.Name, found.Region, strings.Join(missing, ", "))
	}
	return nil
}

func (a *app) targetCommand() *cobra.Command {
	var flags deployedFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "target",
		Short: "Tell where a deployed environment answers, and its API key",
		Long: `Ask AWS where an environment is that was deployed with cdk deploy: its URL and API key,
as a shell takes them, or with --json its functions by runtime as well. The key is a
secret. Credentials and region are those of the AWS CLI.`,
		Example: `  bench target
  eval "$(bench target --environment dev --suffix anna)"; curl -H "x-api-key: $KEY" "$URL/go/items"
  eval "$(bench target)"; API_KEY=$KEY test/k6/run.sh load "$URL"
  bench target --environment prod --region eu-west-1 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.open(nil)
			if err != nil {
				return err
			}
			found, err := flags.find(cmd.Context(), p.runtimes)
			if err != nil {
				return err
			}
			if asJSON {
				return a.ui.JSON(found)
			}
			_, err = fmt.Fprintf(a.ui.stdout, "URL=%s\nKEY=%s\n", script.Quote(found.URL), script.Quote(found.Key))
			return err
		},
	}
	flags.add(cmd, config.Dev)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print everything as JSON")
	return cmd
}
