//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// snapStart switches a runtime to its variant with SnapStart and back, while somebody
// calls it all the time.
func (d *deployment) snapStart(t *testing.T) {
	snapped := ""
	i := slices.IndexFunc(d.runtimes, func(r config.Runtime) bool {
		for _, name := range r.VariantNames() {
			if v := r.Variants[name]; v.SnapStart && v.Kind == config.API {
				snapped = name
				return true
			}
		}
		return false
	})
	if i < 0 {
		t.Fatal("got no runtime with a SnapStart variant")
	}
	r := d.runtimes[i]
	for _, step := range []struct {
		choices []string
		want    lambdatypes.SnapStartApplyOn
	}{
		{chosen("variant=" + r.Name + ":" + snapped), lambdatypes.SnapStartApplyOnPublishedVersions},
		{chosen(), lambdatypes.SnapStartApplyOnNone},
	} {
		d.silent(t, notValidated, step.choices...)
		done, calls := make(chan struct{}), make(chan []string)
		go d.callUntil(done, calls, d.url(t)+r.Prefixes[0]+"/health", d.key(t))
		d.deployAll(t)
		close(done)
		answers := <-calls
		if failed := slices.DeleteFunc(slices.Clone(answers), func(a string) bool { return a == "200" }); len(failed) > 0 || len(answers) < 5 {
			t.Errorf("SnapStart %s: got %d calls, of which failed: %v", step.want, len(answers), failed)
		}
		t.Logf("SnapStart %s: %d calls while it was deployed, all answered", step.want, len(answers))
		alias, err := lambda.NewFromConfig(d.aws).GetFunctionConfiguration(d.ctx, &lambda.GetFunctionConfigurationInput{
			FunctionName: aws.String(config.FunctionName(r.Name, environment)), Qualifier: aws.String(config.LiveAlias),
		})
		if err != nil {
			t.Fatal(err)
		}
		got := lambdatypes.SnapStartApplyOnNone
		if alias.SnapStart != nil {
			got = alias.SnapStart.ApplyOn
		}
		if got != step.want || aws.ToString(alias.Version) == "$LATEST" {
			t.Errorf("got the alias at version %s with SnapStart %s, want %s", aws.ToString(alias.Version), got, step.want)
		}
	}
}

// callUntil asks one call after the other, and tells the statuses in the end.
func (d *deployment) callUntil(done <-chan struct{}, answers chan<- []string, url, key string) {
	var got []string
	defer func() { answers <- got }()
	for {
		select {
		case <-done:
			return
		default:
		}
		request, err := http.NewRequestWithContext(d.ctx, http.MethodGet, url, nil)
		if err != nil {
			got = append(got, err.Error())
			return
		}
		request.Header.Set("X-Api-Key", key)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			got = append(got, err.Error())
			return
		}
		_ = response.Body.Close()
		got = append(got, fmt.Sprint(response.StatusCode))
	}
}

// beside deploys another developer's environment into the same account, and takes it
// down again. Neither notices the other.
func (d *deployment) beside(t *testing.T) {
	other := config.Dev + "-other"
	r := d.runtimes[0]
	out := filepath.Join(t.TempDir(), "cdk.out")
	stacks := []string{config.StackName(config.SharedPart, other), config.StackName(r.Name, other)}
	cdk := func(args ...string) {
		cmd := d.cdkCommand(append(append(args, stacks...), "--output", out, "-c", "suffix=other")...)
		cmd.Env = append(cmd.Env, "CDK_VALIDATION=false")
		run(t, cmd)
	}
	functions := func() (names []string) {
		list, err := lambda.NewFromConfig(d.aws).ListFunctions(d.ctx, &lambda.ListFunctionsInput{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list.Functions {
			names = append(names, aws.ToString(f.FunctionName))
		}
		return names
	}
	cdk("deploy", "--exclusively", "--require-approval", "never")
	for _, e := range []string{environment, other} {
		if name := config.FunctionName(r.Name, e); !slices.Contains(functions(), name) {
			t.Errorf("got no %s among %v", name, functions())
		}
	}
	d.health(t, r, http.StatusOK)
	cdk("destroy", "--exclusively", "--force")
	if name := config.FunctionName(r.Name, other); slices.Contains(functions(), name) {
		t.Errorf("got %s still", name)
	}
	d.health(t, r, http.StatusOK)
}
