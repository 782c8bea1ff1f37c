package stacks_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/constructs/synthtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/stacks"
)

// The CDK's Node process is one per test binary, and it is not safe to use from
// two goroutines: everything is synthesised once, and tests read the templates.
func TestMain(m *testing.M) {
	synthtest.StartAgain()
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// resource is one entry of a template's Resources.
type resource struct {
	Type           string
	Properties     map[string]any
	DependsOn      any
	DeletionPolicy string
	Metadata       map[string]any
}

// template is a synthesised stack.
type template struct {
	Raw       map[string]any
	Resources map[string]resource
	Outputs   map[string]struct{ Value, Export any }
}

// of lists the resources of a type.
func (t template) of(kind string) []resource {
	var found []resource
	for _, r := range t.Resources {
		if r.Type == kind {
			found = append(found, r)
		}
	}
	return found
}

// synthesis is every stack of one deployment by its name, and what it was made from.
type synthesis struct {
	config.Deployment
	stacks map[string]template
	// protected are the stacks that CloudFormation refuses to delete, by name.
	protected map[string]bool
}

// stack is the template of a part: config.SharedPart, a runtime's name, ….
func (s synthesis) stack(t testing.TB, part string) template {
	t.Helper()
	found, ok := s.stacks[config.StackName(part, s.Environment.Name)]
	if !ok {
		t.Fatalf("no stack for %q in %s", part, s.Environment.Name)
	}
	return found
}

// all is what most tests read: dev and prod with the imaginary runtimes, staging, which
// is like prod, with one of them. The app itself, with all that are discovered, is
// synthesised by cmd/cdk's test. Others synthesise with a context of their own.
var all = sync.OnceValue(func() map[string]synthesis {
	found := map[string]synthesis{}
	for _, e := range config.Environments() {
		runtimes := imaginary()
		if e.Name == config.Staging {
			runtimes = runtimes[:1]
		}
		make := func() (synthesis, error) {
			return synthRuntimes(map[string]any{"environment": e.Name, "alertEmail": "ops@example.com"}, runtimes)
		}
		if e.Name == config.Dev {
			make = made
		}
		s, err := make()
		if err != nil {
			panic(err)
		}
		found[e.Name] = s
	}
	return found
})

// synthRuntimes makes the templates of a deployment with fixture zips.
func synthRuntimes(context map[string]any, runtimes []config.Runtime) (synthesis, error) {
	return synthStacks(context, runtimes, func(app awscdk.App, cfg stacks.Config) { stacks.Build(app, cfg) })
}

// synthStacks makes those of the stacks that a test looks at.
func synthStacks(context map[string]any, runtimes []config.Runtime, add func(awscdk.App, stacks.Config)) (s synthesis, err error) {
	if s.Deployment, err = config.ParseContext(context, runtimes, "1.2.3"); err != nil {
		return s, err
	}
	dir, err := os.MkdirTemp("", "synth-")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system's temp folder is cleaned anyway
	cfg := stacks.Config{Deployment: s.Deployment, Zips: map[string]string{}}
	for _, r := range s.Runtimes {
		for _, f := range r.Functions() {
			path := filepath.Join(dir, f.ArtifactID+".zip")
			if err := fixtureZip(path, f.ArtifactID); err != nil {
				return s, err
			}
			cfg.Zips[f.ArtifactID] = path
		}
	}
	if cfg.LoadZip = filepath.Join(dir, "load.zip"); s.Environment.Load {
		if err := fixtureZip(cfg.LoadZip, "load"); err != nil {
			return s, err
		}
	}
	flags, err := cdkContext()
	if err != nil {
		return s, err
	}
	out := filepath.Join(dir, "cdk.out")
	app := awscdk.NewApp(&awscdk.AppProps{Context: &flags, Outdir: jsii.String(out), AnalyticsReporting: jsii.Bool(false), StackTraces: jsii.Bool(false), TreeMetadata: jsii.Bool(false)})
	add(app, cfg)
	app.Synth(nil)
	if s.stacks, err = readTemplates(out); err != nil {
		return s, err
	}
	s.protected, err = readProtection(out)
	return s, err
}

// readProtection reads from the assembly's manifest what no template holds.
func readProtection(out string) (map[string]bool, error) {
	content, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil {
		return nil, err
	}
	var manifest struct {
		Artifacts map[string]struct {
			Properties struct{ TerminationProtection bool }
		}
	}
	if err := json.Unmarshal(content, &manifest); err != nil {
		return nil, fmt.Errorf("read manifest.json: %w", err)
	}
	protected := map[string]bool{}
	for name, a := range manifest.Artifacts {
		protected[name] = a.Properties.TerminationProtection
	}
	return protected, nil
}

// fixtureZip stands for an artifact: tests need none that was built.
func fixtureZip(path, content string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // the archive's own Close counts
	archive := zip.NewWriter(f)
	entry, err := archive.Create("bootstrap")
	if err != nil {
		return err
	}
	if _, err := entry.Write([]byte(content)); err != nil {
		return err
	}
	return archive.Close()
}

// cdkContext is the context of cdk.json, which only the CDK's command line reads.
func cdkContext() (map[string]any, error) {
	content, err := os.ReadFile(filepath.Join("..", "cdk.json"))
	if err != nil {
		return nil, err
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("read cdk.json: %w", err)
	}
	return file.Context, nil
}

func readTemplates(dir string) (map[string]template, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.template.json"))
	if err != nil {
		return nil, err
	}
	found := map[string]template{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var t template
		if err := json.Unmarshal(content, &t); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		if err := json.Unmarshal(content, &t.Raw); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		found[strings.TrimSuffix(filepath.Base(path), ".template.json")] = t
	}
	return found, nil
}

func TestStacksOfEachEnvironment(t *testing.T) {
	for name, s := range all() {
		want := len(s.Runtimes) + 2
		if len(s.stacks) != want {
			t.Errorf("%s: got %d stacks, want %d", name, len(s.stacks), want)
		}
		for _, r := range s.Runtimes {
			if got := len(s.stack(t, r.Runtime.Name).of("AWS::Lambda::Function")); got != 1 {
				t.Errorf("%s: got %d functions of %s, want 1", name, got, r.Runtime.Name)
			}
		}
	}
}
