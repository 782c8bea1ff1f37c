package aws

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// publish makes a version of the unpublished one, which must have changed since the
// latest was made. The description is how a restoration finds it.
func (a *Account) publish(ctx context.Context, f Function, description string) (version string, err error) {
	made, err := a.control.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: &f.Name, Description: &description, CodeSha256: &f.CodeSHA256})
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err != nil:
		return "", deployed.Explain(err, a.Region, "publish a version of "+f.Name, "lambda:PublishVersion on it")
	case sdk.ToString(made.Description) != description: // Lambda answers the latest where nothing is new
		return "", fault.New("measure again when nobody deploys there", "Lambda made no new version of %s: got version %s, which is another's", f.Name, sdk.ToString(made.Version))
	}
	return sdk.ToString(made.Version), nil
}

// ready waits until a version can be called: its snapshot is made by then.
func (a *Account) ready(ctx context.Context, name, version string) error {
	now, err := a.look(ctx, name, &version, snapshotPatience)
	if err == nil && now.failed != "" {
		err = fault.New("AWS's own words stand above", "version %s of %s did not come to be: %s", version, name, now.failed)
	}
	return err
}

// number is that of a version. Without one, DeleteFunction takes the whole function
// away.
var number = regexp.MustCompile(`^[1-9][0-9]*$`)

// unpublish deletes a version that a run has made, with the environments that are kept
// ready for it.
func (a *Account) unpublish(ctx context.Context, name, version string, provisioned bool) error {
	if !number.MatchString(version) {
		return fmt.Errorf("delete a version of %s: got %q, wanted a version's number", name, version)
	}
	if provisioned {
		if err := a.unprovision(ctx, name, version); err != nil {
			return err
		}
	}
	remove := func() error {
		_, err := a.control.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &name, Qualifier: &version})
		return err
	}
	err := remove()
	var busy *types.ResourceConflictException
	if errors.As(err, &busy) { // its snapshot is being made
		if _, err := a.look(ctx, name, &version, snapshotPatience); err != nil && !errors.Is(err, errGone) {
			return err
		}
		err = remove()
	}
	var gone *types.ResourceNotFoundException
	switch {
	case err == nil || errors.As(err, &gone):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return deployed.Explain(err, a.Region, "delete version "+version+" of "+name, "lambda:DeleteFunction on it")
}

// unpublishAll deletes all versions that a run has made, whether it came to know of
// them or not.
func (a *Account) unpublishAll(ctx context.Context, run, name string, provisioned bool) (deleted int, err error) {
	var all []string // before the first is deleted: pages would shift
	pages := lambda.NewListVersionsByFunctionPaginator(a.control, &lambda.ListVersionsByFunctionInput{FunctionName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return deleted, deployed.Explain(err, a.Region, "list the versions of "+name, "lambda:ListVersionsByFunction on it")
		}
		for _, v := range page.Versions {
			if version := sdk.ToString(v.Version); ours(run, sdk.ToString(v.Description)) && number.MatchString(version) {
				all = append(all, version)
			}
		}
	}
	for _, version := range all {
		if err := a.unpublish(ctx, name, version, provisioned); err != nil {
			return deleted, err
		}
		deleted++
	}
	return deleted, nil
}
