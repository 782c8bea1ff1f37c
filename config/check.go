package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// maxFunctionName is Lambda's limit for a function's name, in characters.
const maxFunctionName = 64

// reservedVariables can't be set on a function: Lambda's CreateFunction refuses
// them (AWS Lambda developer guide, "Defined runtime environment variables").
var reservedVariables = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
	"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
	"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

// maxVariables is Lambda's limit for all environment variables of a function, in bytes of
// the JSON object that they make: what CreateFunction says that it has measured.
const maxVariables = 4096

func variablesSize(env map[string]string) int {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(env) != nil {
		return 0 // strings always encode
	}
	return len(bytes.TrimSpace(text.Bytes()))
}

// checker collects what a schema can't say.
type checker struct {
	d        *document
	r        Runtime
	short    bool // the manifest has a guest's few lines
	problems []Problem
}

func checkRuntime(d *document, r Runtime, short bool) []Problem {
	c := &checker{d: d, r: r, short: short}
	if c.form(); len(c.problems) > 0 {
		return c.problems // the rest of it says nothing then
	}
	c.integration()
	c.limits()
	c.layers()
	c.globs()
	c.tools()
	c.artifacts()
	c.variants()
	if r.Memory.Min > r.Memory.Default {
		c.add([]string{"memory", "min"}, fmt.Sprint(r.Memory.Min), fmt.Sprintf("at most memory.default, which is %d", r.Memory.Default),
			"the default size must be one at which the function works")
	}
	return c.problems
}

func (c *checker) add(field []string, got, want, hint string) {
	c.problems = append(c.problems, c.d.problem(field, got, want, hint))
}

// in is the path of a field of a variant: in few lines it has no variant around it.
func (c *checker) in(variant string, field ...string) []string {
	if c.short {
		return field
	}
	return append([]string{"variants", variant}, field...)
}

// integration checks what goes with events of another form than the API's.
func (c *checker) integration() {
	r := c.r
	if r.Integration == Event && len(r.Prefixes) > 0 {
		c.add([]string{"prefixes"}, quote(r.Prefixes[0]), "none, since the integration is event", "remove them, or say which requests reach the function: integration: rest")
	}
	if len(r.BinaryMediaTypes) > 0 && r.Integration != REST {
		c.add([]string{"binaryMediaTypes"}, "a list", "none, since the integration is "+r.Integration, "only REST APIs have them; the others decode base64 by themselves")
	}
	if len(r.BinaryMediaTypes) > 0 && r.DefaultVariant().Kind == API {
		c.add([]string{"binaryMediaTypes"}, "a list", "none, since the kind of "+r.DefaultVariant().Name+" is api", "the API has none")
	}
	if r.Stream && r.Integration != URL {
		c.add([]string{"stream"}, "true", "none, since the integration is "+r.Integration, "only function URLs stream here: integration: url")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Variants)) {
		if v := r.Variants[name]; r.Integration != REST && (v.Kind != Guest || v.Contract != ContractNone) {
			c.add([]string{"integration"}, quote(r.Integration), REST+", since "+name+" is no guest without a contract", "contract cases are made of a REST API's events")
			return
		}
	}
	c.routes()
}

// limits refuses what only guests choose for themselves.
func (c *checker) limits() {
	for _, limit := range []struct {
		field string
		set   int
	}{{"timeout", c.r.Timeout}, {"ephemeralStorage", c.r.EphemeralStorage}} {
		if v := c.r.DefaultVariant(); limit.set != 0 && v.Kind == API {
			c.add([]string{limit.field}, fmt.Sprint(limit.set), "none, since the kind of "+v.Name+" is api", "functions of the API all have the same")
		}
	}
}

// layers checks that they are there: they are looked into when they are unpacked.
func (c *checker) layers() {
	if v := c.r.DefaultVariant(); len(c.r.Layers) > 0 && v.Kind == API {
		c.add([]string{"layers"}, "a list", "none, since the kind of "+v.Name+" is api", "functions of the API carry all that they need in their zip")
	}
	for i, layer := range c.r.Layers {
		if _, err := os.Stat(c.r.ZipPath(layer)); err != nil {
			c.add([]string{"layers", fmt.Sprint(i)}, quote(layer), "a zip or a folder that exists, relative to the manifest's", "correct the path or make the layer: what is in it is seen under /opt")
		}
	}
}

var routeParameter = regexp.MustCompile(`\{[^}+]*(\+?)\}`)

// routes checks that each path can have one of them alone.
func (c *checker) routes() {
	r := c.r
	switch {
	case len(r.Routes) == 0:
		return
	case r.DefaultVariant().Kind == API:
		c.add([]string{"routes"}, "a list", "none, since the kind of "+r.DefaultVariant().Name+" is api", "prefixes lead to a function of the API")
	case r.Integration == Event || r.Integration == URL:
		c.add([]string{"routes"}, "a list", "none, since the integration is "+r.Integration, "only APIs have routes: integration: rest, or http")
	}
	seen := map[string]string{}
	for i, route := range r.Routes {
		shape := routeParameter.ReplaceAllString(route, "{$1}")
		if other, ok := seen[shape]; ok {
			c.add([]string{"routes", fmt.Sprint(i)}, quote(route), "a route that takes other paths than "+quote(other), "one name for a parameter is enough")
		}
		seen[shape] = route
	}
}

func (c *checker) globs() {
	for i, pattern := range c.r.Sources {
		if _, err := path.Match(strings.TrimPrefix(pattern, "!"), "x"); err != nil {
			c.add([]string{"sources", fmt.Sprint(i)}, quote(pattern), "a glob (* ? [a-z] **)", "close the bracket")
		}
	}
}

func (c *checker) tools() {
	seen := map[string]bool{}
	c.toolchain(c.r.Toolchain, []string{"toolchain"}, seen)
	for _, name := range slices.Sorted(maps.Keys(c.r.Artifacts)) {
		c.toolchain(c.r.Artifacts[name].Toolchain, []string{"artifacts", name, "toolchain"}, maps.Clone(seen))
	}
}

func (c *checker) toolchain(tools []Tool, path []string, seen map[string]bool) {
	for i, t := range tools {
		at := append(slices.Clone(path), fmt.Sprint(i))
		if seen[t.Tool] {
			c.add(append(at, "tool"), quote(t.Tool)+" a second time", "each tool once", "put all candidates into one probe list")
		}
		seen[t.Tool] = true
		if t.Version == "" {
			continue
		}
		if _, err := semver.NewConstraint(t.Version); err != nil {
			c.add(append(at, "version"), quote(t.Version), "a version constraint", `for example ">=1.26", "~3.13" or "^20 || ^22"`)
		}
	}
}

var outputPlaceholder = regexp.MustCompile(`\{[^}]*\}?`)

func (c *checker) artifacts() {
	names := slices.Sorted(maps.Keys(c.r.Artifacts))
	for i, name := range names {
		a := c.r.Artifacts[name]
		at := []string{"artifacts", name, "output"}
		if clean := path.Clean(a.Output); clean == "." || clean == ".." || strings.HasPrefix(clean, "../") {
			c.add(at, quote(a.Output), "a folder inside the runtime's", "for example build/{arch}: the folder is emptied before each build")
		}
		for _, p := range outputPlaceholder.FindAllString(a.Output, -1) {
			if p != "{arch}" {
				c.add(at, quote(p), "no other placeholder than {arch}", "for example build/{arch}")
			}
		}
		if len(a.Architectures) > 1 && !strings.Contains(a.Output, "{arch}") {
			c.add(at, quote(a.Output), "{arch} in it, since there is more than one architecture", "for example build/{arch}")
		}
		for _, other := range names[:i] {
			if nested(a.Output, c.r.Artifacts[other].Output) {
				c.add(at, quote(a.Output), "a folder apart from that of the artifact "+other, "for example build/"+name+"/{arch}")
			}
		}
	}
}

// nested reports whether one folder is or contains the other.
func nested(a, b string) bool {
	a, b = path.Clean(a)+"/", path.Clean(b)+"/"
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

func (c *checker) variants() {
	r := c.r
	var defaults []string
	for _, name := range slices.Sorted(maps.Keys(r.Variants)) {
		v := r.Variants[name]
		at := func(field ...string) []string { return c.in(name, field...) }
		if v.Default {
			defaults = append(defaults, name)
		}
		if _, ok := r.Artifacts[v.Artifact]; !ok {
			c.add(at("artifact"), quote(v.Artifact), "one of the artifacts "+strings.Join(slices.Sorted(maps.Keys(r.Artifacts)), ", "),
				"add the artifact or correct the name")
		}
		if v.Kind == API {
			if v.Contract == ContractNone {
				c.add(at("contract"), quote(v.Contract), "a contract, since the kind is api", "contract: items, or kind: bare")
			}
			if len(r.Prefixes) == 0 {
				c.add([]string{"prefixes"}, "none", "at least one, since the kind of "+name+" is api", "prefixes: [/"+r.Name+"]")
			}
		}
		c.class(v, at)
		if v.Kind.Layer() && v.Contract != ContractNone {
			c.add(at("contract"), quote(v.Contract), "none, since the kind is "+string(v.Kind), "contract: none, or kind: api")
		}
		c.fileExists(at("contract"), v.ContractFile())
		c.fileExists(at("requests"), v.Requests)
		for _, variable := range slices.Sorted(maps.Keys(v.Env)) {
			if slices.Contains(reservedVariables, variable) {
				c.add(at("env", variable), "a variable that Lambda reserves", "another name", "Lambda refuses a function that sets it")
			}
		}
		if n := variablesSize(v.Env); n > maxVariables {
			c.add(at("env"), fmt.Sprintf("%d bytes", n), fmt.Sprintf("at most %d for all variables, as JSON", maxVariables), "Lambda refuses a function with more; put large values into a file of the zip")
		}
		if full := VariantFunctionName(r.Name, name, Staging); len(full) > maxFunctionName && !v.Default {
			c.add(at(), quote(full)+fmt.Sprintf(" (%d characters)", len(full)), fmt.Sprintf("a function name of at most %d", maxFunctionName),
				"shorten the variant's or the runtime's name")
		}
	}
	switch len(defaults) {
	case 1:
	case 0:
		c.add([]string{"variants"}, "no default variant", "exactly one", "add default: true to the variant that is to be compared")
	default:
		c.add([]string{"variants", defaults[1], "default"}, "the default variants "+strings.Join(defaults, ", "), "exactly one", "leave default: true at one of them")
	}
}

// class checks what a variant says of itself: docs/fairness.md has the rule.
func (c *checker) class(v Variant, at func(...string) []string) {
	if v.Class == "" && v.Kind == API {
		c.add(at("class"), "none", "stock or tuned, since the kind is api", "class: stock, if docs/fairness.md calls it so")
	}
	if v.Class != "" && v.Kind != API {
		c.add(at("class"), quote(string(v.Class)), "none, since the kind is "+string(v.Kind), "only variants of kind api have a class")
	}
	if v.Default && v.Class == Tuned && slices.ContainsFunc(slices.Collect(maps.Values(c.r.Variants)), func(o Variant) bool { return o.Class == Stock }) {
		c.add(at("default"), "a tuned variant", "a stock one, since there is one", "what a team would deploy leads")
	}
	for i, s := range v.Settings {
		field := func(name string) []string { return at("settings", fmt.Sprint(i), name) }
		if v.Class == Stock && s.Source == "" {
			c.add(field("source"), "none for "+quote(s.What), "the vendor's page that recommends it", "a setting without one makes the variant tuned")
		}
		if other, ok := c.r.Variants[s.Switch]; s.Switch != "" && (!ok || other.Class != Tuned) {
			c.add(field("switch"), quote(s.Switch), "the name of a tuned variant", "name the variant that has this setting alone on top of stock, or leave it out")
		}
	}
	for _, variable := range slices.Sorted(maps.Keys(v.Env)) {
		named := func(s Setting) bool { return s.What == variable+"="+v.Env[variable] }
		if v.Class == Stock && !slices.ContainsFunc(v.Settings, named) {
			c.add(at("env", variable), "a variable that no setting names with this value", "an entry of settings with its what, why and source", "a stock variant declares all that it sets")
		}
	}
	for i, pattern := range v.Code {
		if _, err := path.Match(strings.TrimPrefix(pattern, "!"), "x"); err != nil {
			c.add(at("code", fmt.Sprint(i)), quote(pattern), "a glob (* ? [a-z] **)", "close the bracket")
		}
	}
}

// fileExists checks a file that a field names, relative to the folder.
func (c *checker) fileExists(field []string, name string) {
	if name == "" {
		return
	}
	info, err := os.Stat(filepath.Join(c.r.Dir, filepath.FromSlash(name)))
	if err == nil && info.Mode().IsRegular() {
		return
	}
	want := "a file that exists, relative to the runtime's folder"
	if field[len(field)-1] == "contract" {
		want = "items, none or " + want
	}
	c.add(field, quote(name), want, "correct the path or make the file")
}

func quote(s string) string { return fmt.Sprintf("%q", s) }
