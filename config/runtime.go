package config

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// ManifestName is the file that makes a folder a runtime.
const ManifestName = "runtime.yaml"

// The architectures that Lambda offers, in its own words.
const (
	X8664 = "x86_64"
	ARM64 = "arm64"
)

// Kind says what a variant is measured as.
type Kind string

// The kinds of variant.
const (
	// API is an implementation of the contract in api/.
	API Kind = "api"
	// Bare is the floor: the smallest handler, no framework, no SDK.
	Bare Kind = "bare"
	// Framework is the floor and the framework: the API's routes with fixed answers.
	Framework Kind = "framework"
	// SDK is the framework and the SDK: the API's calls of the database behind its
	// routes, and nothing else.
	SDK Kind = "sdk"
	// Guest is a function of somebody else's with requests of its own.
	Guest Kind = "guest"
)

// Class says whose work an API variant is. Classes are never ranked together.
type Class string

// The classes; docs/fairness.md has the rule.
const (
	// Stock is what a competent team gets from the libraries as they are
	// published and documented.
	Stock Class = "stock"
	// Tuned is what a specialist would still ship.
	Tuned Class = "tuned"
)

// Layers are the kinds below the API, from the floor up. Each has all that the
// one before has, so that the difference is what a layer costs.
func Layers() []Kind { return []Kind{Bare, Framework, SDK} }

// Layer reports whether the kind is one of Layers.
func (k Kind) Layer() bool { return slices.Contains(Layers(), k) }

// The integrations: the events that a function gets for HTTP requests.
const (
	REST  = "rest"  // a REST API's, payload format 1.0
	HTTP  = "http"  // an HTTP API's, payload format 2.0
	URL   = "url"   // a function URL's, payload format 2.0
	Event = "event" // none: its events are no HTTP requests
)

// HostNetwork is the value of Variant.Network for this machine's own.
const HostNetwork = "host"

// The contracts that have a name; anything else names a file in the runtime's
// folder.
const (
	ContractItems = "items"
	ContractNone  = "none"
)

// Runtime is one runtime.yaml: all that the programs know about a language.
type Runtime struct {
	// Dir is the absolute folder of the manifest.
	Dir string `yaml:"-" json:"-"`

	Schema      int      `yaml:"schema" json:"schema"`
	Name        string   `yaml:"name" json:"name"`
	DisplayName string   `yaml:"displayName" json:"displayName"`
	Language    string   `yaml:"language" json:"language"`
	Framework   string   `yaml:"framework" json:"framework,omitempty"`
	Prefixes    []string `yaml:"prefixes" json:"prefixes,omitempty"`
	// Routes are resources of an API that lead to a guest, such as /items/{id}: beside
	// those of its prefixes, and in place of all paths.
	Routes []string `yaml:"routes" json:"routes,omitempty"`
	// Integration is how HTTP requests reach the function: REST, HTTP, URL or, where
	// none do, Event. LoadRuntime fills in REST.
	Integration string `yaml:"integration" json:"integration,omitempty"`
	// Stream is of a function URL: its invoke mode is RESPONSE_STREAM.
	Stream bool `yaml:"stream" json:"stream,omitempty"`
	// BinaryMediaTypes are those of a REST API, such as image/png or */*.
	BinaryMediaTypes []string            `yaml:"binaryMediaTypes" json:"binaryMediaTypes,omitempty"`
	Order            int                 `yaml:"order" json:"order"`
	Color            string              `yaml:"color" json:"color"`
	Sources          []string            `yaml:"sources" json:"sources"`
	LockFiles        []string            `yaml:"lockFiles" json:"lockFiles,omitempty"`
	Toolchain        []Tool              `yaml:"toolchain" json:"toolchain,omitempty"`
	Artifacts        map[string]Artifact `yaml:"artifacts" json:"artifacts"`
	Variants         map[string]Variant  `yaml:"variants" json:"variants"`
	Serve            *Serve              `yaml:"serve" json:"serve,omitempty"`
	Test             []string            `yaml:"test" json:"test,omitempty"`
	Lint             []string            `yaml:"lint" json:"lint,omitempty"`
	Coverage         string              `yaml:"coverage" json:"coverage,omitempty"`
	// ClassCheck are commands that prove the class of the default variant; they
	// know its zip as BENCH_ZIP.
	ClassCheck []string `yaml:"classCheck" json:"-"`
	Memory     Memory   `yaml:"memory" json:"memory"`
	// Timeout of a guest in seconds, 0 for FunctionTimeout, and the size of its /tmp in
	// MB, 0 for Lambda's default.
	Timeout          int `yaml:"timeout" json:"timeout,omitempty"`
	EphemeralStorage int `yaml:"ephemeralStorage" json:"ephemeralStorage,omitempty"`
	// Layers of a guest are zips or folders, relative to Dir, in the order in which they
	// are laid over each other under /opt.
	Layers []string `yaml:"layers" json:"layers,omitempty"`

	// What follows describes a guest in a few lines, in place of Artifacts and
	// Variants: LoadRuntime makes one of each of it, both called Short.
	LambdaRuntime string `yaml:"lambdaRuntime" json:"-"`
	Handler       string `yaml:"handler" json:"-"`
	// Build is a shell script as in Command; Zip a zip or a folder that is there
	// already, relative to Dir. There is one of the two.
	Build    string            `yaml:"build" json:"-"`
	Zip      string            `yaml:"zip" json:"-"`
	Env      map[string]string `yaml:"env" json:"-"`
	Requests string            `yaml:"requests" json:"-"`
	Network  string            `yaml:"network" json:"-"`
}

// Short is the name of the artifact and of the variant that a guest's few lines
// stand for.
const Short = "function"

// short reports whether the manifest has a guest's few lines.
func (r Runtime) short() bool { return len(r.Artifacts) == 0 && len(r.Variants) == 0 }

// ZipPath is the absolute path of an artifact's Zip, or of one of the Layers.
func (r Runtime) ZipPath(zip string) string { return filepath.Join(r.Dir, filepath.FromSlash(zip)) }

// Tool is a program that a build or a local run needs, and how to find it.
type Tool struct {
	Tool string `yaml:"tool" json:"tool"`
	// Version is a semver constraint such as ">=1.26"; empty takes any.
	Version string `yaml:"version" json:"version,omitempty"`
	// Probe lists candidate commands in order. Each is run; the first whose
	// printed version satisfies the constraint wins.
	Probe []string `yaml:"probe" json:"probe"`
	// Locate replaces the probe's last word (the one that asks for the version)
	// and makes the program print the path of its own executable. It is for
	// programs that hide behind a script of a version manager.
	Locate string `yaml:"locate" json:"locate,omitempty"`
	Hint   string `yaml:"hint" json:"hint"`
}

// Artifact is one zip that can be built.
type Artifact struct {
	// Name is the artifact's key in the manifest.
	Name  string  `yaml:"-" json:"-"`
	Build Command `yaml:"build" json:"build"`
	// Zip is a zip or a folder, relative to the runtime's, that is taken as it is:
	// there is nothing to build then. Only a guest's few lines have it.
	Zip           string   `yaml:"-" json:"zip,omitempty"`
	Output        string   `yaml:"output" json:"output"`
	Architectures []string `yaml:"architectures" json:"architectures"`
	LambdaRuntime string   `yaml:"lambdaRuntime" json:"lambdaRuntime"`
	Handler       string   `yaml:"handler" json:"handler"`
	// Toolchain is needed beside the runtime's, for this artifact only.
	Toolchain []Tool `yaml:"toolchain" json:"-"`
	// GlibcMax is the newest glibc symbol version that the target has; empty
	// leaves it unchecked.
	GlibcMax string `yaml:"glibcMax" json:"glibcMax,omitempty"`
	// ExpectedSeconds is what a build with empty caches takes on two cores.
	ExpectedSeconds int `yaml:"expectedSeconds" json:"-"`
	// Optional artifacts may be missing without anything being wrong.
	Optional bool `yaml:"optional" json:"-"`
	// HostOnly artifacts are built on a machine of their own architecture only,
	// since their build runs what it makes.
	HostOnly bool `yaml:"hostOnly" json:"-"`
	// OnDemand artifacts are built only when a variant of theirs is asked for.
	OnDemand bool `yaml:"onDemand" json:"-"`
}

// Command is a shell script (sh -eu) and the variables that it gets on top.
type Command struct {
	Command string            `yaml:"command" json:"command"`
	Env     map[string]string `yaml:"env" json:"env,omitempty"`
}

// Variant is one way of running an artifact.
type Variant struct {
	// Name is the variant's key in the manifest.
	Name     string `yaml:"-" json:"-"`
	Artifact string `yaml:"artifact" json:"artifact"`
	// Handler is the artifact's unless the manifest says otherwise: LoadRuntime
	// fills it in.
	Handler string            `yaml:"handler" json:"handler"`
	Env     map[string]string `yaml:"env" json:"env,omitempty"`
	Kind    Kind              `yaml:"kind" json:"kind"`
	// Class is for the kind API; "" for all others.
	Class Class `yaml:"class" json:"class,omitempty"`
	// Settings are all that is not a library's or a tool's default.
	Settings []Setting `yaml:"settings" json:"settings,omitempty"`
	// Code are globs of the variant's source files, without tests, relative to Dir.
	Code []string `yaml:"code" json:"-"`
	// Contract is "items", "none" or a file of contract cases, relative to Dir.
	Contract string `yaml:"contract" json:"contract"`
	// Requests is a file of requests, relative to Dir, for guests.
	Requests string `yaml:"requests" json:"requests,omitempty"`
	// RequestText is such a file's content, of a guest that has none in its folder.
	RequestText string `yaml:"-" json:"-"`
	SnapStart   bool   `yaml:"snapStart" json:"snapStart,omitempty"`
	// Hosting is what makes the variant another one than it was made from: no manifest
	// has such.
	Hosting Hosting `yaml:"-" json:"hosting,omitempty"`
	// Network is "private", which is what "" stands for: the local engine gives an
	// environment nothing but its own two ports; or "host": this machine's network.
	Network string `yaml:"network" json:"network,omitempty"`
	// Local is "yes" or "no".
	Local   string `yaml:"local" json:"local"`
	Default bool   `yaml:"default" json:"default,omitempty"`
}

// Setting is one thing that a variant does otherwise than its libraries and tools
// do by themselves.
type Setting struct {
	// What is the setting as the code spells it, Why one sentence.
	What string `yaml:"what" json:"what"`
	Why  string `yaml:"why" json:"why"`
	// Source is the vendor's page that recommends it for production or for
	// Lambda. A stock variant has one for each.
	Source string `yaml:"source" json:"source,omitempty"`
	// Switch is the variant that has this setting alone on top of stock; "" where
	// it can't be had by itself.
	Switch string `yaml:"switch" json:"switch,omitempty"`
}

// RunsLocally reports whether the local engine can run the variant at all.
func (v Variant) RunsLocally() bool { return v.Local == "yes" }

// ContractFile is the variant's own file of cases, or "" for the named contracts.
func (v Variant) ContractFile() string {
	if v.Contract == ContractItems || v.Contract == ContractNone {
		return ""
	}
	return v.Contract
}

// Serve says how the application runs as a plain HTTP server.
type Serve struct {
	Command string `yaml:"command" json:"command"`
	// PortEnv names the variable that carries the port to listen on.
	PortEnv string `yaml:"portEnv" json:"portEnv"`
}

// Memory sizes of a runtime, in MB.
type Memory struct {
	Min     int `yaml:"min" json:"min"`
	Default int `yaml:"default" json:"default"`
}

// Variant returns the named variant; the name "" means the default one.
func (r Runtime) Variant(name string) (Variant, error) {
	if name == "" {
		return r.DefaultVariant(), nil
	}
	v, ok := r.Variants[name]
	if !ok {
		return Variant{}, fault.Usage("variants of "+r.Name+": "+strings.Join(r.VariantNames(), ", "),
			"unknown variant %q of runtime %q", name, r.Name)
	}
	return v, nil
}

// With returns the runtime with a variant more.
func (r Runtime) With(v Variant) Runtime {
	r.Variants = maps.Clone(r.Variants)
	r.Variants[v.Name] = v
	return r
}

// DefaultVariant returns the variant that is deployed and compared unless
// another one is asked for.
func (r Runtime) DefaultVariant() Variant {
	for _, v := range r.Variants {
		if v.Default {
			return v
		}
	}
	return Variant{} // LoadRuntime refuses a manifest without one
}

// Beside returns the tuned variant that stands beside a stock default one: the
// one called "tuned". There may be none.
func (r Runtime) Beside() (Variant, bool) {
	v, ok := r.Variants[string(Tuned)]
	return v, ok && v.Class == Tuned && r.DefaultVariant().Class == Stock
}

// VariantNames lists the variants: the default one first, the others by name.
func (r Runtime) VariantNames() []string {
	first := r.DefaultVariant().Name
	names := slices.Sorted(maps.Keys(r.Variants))
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case a == first && b != first:
			return -1
		case b == first && a != first:
			return 1
		}
		return 0
	})
	return names
}

// Artifact returns the named artifact.
func (r Runtime) Artifact(name string) (Artifact, error) {
	a, ok := r.Artifacts[name]
	if !ok {
		return Artifact{}, fault.Usage("artifacts of "+r.Name+": "+strings.Join(r.ArtifactNames(), ", "),
			"unknown artifact %q of runtime %q", name, r.Name)
	}
	return a, nil
}

// ArtifactNames lists the artifacts: the default variant's first, the others by
// name.
func (r Runtime) ArtifactNames() []string {
	first := r.DefaultVariant().Artifact
	names := slices.Sorted(maps.Keys(r.Artifacts))
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case a == first && b != first:
			return -1
		case b == first && a != first:
			return 1
		}
		return 0
	})
	return names
}

// Tools lists what a build of the artifact needs: the runtime's tools and its own.
func (r Runtime) Tools(a Artifact) []Tool { return slices.Concat(r.Toolchain, a.Toolchain) }

// ArtifactID is the name of an artifact's file in dist/, without the ending:
// "go-x86_64" for the default variant's artifact, "go-bare-x86_64" for others.
func (r Runtime) ArtifactID(artifact, arch string) string {
	if artifact == r.DefaultVariant().Artifact {
		return r.Name + "-" + arch
	}
	return r.Name + "-" + artifact + "-" + arch
}

// OutputDir is the absolute folder that a build of the artifact fills.
func (r Runtime) OutputDir(a Artifact, arch string) string {
	return filepath.Join(r.Dir, filepath.FromSlash(strings.ReplaceAll(a.Output, "{arch}", arch)))
}
