//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// The story takes place in an environment of somebody's own, beside which another
// one is deployed.
const (
	suffix      = "e2e"
	environment = config.Dev + "-" + suffix
)

// chosen are the choices of each deployment here.
func chosen(more ...string) []string {
	return append([]string{"suffix=" + suffix, "alertEmail=ops@example.com", "load=true"}, more...)
}

var interrupted, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)

func TestMain(m *testing.M) {
	code := m.Run()
	stop()
	os.Exit(code)
}

// deployment is what the steps of the test share.
type deployment struct {
	ctx      context.Context
	root     string
	node     string
	out      string // the cloud assembly
	emulator emulator
	runtimes []config.Runtime
	// elsewhere are runtimes that the emulator can't run: the engine does.
	elsewhere []config.Runtime
	aws       aws.Config
	found     deployed.Environment // by where
}

// TestDeploy is one story in steps, each of which needs the one before it.
func TestDeploy(t *testing.T) {
	runtime.LockOSThread() // children die with the thread that started them
	ctx := interrupted
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	runtimes, err := config.Discover(root)
	if err != nil {
		t.Fatal(err)
	}
	cache := cacheDir(t)
	python, err := toolchain.Find(ctx, emulatorPython)
	if err != nil {
		t.Fatal(err)
	}
	var elsewhere []config.Runtime
	for _, r := range runtimes {
		if !runs(r.Artifacts[r.DefaultVariant().Artifact].LambdaRuntime, python) {
			elsewhere = append(elsewhere, r)
		}
	}
	d := &deployment{ctx: ctx, root: root, runtimes: runtimes, elsewhere: elsewhere, node: findNode(ctx, t, cache), out: filepath.Join(t.TempDir(), "cdk.out")}
	d.build(t, cache)
	proxies := startEngine(ctx, t, root, elsewhere)
	d.emulator = startEmulator(ctx, t, installEmulator(ctx, t, cache, python), d.node, proxies)
	d.aws = aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(d.emulator.endpoint),
		Credentials: credentials.NewStaticCredentialsProvider(strings.TrimPrefix(d.emulator.env[0], "AWS_ACCESS_KEY_ID="), "none", ""),
	}
	for _, step := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"synth of prod is silent", func(t *testing.T) {
			d.silent(t, validated, "environment=prod", "alertEmail=ops@example.com", "budget=20", "firewall=true", "accountKey=true")
		}},
		{"synth of dev is silent", func(t *testing.T) { d.silent(t, validated, chosen()...) }},
		{"bad context ends before anything is deployed", d.badContext},
		{"bootstrap", d.bootstrap},
		{"deploy", d.deploy},
		{"the deployed code is the code in dist", d.code},
		{"nobody gets in without the key", d.locked},
		{"bench finds what is deployed", d.verify},
		{"bench aws measures what is deployed, and puts it back", d.measured},
		{"the contract holds", d.contract},
		{"dashboard and alarms", d.monitoring},
		{"nothing differs", d.same},
		{"SnapStart is switched on and off without a gap", d.snapStart},
		{"tuned functions take the place of stock ones, and give it back", d.tuned},
		{"another one's environment stands beside it", d.beside},
		{"a part is deployed alone, without a tool of the others", d.part},
		{"a runtime is removed", d.remove},
		{"and added again", d.add},
		{"the constructs make an app of somebody else's", d.library},
		{"destroy leaves nothing", d.destroy},
	} {
		if !t.Run(step.name, step.run) {
			return
		}
	}
}

// build makes what is deployed, unless nothing has changed.
func (d *deployment) build(t *testing.T, cache string) {
	t.Helper()
	var requests []build.Request
	tuned := d.besideHere()
	for _, r := range d.runtimes {
		requests = append(requests, build.Request{Runtime: r, Artifact: r.DefaultVariant().Artifact, Arch: config.DefaultArchitecture})
		if v, ok := tuned[r.Name]; ok {
			requests = append(requests, build.Request{Runtime: r, Artifact: v.Artifact, Arch: config.DefaultArchitecture})
		}
	}
	workers, err := config.LoadRuntime(filepath.Join(d.root, "cmd", "loadworker"))
	if err != nil {
		t.Fatal(err)
	}
	requests = append(requests, build.Request{Runtime: workers, Artifact: workers.DefaultVariant().Artifact, Arch: config.DefaultArchitecture})
	built, err := build.Build(d.ctx, requests, build.Options{Root: d.root, DistDir: filepath.Join(d.root, "dist"), CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range built {
		if b.Err != nil {
			t.Fatal(b.Err)
		}
	}
}

// Whether the CDK's validator looks at the templates. It takes most of a synth, so
// it does so once for each of them.
const (
	validated    = true
	notValidated = false
)

// silent synthesises and wants nothing on standard error.
func (d *deployment) silent(t *testing.T, validation bool, choices ...string) {
	t.Helper()
	if said := d.synth(t, validation, choices...); said != "" {
		t.Errorf("standard error: got %q, want nothing", said)
	}
}

// synth writes the templates and returns what the app said on standard error. With
// CI set the command line's own words go to the output.
func (d *deployment) synth(t *testing.T, validation bool, choices ...string) (said string) {
	t.Helper()
	args := []string{"synth", "--quiet", "--output", d.out}
	for _, c := range choices {
		args = append(args, "-c", c)
	}
	cmd := d.cdkCommand(args...)
	if !validation {
		cmd.Env = append(cmd.Env, "CDK_VALIDATION=false")
	}
	stdout, stderr := run(t, cmd)
	for _, unwanted := range []string{"warning", "feature flags are not configured"} {
		if strings.Contains(strings.ToLower(stdout), unwanted) {
			t.Errorf("got a warning: %s", stdout)
		}
	}
	d.emulated(t)
	return stderr
}

func (d *deployment) badContext(t *testing.T) {
	cmd := d.cdkCommand("deploy", "--all", "--output", filepath.Join(t.TempDir(), "cdk.out"), "-c", "environment=foo", "--require-approval", "never")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err == nil {
		t.Error("got exit code 0, want another")
	}
	if want := "error: unknown environment \"foo\"\nhint: known environments: dev, staging, prod\n"; !strings.HasPrefix(stderr.String(), want) {
		t.Errorf("got %q, want it to begin with %q", stderr.String(), want)
	}
}

func (d *deployment) bootstrap(t *testing.T) {
	cmd := d.cdkCommand("bootstrap", "aws://000000000000/us-east-1")
	cmd.Dir = t.TempDir() // where there is no app to synthesise first
	run(t, cmd)
}

func (d *deployment) deploy(t *testing.T) { d.deployAll(t) }

func (d *deployment) deployAll(t *testing.T) {
	t.Helper()
	d.cdk(t, "deploy", "--app", d.out, "--all", "--concurrency", "4", "--require-approval", "never")
}

func (d *deployment) code(t *testing.T) {
	for _, r := range d.runtimes {
		d.deployed(t, r, r.DefaultVariant())
	}
}

// deployed wants a variant's zip, as it is in dist.
func (d *deployment) deployed(t *testing.T, r config.Runtime, v config.Variant) {
	t.Helper()
	built, err := build.Open(filepath.Join(d.root, "dist"), r, v.Artifact, config.DefaultArchitecture)
	if err != nil {
		t.Fatal(err)
	}
	got, err := lambda.NewFromConfig(d.aws).GetFunctionConfiguration(d.ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(config.FunctionName(r.Name, environment))})
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(got.CodeSha256) != built.Meta.CodeSHA256 {
		t.Errorf("%s: got CodeSha256 %s, want %s as in dist", r.Name, aws.ToString(got.CodeSha256), built.Meta.CodeSHA256)
	}
}

// url is where the emulator answers for the stage.
func (d *deployment) url(t *testing.T) string {
	t.Helper()
	return d.address(t, d.where(t).URL, config.StageName(environment))
}

// address is where the emulator answers for the URL of a stage on AWS,
// https://{api}.execute-api.….amazonaws.com/{stage}.
func (d *deployment) address(t *testing.T, url, stage string) string {
	t.Helper()
	api, _, ok := strings.Cut(strings.TrimPrefix(url, "https://"), ".")
	if !ok || !strings.HasSuffix(url, "/"+stage) {
		t.Fatalf("got the URL %q", url)
	}
	return d.emulator.endpoint + "/restapis/" + api + "/" + stage + "/_user_request_"
}

func (d *deployment) same(t *testing.T) {
	d.cdk(t, "diff", "--app", d.out, "--fail")
}

// health asks a runtime and wants one of the statuses and, where it is 200, its own
// answer: a mock may say 200, too.
func (d *deployment) health(t *testing.T, r config.Runtime, want ...int) {
	t.Helper()
	for _, prefix := range r.Prefixes {
		request, err := http.NewRequestWithContext(d.ctx, http.MethodGet, d.url(t)+prefix+"/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Api-Key", d.key(t))
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		var said struct{ Runtime string }
		_ = json.Unmarshal(body, &said)
		if !slices.Contains(want, response.StatusCode) || (response.StatusCode == http.StatusOK && said.Runtime != r.Name) {
			t.Errorf("GET %s/health: got %d %s, want %v", prefix, response.StatusCode, body, want)
		}
	}
}

// cdkCommand is the pinned command line on the pinned Node.js.
func (d *deployment) cdkCommand(args ...string) *exec.Cmd {
	cli := filepath.Join(d.root, "node_modules", "aws-cdk", "bin", "cdk")
	cmd := exec.CommandContext(d.ctx, d.node, append([]string{cli}, args...)...)
	cmd.Dir = d.root
	cmd.Env = append(os.Environ(), d.emulator.env...)
	cmd.Env = append(cmd.Env, "CI=true", "NO_COLOR=1", "CDK_DISABLE_CLI_TELEMETRY=true")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

func (d *deployment) cdk(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	return run(t, d.cdkCommand(append(args, "--no-notices")...))
}

func command(ctx context.Context, t *testing.T, dir string, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if env != nil {
		cmd.Env = env
	}
	run(t, cmd)
}

func run(t *testing.T, cmd *exec.Cmd) (stdout, stderr string) {
	t.Helper()
	started := time.Now()
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	err := cmd.Run()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", cmd, err, tail(out.String(), 60), tail(errors.String(), 60))
	}
	t.Log(fmt.Sprintf("%.1f s", time.Since(started).Seconds()), strings.Join(cmd.Args[1:min(len(cmd.Args), 4)], " "))
	return out.String(), errors.String()
}
