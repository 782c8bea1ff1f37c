//go:build e2e

package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// rare is a tool that few machines have: who lacks it must be able to deploy the rest.
const rare = "cargo"

// part deploys one runtime's stack on a machine that can't build another's, and
// then a selection. Neither takes anything from the others.
func (d *deployment) part(t *testing.T) {
	needy := slices.IndexFunc(d.runtimes, func(r config.Runtime) bool {
		return slices.ContainsFunc(r.Toolchain, func(tool config.Tool) bool { return tool.Tool == rare })
	})
	alone := slices.IndexFunc(d.runtimes, func(r config.Runtime) bool { return r.Name != d.runtimes[max(needy, 0)].Name })
	if needy < 0 || alone < 0 {
		t.Fatalf("got no runtime that needs %s, or no other", rare)
	}
	d.hideArtifacts(t, d.runtimes[needy])
	env := withoutTool(t, rare)
	stack := config.StackName(d.runtimes[alone].Name, environment)
	out := filepath.Join(t.TempDir(), "cdk.out")
	cdk := func(args ...string) *exec.Cmd {
		cmd := d.cdkCommand(append(args, "--output", out, "-c", "suffix="+suffix, "-c", "alertEmail=ops@example.com", "-c", "memory=512")...)
		cmd.Env = append(cmd.Env, append(env, "CDK_VALIDATION=false")...)
		return cmd
	}
	// To be sure that the tool is out of reach: the whole can't be deployed from here.
	if words, err := cdk("synth", "--quiet").CombinedOutput(); err == nil || !strings.Contains(string(words), "or deploy a part, which leaves the rest as it is: -c runtimes=") {
		t.Fatalf("without %s: got %v and\n%s", rare, err, tail(string(words), 20))
	}
	run(t, cdk("deploy", "--exclusively", stack, "--require-approval", "never"))
	for i, r := range d.runtimes {
		want := int32(r.Memory.Default)
		if i == alone {
			want = 512
		}
		got, err := lambda.NewFromConfig(d.aws).GetFunctionConfiguration(d.ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(config.FunctionName(r.Name, environment))})
		if err != nil {
			t.Fatal(err)
		}
		if aws.ToInt32(got.MemorySize) != want {
			t.Errorf("%s: got %d MB, want %d", r.Name, aws.ToInt32(got.MemorySize), want)
		}
		d.health(t, r, http.StatusOK)
	}

	d.silent(t, notValidated, chosen("runtimes="+d.runtimes[alone].Name)...)
	d.deployAll(t)
	for _, r := range d.runtimes {
		d.health(t, r, http.StatusOK)
	}
	d.monitoring(t)
}

// hideArtifacts takes a runtime's zips out of dist until the test ends.
func (d *deployment) hideArtifacts(t *testing.T, r config.Runtime) {
	t.Helper()
	hidden := t.TempDir()
	paths, err := filepath.Glob(filepath.Join(d.root, "dist", r.Name+"-*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("got no artifacts of %s: %v", r.Name, err)
	}
	for _, path := range paths {
		away := filepath.Join(hidden, filepath.Base(path))
		move(t, path, away)
		t.Cleanup(func() { move(t, away, path) })
	}
}

// move works from one file system to another.
func move(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, info.Mode()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(to, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(from); err != nil {
		t.Fatal(err)
	}
}

// withoutTool is an environment in which a tool is on no PATH and in no home.
func withoutTool(t *testing.T, tool string) []string {
	t.Helper()
	var path []string
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(folder, tool)); err != nil {
			path = append(path, folder)
		}
	}
	env := []string{"PATH=" + strings.Join(path, string(filepath.ListSeparator)), "HOME=" + t.TempDir(), "XDG_CACHE_HOME=" + filepath.Dir(cacheDir(t))}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(value)))
	}
	return env
}
