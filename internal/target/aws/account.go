// Package aws measures functions where they are deployed. A cold start is forced: the
// function's configuration gets another value of a variable that nobody reads, after
// which Lambda makes a new environment for the next call. Calls go to Lambda itself,
// one at a time, so that between two changes there is one environment that can answer
// them; each call's own REPORT, from the log tail of its answer, says what it took and
// whether it was cold. Only the unpublished version ($LATEST) is called and changed:
// the API in front calls an alias, and notices nothing.
//
//	account, err := aws.Open(ctx, settings)
//	t, err := aws.New(ctx, account, aws.Options{Environment: found, Runtimes: runtimes, DistDir: "dist"})
//	err = t.Begin(folder, configurations) // the journal
//	… // bench.Runner{Target: t}
//	err = t.End(ctx)
package aws

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/invoke"
)

// Account is an account in one region, as Lambda's API shows it.
type Account struct {
	ID, Region string
	control    *lambda.Client
	calls      *lambda.Client // see invoke.Client
	logs       *cloudwatchlogs.Client
	// credentials sign what goes to APIs that ask for it.
	credentials sdk.CredentialsProvider
}

// Open asks whose credentials these are. The settings are those of deployed.Connect.
func Open(ctx context.Context, settings sdk.Config) (*Account, error) {
	who, err := sts.NewFromConfig(settings).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, deployed.Explain(err, settings.Region, "ask whose credentials these are", "sts:GetCallerIdentity")
	}
	return &Account{
		ID: sdk.ToString(who.Account), Region: settings.Region, control: lambda.NewFromConfig(settings),
		calls: invoke.Client(settings), logs: cloudwatchlogs.NewFromConfig(settings), credentials: settings.Credentials,
	}, nil
}

// Masked is enough of the account's number to tell one's own apart.
func (a *Account) Masked() string { return "…" + a.ID[max(0, len(a.ID)-4):] }

// Function is how one is configured.
type Function struct {
	Name        string
	Description string
	MemoryMB    int
	Arch        string
	Timeout     time.Duration
	Variables   map[string]string
	// CodeSHA256 is base64; CodeBytes are those of the zip.
	CodeSHA256 string
	CodeBytes  int64
	Runtime    string // Lambda's id, such as provided.al2023
	Handler    string
	// RuntimeVersion is Lambda's own build of it, an ARN; "" where it has none.
	RuntimeVersion string
	// Image tells that its code is a container image, of which CodeSHA256 is the digest in
	// hexadecimal.
	Image bool
	// SnapStart tells whether published versions get a snapshot.
	SnapStart bool
	// Reserved concurrency, nil for none.
	Reserved *int32

	revision string
	failed   string // why the last update failed
}

// patience bounds how long an update may be under way: functions with a zip take
// seconds, those in a VPC a minute and more, and a version's snapshot some minutes.
const (
	patience         = 5 * time.Minute
	snapshotPatience = 15 * time.Minute
)

// Polls begin at once and become rarer.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// errGone is a function that is not there.
var errGone = errors.New("there is no such function")

// Look returns how a function is configured, once no update is under way. It asks by
// GetFunction, whose quota is its own (100 a second, against 15 for the other reads and
// writes together).
func (a *Account) Look(ctx context.Context, name string) (Function, error) {
	return a.look(ctx, name, nil, patience)
}

// look is Look, of a version unless it is nil.
func (a *Account) look(ctx context.Context, name string, version *string, longest time.Duration) (Function, error) {
	limited, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		got, err := a.control.GetFunction(limited, &lambda.GetFunctionInput{FunctionName: &name, Qualifier: version})
		var missing *types.ResourceNotFoundException
		switch {
		case ctx.Err() != nil:
			return Function{}, context.Cause(ctx)
		case errors.As(err, &missing):
			return Function{}, fault.New("deploy it again", "look at the function %s in %s: %w", name, a.Region, errGone)
		case err != nil && limited.Err() == nil:
			return Function{}, deployed.Explain(err, a.Region, "look at the function "+name, "lambda:GetFunction on it")
		}
		if err == nil {
			c := got.Configuration
			if c.Environment != nil && c.Environment.Error != nil {
				return Function{}, fault.New("allow kms:Decrypt with the function's key: what can't be read can't be put back",
					"%s does not show its environment variables: %s", name, sdk.ToString(c.Environment.Error.Message))
			}
			if c.LastUpdateStatus != types.LastUpdateStatusInProgress && c.State != types.StatePending {
				return functionOf(got), nil
			}
		}
		if bench.Wait(limited, pause) != nil && ctx.Err() == nil {
			return Function{}, fault.New("aws lambda get-function --function-name "+name+" tells its state", "%s: an update is under way for more than %s", name, longest)
		}
	}
}

func functionOf(got *lambda.GetFunctionOutput) Function {
	c := got.Configuration
	f := Function{
		Name: sdk.ToString(c.FunctionName), Description: sdk.ToString(c.Description), MemoryMB: int(sdk.ToInt32(c.MemorySize)), Arch: string(types.ArchitectureX8664),
		Timeout: time.Duration(sdk.ToInt32(c.Timeout)) * time.Second, Variables: map[string]string{},
		CodeSHA256: sdk.ToString(c.CodeSha256), CodeBytes: c.CodeSize, Runtime: string(c.Runtime), Handler: sdk.ToString(c.Handler),
		revision: sdk.ToString(c.RevisionId),
	}
	if len(c.Architectures) > 0 {
		f.Arch = string(c.Architectures[0])
	}
	if c.Environment != nil {
		maps.Copy(f.Variables, c.Environment.Variables)
	}
	if c.RuntimeVersionConfig != nil {
		f.RuntimeVersion = sdk.ToString(c.RuntimeVersionConfig.RuntimeVersionArn)
	}
	f.Image = c.PackageType == types.PackageTypeImage
	f.SnapStart = c.SnapStart != nil && c.SnapStart.ApplyOn == types.SnapStartApplyOnPublishedVersions
	if got.Concurrency != nil {
		f.Reserved = got.Concurrency.ReservedConcurrentExecutions
	}
	if c.State == types.StateFailed {
		f.failed = strings.TrimSpace(string(c.StateReasonCode) + " " + sdk.ToString(c.StateReason))
	}
	if c.LastUpdateStatus == types.LastUpdateStatusFailed {
		f.failed = strings.TrimSpace(string(c.LastUpdateStatusReasonCode) + " " + sdk.ToString(c.LastUpdateStatusReason))
	}
	return f
}

// is tells whether the function is configured so.
func (f Function) is(memoryMB int, variables map[string]string) bool {
	return f.MemoryMB == memoryMB && maps.Equal(f.Variables, variables)
}

// configure gives a function another configuration, if nobody else has changed it since
// f was looked at, and waits until it holds.
func (a *Account) configure(ctx context.Context, f Function, memoryMB int, variables map[string]string) (Function, error) {
	_, err := a.control.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: &f.Name, MemorySize: sdk.Int32(int32(memoryMB)), Environment: &types.Environment{Variables: variables}, RevisionId: &f.revision,
	})
	var stale *types.PreconditionFailedException
	switch {
	case ctx.Err() != nil:
		return Function{}, context.Cause(ctx)
	case errors.As(err, &stale): // an answer may have been lost, and the SDK asked again
	case err != nil:
		return Function{}, deployed.Explain(err, a.Region, "change the configuration of "+f.Name, "lambda:UpdateFunctionConfiguration on it")
	}
	now, err := a.Look(ctx, f.Name)
	switch {
	case err != nil:
		return Function{}, err
	case !now.is(memoryMB, variables):
		return Function{}, fault.New("measure again when nobody deploys there", "somebody else has changed %s in the meantime", f.Name)
	case now.failed != "":
		return Function{}, fault.New("AWS's own words stand above", "the changed configuration of %s did not come into force: %s", f.Name, now.failed)
	}
	return now, nil
}
