package workflows

import (
	"cmp"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/goccy/go-yaml"
	"golang.org/x/mod/modfile"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/doctor"
)

const (
	root  = "../.."
	setup = "./.github/actions/setup"
)

type step struct {
	Uses, Run, Shell string
	With             map[string]any
}

type job struct {
	Uses   string
	RunsOn string `yaml:"runs-on"`
	Steps  []step
}

type workflow struct{ Jobs map[string]job }

func parse(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// workflows are all, by path.
func workflows(t *testing.T) map[string]workflow {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d workflows, %v", len(files), err)
	}
	all := map[string]workflow{}
	for _, file := range files {
		var w workflow
		name := path.Join(".github/workflows", filepath.Base(file))
		parse(t, name, &w)
		all[name] = w
	}
	return all
}

func action(t *testing.T) []step {
	t.Helper()
	var a struct{ Runs struct{ Steps []step } }
	parse(t, setup+"/action.yml", &a)
	return a.Runs.Steps
}

// What a runner does beyond make: what only GitHub can do, and passing on what make wrote.
var allowed = []*regexp.Regexp{
	regexp.MustCompile(`^echo "\w+=\$\(make --silent [\w-]+\)" >> "\$GITHUB_OUTPUT"$`),
	regexp.MustCompile(`^cat bin/\S+ >> "\$GITHUB_STEP_SUMMARY"$`),
	regexp.MustCompile(`^gh pr comment .* --body-file \S+$`),
	regexp.MustCompile(`^gh auth setup-git && git push [^;&|]+$`),
}

var (
	makes     = regexp.MustCompile(`^make (?:--silent )?([a-z][a-z0-9-]*)((?: [A-Z_]+=(?:"[^"]*"|\S+))*)(?: >> "\$GITHUB_STEP_SUMMARY")?$`)
	makesIn   = regexp.MustCompile(`\bmake (?:--silent )?([a-z][a-z0-9-]*)`)
	target    = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`)
	variables = regexp.MustCompile(`([A-Z_]+)=`)
	pinned    = regexp.MustCompile(`^[\w.-]+/[\w.-]+(?:/[\w./-]+)?@[0-9a-f]{40}$`)
)

// Nothing exists only in YAML: every command is a target of the Makefile, and every
// variable that it is given is one that the Makefile reads.
func TestCommandsAreTargets(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	makefile := string(text)
	var targets []string
	for _, m := range target.FindAllStringSubmatch(makefile, -1) {
		targets = append(targets, m[1])
	}
	for file, w := range workflows(t) {
		for name, j := range w.Jobs {
			needsTools, sets := false, false
			for _, s := range j.Steps {
				sets = sets || s.Uses == setup
				if s.Uses != "" && !strings.HasPrefix(s.Uses, "./") && !pinned.MatchString(s.Uses) {
					t.Errorf("%s: %s: %s: not pinned by a commit", file, name, s.Uses)
				}
				if s.Run == "" {
					continue
				}
				called := makesIn.FindStringSubmatch(s.Run)
				if called != nil {
					goal := strings.TrimPrefix(called[1], "root-")
					needsTools = needsTools || goal != "runtimes"
					if !slices.Contains(targets, goal) {
						t.Errorf("%s: %s: %s: no such target in the Makefile", file, name, s.Run)
					}
				}
				m := makes.FindStringSubmatch(s.Run)
				if m == nil && !slices.ContainsFunc(allowed, func(r *regexp.Regexp) bool { return r.MatchString(s.Run) }) {
					t.Errorf("%s: %s: %q: want a target of the Makefile", file, name, s.Run)
				}
				if m != nil {
					for _, v := range variables.FindAllStringSubmatch(m[2], -1) {
						if !strings.Contains(makefile, "$("+v[1]+")") {
							t.Errorf("%s: %s: %s: the Makefile reads no %s", file, name, s.Run, v[1])
						}
					}
				}
			}
			if needsTools && !sets {
				t.Errorf("%s: %s: runs make without %s", file, name, setup)
			}
			if j.Uses != "" && !strings.HasPrefix(j.Uses, "./") {
				t.Errorf("%s: %s: %s: a workflow of somebody else", file, name, j.Uses)
			}
		}
	}
}

// brought is what the set-up brings: tool and version, where a version that is not
// written to its end is the newest of its kind.
type brought struct{ tool, version string }

// onImage are the tools that GitHub's image for ubuntu-24.04 has and no step sets up
// (github.com/actions/runner-images, Ubuntu2404-Readme.md, August 2026).
var onImage = []brought{{"maven", "3.9"}, {"mvn", "3.9"}}

func bringsOf(t *testing.T, steps []step) []brought {
	t.Helper()
	list := slices.Clone(onImage)
	installs := regexp.MustCompile(`rustup toolchain install (\S+)`)
	for _, s := range steps {
		name, _, _ := strings.Cut(s.Uses, "@")
		text := func(key string) string {
			v, _ := s.With[key].(string)
			if v == "" {
				t.Errorf("%s: got no %s, want a string", name, key)
			}
			return v
		}
		switch name {
		case "actions/setup-go":
			source, err := os.ReadFile(filepath.Join(root, text("go-version-file")))
			if err != nil {
				t.Fatal(err)
			}
			file, err := modfile.Parse("go.mod", source, nil)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, brought{"go", file.Go.Version})
		case "actions/setup-node":
			list = append(list, brought{"node", text("node-version")}, brought{"npm", "11"}) // Node.js 24 comes with npm 11
		case "actions/setup-python":
			list = append(list, brought{"python", text("python-version")})
		case "actions/setup-java":
			list = append(list, brought{"java", text("java-version")}, brought{"jlink", text("java-version")})
		}
		if m := installs.FindStringSubmatch(s.Run); m != nil {
			list = append(list, brought{"cargo", m[1]})
		}
	}
	return list
}

func (b brought) fits(t *testing.T, wanted string) bool {
	t.Helper()
	if wanted == "" {
		return true
	}
	constraint, err := semver.NewConstraint(wanted)
	if err != nil {
		t.Fatal(err)
	}
	version := b.version
	for strings.Count(version, ".") < 2 {
		version += ".999"
	}
	v, err := semver.NewVersion(version)
	if err != nil {
		t.Fatalf("%s %s: %v", b.tool, b.version, err)
	}
	return constraint.Check(v)
}

func missingFrom(t *testing.T, list []brought, needs []doctor.Need) []string {
	t.Helper()
	var missing []string
	for _, n := range needs {
		has := slices.ContainsFunc(list, func(b brought) bool { return b.tool == n.Tool.Tool && b.fits(t, n.Tool.Version) })
		if !n.Optional && !has {
			missing = append(missing, strings.TrimSpace(n.Tool.Tool+" "+n.Tool.Version)+" to "+n.For)
		}
	}
	return missing
}

// The set-up has what bench doctor wants of a machine: a new runtime, or a newer
// version that one asks for, fails here and not on a runner.
func TestSetUpIsWhatDoctorWants(t *testing.T) {
	runtimes, err := config.Discover(root)
	if err != nil {
		t.Fatal(err)
	}
	needs := doctor.Runtimes(runtimes)
	steps := action(t)
	for _, missing := range missingFrom(t, bringsOf(t, steps), needs) {
		t.Errorf("%s/action.yml has no %s", setup, missing)
	}
	// The check itself: without any one of the steps something is missing.
	for i, s := range steps {
		if !strings.Contains(s.Uses, "setup-") && !strings.Contains(s.Run, "rustup") {
			continue
		}
		rest := slices.Delete(slices.Clone(steps), i, i+1)
		if len(missingFrom(t, bringsOf(t, rest), needs)) == 0 {
			t.Errorf("%s/action.yml: %s: nothing that doctor wants would be missing without it", setup, cmp.Or(s.Uses, s.Run))
		}
	}
}

func TestRuntimesAreThoseDiscovered(t *testing.T) {
	runtimes, err := config.Discover(root)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range runtimes {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	command := exec.Command("make", "--silent", "runtimes")
	command.Dir = root
	got, err := command.Output()
	if want := `["` + strings.Join(names, `","`) + `"]`; err != nil || strings.TrimSpace(string(got)) != want {
		t.Errorf("make runtimes: got %s, %v, want %s", got, err, want)
	}
}

// Dependabot looks into the folder of every lock file.
func TestDependabotKnowsAllLockFiles(t *testing.T) {
	ecosystems := map[string]string{"go.mod": "gomod", "package-lock.json": "npm", "requirements.txt": "pip", "Cargo.lock": "cargo", "pom.xml": "maven", "action.yml": "github-actions"}
	var file struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directories []string
		}
	}
	parse(t, ".github/dependabot.yml", &file)
	var got []string
	for _, u := range file.Updates {
		for _, dir := range u.Directories {
			got = append(got, u.Ecosystem+" "+dir)
		}
	}
	listing := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	listing.Dir = root
	listed, err := listing.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"github-actions /"} // the workflows
	for name := range strings.Lines(string(listed)) {
		name = strings.TrimSpace(name)
		if ecosystem := ecosystems[path.Base(name)]; ecosystem != "" {
			want = append(want, ecosystem+" "+path.Join("/", path.Dir(name)))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, slices.Compact(want)) {
		t.Errorf("dependabot.yml: got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
