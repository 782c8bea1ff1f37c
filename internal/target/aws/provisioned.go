package aws

import (
	"context"
	"errors"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// provision publishes a version and keeps an environment ready for it.
func (s *session) provision(ctx context.Context) (version string, err error) {
	version, err = s.publish(ctx)
	if err != nil {
		return "", err
	}
	return version, s.target.account.provision(ctx, s.function.Name, version)
}

// ready takes the first call of an environment that was initialised ahead: cold in that
// nobody called it before, though its caller waited for no init. Lambda reports the init
// all the same; where the call took as long as both, it was not made ahead: no
// environment was ready.
func (s *session) ready(reply *target.Reply) {
	if reply.Report == nil || reply.Dead {
		return
	}
	reply.Cold = true
	if init := reply.Report.Init; init > 0 && reply.Client >= init+reply.Duration {
		reply.Failure, reply.Dead = "no environment was ready: its init fell into the call", true
	}
}

// provision makes Lambda keep environments ready for a version, and waits until they are.
func (a *Account) provision(ctx context.Context, name, version string) error {
	if err := a.ready(ctx, name, version); err != nil {
		return err
	}
	const allow = "lambda:PutProvisionedConcurrencyConfig and lambda:GetProvisionedConcurrencyConfig on it"
	doing := "keep an environment of " + name + " ready"
	_, err := a.control.PutProvisionedConcurrencyConfig(ctx, &lambda.PutProvisionedConcurrencyConfigInput{
		FunctionName: &name, Qualifier: &version, ProvisionedConcurrentExecutions: sdk.Int32(config.ProvisionedEnvironments),
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return deployed.Explain(err, a.Region, doing, allow)
	}
	limited, cancel := context.WithTimeout(ctx, snapshotPatience)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		got, err := a.control.GetProvisionedConcurrencyConfig(limited, &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: &name, Qualifier: &version})
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && limited.Err() == nil:
			return deployed.Explain(err, a.Region, doing, allow)
		case err == nil && got.Status == types.ProvisionedConcurrencyStatusEnumReady:
			return nil
		case err == nil && got.Status == types.ProvisionedConcurrencyStatusEnumFailed:
			return fault.New("AWS's own words stand above", "no environment of version %s of %s came to be ready: %s", version, name, sdk.ToString(got.StatusReason))
		}
		if bench.Wait(limited, pause) != nil && ctx.Err() == nil {
			return fault.New("measure again when the account has room for it", "no environment of version %s of %s was ready within %s", version, name, snapshotPatience)
		}
	}
}

// unprovision gives up the environments that are kept ready for a version. There need be
// none.
func (a *Account) unprovision(ctx context.Context, name, version string) error {
	_, err := a.control.DeleteProvisionedConcurrencyConfig(ctx, &lambda.DeleteProvisionedConcurrencyConfigInput{FunctionName: &name, Qualifier: &version})
	var none *types.ProvisionedConcurrencyConfigNotFoundException
	var gone *types.ResourceNotFoundException
	switch {
	case err == nil || errors.As(err, &none) || errors.As(err, &gone):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return deployed.Explain(err, a.Region, "give up the environment of version "+version+" of "+name, "lambda:DeleteProvisionedConcurrencyConfig on it")
}
