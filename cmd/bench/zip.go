package main

import (
	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// zipFlags describe a guest that has no manifest.
type zipFlags struct{ zip, handler, lambdaRuntime string }

func (z *zipFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&z.zip, "zip", "", "a function without a runtime.yaml: its zip, or a folder with its files, such as one of .aws-sam/build")
	cmd.Flags().StringVar(&z.handler, "handler", "", "with --zip: the function's handler, such as index.handler")
	cmd.Flags().StringVar(&z.lambdaRuntime, "lambda-runtime", "", "with --zip: Lambda's id of the runtime, such as nodejs24.x")
}

// runtimes is the guest, or none.
func (z zipFlags) runtimes() ([]config.Runtime, error) {
	if z.zip == "" {
		if z.handler != "" || z.lambdaRuntime != "" {
			return nil, fault.Usage("a folder with a runtime.yaml has them in there", "--handler and --lambda-runtime: got no --zip, want one beside them")
		}
		return nil, nil
	}
	r, err := config.FromZip(z.zip, z.lambdaRuntime, z.handler)
	if err != nil {
		return nil, err
	}
	return []config.Runtime{r}, nil
}
