package scaffold

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// TemplateOptions of Functions.
type TemplateOptions struct {
	// Shown is how messages name the template.
	Shown string
	// Names are the functions that are meant; none stands for all.
	Names []string
	// Built is set of a template that `sam build` wrote: nothing is left to install.
	Built bool
	// LambdaRuntime stands in place of that of the template; "" leaves it.
	LambdaRuntime string
	// Requests is set where a person says what the functions are called with.
	Requests bool
}

// What AWS gives a function whose template says nothing.
const (
	defaultMemory  = 128 // MB
	defaultTimeout = 3   // seconds
)

// Functions reads those of a SAM template as AWS would deploy them: their code is taken
// as it lies there, built or in no need of it. Code and Layers are paths in root, like
// file. What is said to be Open has no effect here or another than in AWS.
//
// The error joins what is wrong with all of them.
func Functions(root fs.FS, file string, o TemplateOptions) ([]Guess, error) {
	content, err := fs.ReadFile(root, file)
	if err != nil {
		return nil, fault.Usage("name a template of SAM, such as template.yaml", "%s: %w", o.Shown, err)
	}
	t, err := parse(o.Shown, string(content))
	if err != nil {
		return nil, fault.Usage("correct the file", "%s: %w", o.Shown, err)
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	all := t.functions()
	if len(all) == 0 {
		return nil, fault.Usage("bench measures resources of the type "+functionType, "%s: got no function, want one", o.Shown)
	}
	names := all
	if len(o.Names) > 0 {
		names = o.Names
	}
	var guesses []Guess
	var problems []error
	var sound []string
	taken := map[string]bool{}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, fault.Usage("functions of "+o.Shown+": "+strings.Join(all, ", "), "--function %s: there is no such function", name)
		}
		in := &inspection{fs: root, asIs: true}
		if err := in.deployed(t, path.Dir(file), name, o); err != nil {
			if !slices.ContainsFunc(problems, func(p error) bool { return p.Error() == err.Error() }) { // of a layer that several have
				problems = append(problems, err)
			}
			continue
		}
		in.Name = free(in.Name, taken)
		sound = append(sound, name)
		guesses = append(guesses, in.Guess)
	}
	if len(problems) > 0 && len(sound) > 0 {
		return nil, fault.Usage(fault.Hint(problems[0])+"; or measure the others: --function "+strings.Join(sound, ","), "%w", errors.Join(problems...))
	}
	return guesses, errors.Join(problems...)
}

// free is the name, or one like it that no other function of the template has.
func free(name string, taken map[string]bool) string {
	one := name
	for n := 2; taken[one]; n++ {
		end := fmt.Sprintf("-%d", n)
		one = name[:min(len(name), 20-len(end))] + end
	}
	taken[one] = true
	return one
}

// deployed is a function as it stands in a template of the folder dir.
func (in *inspection) deployed(t template, dir, name string, o TemplateOptions) error {
	code, err := in.samFunction(t, name)
	if err != nil {
		return err
	}
	in.LambdaRuntime = cmp.Or(o.LambdaRuntime, in.LambdaRuntime)
	if in.LambdaRuntime == "" {
		v, from := t.property(name, "Runtime")
		return fault.Usage("for example Runtime: nodejs24.x", "%s: got %v, want a runtime of Lambda", from, cmp.Or[any](v, "none"))
	}
	if v, from := t.property(name, "Handler"); in.Handler == "" && !strings.HasPrefix(in.LambdaRuntime, "provided") {
		return fault.Usage("for example Handler: index.handler", "%s: got %v, want a handler", from, cmp.Or[any](v, "none"))
	}
	in.DisplayName = name
	if err := in.layers(t, dir, name, o.Built); err != nil {
		return err
	}
	if err := in.called(t, name, o.Requests); err != nil {
		return err
	}
	if v := t.inline(name); v != nil {
		from := t.where(properties(name) + ".InlineCode")
		resolved, ok := t.resolve(v)
		if in.Inline = resolved; !ok || in.InlineFile() == "" {
			return fault.Usage("put the code into a file, and its folder into CodeUri", "%s: got code of %s that is only known in AWS, want a folder", from, in.LambdaRuntime)
		}
		return nil
	}
	_, from := t.property(name, "CodeUri")
	in.Code = path.Join(dir, code)
	if wrong := in.unbuilt(in.Code, o.Built); wrong != "" {
		hint := "run sam build: bench finds what it makes; or let bench build it: bench init " + path.Dir(o.Shown) + " --function " + name
		return fault.Usage(hint, "%s: got %s, %s", from, code, wrong)
	}
	return nil
}

// InlineFile is what CloudFormation calls the file of code that stands in a template;
// "" of runtimes that can't have any.
func (g Guess) InlineFile() string {
	return map[string]string{"nodejs": "index.js", "python": "index.py"}[family(g.LambdaRuntime)]
}

// called settles what a function is called with, if nobody says so. Of the requests to
// an API those are left out that a template says too little of, if others are there.
func (in *inspection) called(t template, name string, given bool) error {
	if given {
		in.Requests = nil
		return nil
	}
	plain := func(r Request) bool { return r.Event != "" || r.Method == "GET" && r.resource == r.Path }
	if slices.ContainsFunc(in.Requests, plain) {
		var left []string
		for _, r := range in.Requests {
			if !plain(r) {
				left = append(left, r.Method+" "+r.resource)
			}
		}
		if len(left) > 0 {
			in.open(fmt.Sprintf("%s: %s: left out, since a template has no bodies, parameters and statuses; give them with --requests.", t.where(properties(name)+".Events"), strings.Join(left, ", ")))
		}
		in.Requests = slices.DeleteFunc(in.Requests, func(r Request) bool { return !plain(r) })
	}
	if len(in.strange) == 0 {
		return nil
	}
	if len(in.Requests) == 0 && in.Integration == "event" {
		return fault.Usage("write one into a file: --requests FILE", "%s: an event of this source can't be made up", strings.Join(in.strange, ", "))
	}
	in.open(strings.Join(in.strange, ", ") + ": an event of this source can't be made up, and is left out.")
	return nil
}

// read are the properties that are read; those that say nothing about how a function
// runs are passed over.
var readProperties = []string{
	"Runtime", "Handler", "CodeUri", "InlineCode", "MemorySize", "Timeout", "EphemeralStorage", "Environment", "Events", "FunctionUrlConfig", "PackageType", "Layers", "Architectures",
}

var passedOver = []string{
	"AssumeRolePolicyDocument", "AutoPublishAlias", "AutoPublishAliasAllProperties", "AutoPublishCodeSha256", "CodeSigningConfigArn", "DeadLetterQueue", "DeploymentPreference",
	"Description", "EventInvokeConfig", "FunctionName", "FunctionScalingConfig", "KmsKeyArn", "LoggingConfig", "PermissionsBoundary", "Policies", "PropagateTags",
	"ProvisionedConcurrencyConfig", "PublishToLatestPublished", "RecursiveLoop", "ReservedConcurrentExecutions", "Role", "RolePath", "RuntimeManagementConfig",
	"SourceKMSKeyArn", "Tags", "Tracing", "VersionDeletionPolicy", "VersionDescription",
}

// others tells of properties that have an effect in AWS and none here.
func (in *inspection) others(t template, name string) {
	for _, keys := range []string{"Globals.Function", properties(name)} {
		all, _ := at(t.root, strings.Split(keys, ".")...).(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(all)) {
			if !slices.Contains(readProperties, key) && !slices.Contains(passedOver, key) {
				in.open(t.where(keys+"."+key) + " has no effect here.")
			}
		}
	}
	v, from := t.property(name, "Architectures")
	if list, _ := v.([]any); len(list) > 0 {
		if in.Arch, _ = t.resolve(list[0]); in.Arch == "" {
			in.open(fmt.Sprintf("%s is %v, which is only known in AWS: it is measured on this machine's.", from, list[0]))
		}
	}
}

// layers takes over those whose content lies here: first those of all functions, then
// its own.
func (in *inspection) layers(t template, dir, name string, built bool) error {
	for _, keys := range []string{"Globals.Function", properties(name)} {
		keys += ".Layers"
		v := at(t.root, strings.Split(keys, ".")...)
		list, isList := v.([]any)
		if v != nil && !isList {
			in.open(fmt.Sprintf("%s is %v, which is only known in AWS: it is left out.", t.where(keys), v))
		}
		for i, one := range list {
			if err := in.layer(t, dir, one, fmt.Sprintf("%s.%d", t.where(keys), i), built); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *inspection) layer(t template, dir string, layer any, from string, built bool) error {
	ref, _ := layer.(call)
	resource := at(t.root, "Resources", text(ref.on))
	if ref.name != "Ref" || text(at(resource, "Type")) != "AWS::Serverless::LayerVersion" {
		in.open(fmt.Sprintf("%s is %v, which is only known in AWS: it is left out.", from, layer))
		return nil
	}
	content := t.where(properties(text(ref.on)) + ".ContentUri")
	uri, ok := t.resolve(at(resource, "Properties", "ContentUri"))
	if !ok || uri == "" || strings.HasPrefix(uri, "s3:") {
		in.open(fmt.Sprintf("%s: got %v, which is not here: the layer is left out.", content, at(resource, "Properties", "ContentUri")))
		return nil
	}
	if _, err := fs.Stat(in.fs, path.Join(dir, uri)); err != nil {
		return fault.Usage("run sam build: bench finds what it makes", "%s: got %s, want a folder or a zip that exists", content, uri)
	}
	if method := text(at(resource, "Metadata", "BuildMethod")); method != "" && !built {
		return fault.Usage("run sam build: bench finds what it makes", "%s: got %s, which is not built (BuildMethod: %s)", content, uri, method)
	}
	in.Layers = append(in.Layers, path.Join(dir, uri))
	in.because("layers", uri, from)
	return nil
}

var requirement = regexp.MustCompile(`(?m)^\s*[A-Za-z0-9.-]`)

// unbuilt says what code lacks before Lambda could run it, "" if nothing. built code has
// its packages in it; that of somebody's sources is looked at.
func (in *inspection) unbuilt(code string, built bool) string {
	info, err := fs.Stat(in.fs, code)
	switch {
	case err != nil:
		return "want a folder or a zip that exists"
	case !info.IsDir():
		return "" // a zip, which is looked at when it is unpacked
	}
	stem, _, _ := cutLast(in.Handler, ".")
	handler := func(endings ...string) string {
		for _, ending := range endings {
			if in.has(path.Join(code, stem+ending)) {
				return ""
			}
		}
		return "want the handler's file " + stem + endings[0] + " in it"
	}
	switch family(in.LambdaRuntime) {
	case "provided":
		if !in.has(path.Join(code, "bootstrap")) {
			return "want a bootstrap in it"
		}
	case "java":
		class, _, _ := strings.Cut(in.Handler, "::")
		if !in.has(path.Join(code, strings.ReplaceAll(class, ".", "/")+".class")) && !in.holds(path.Join(code, "lib"), ".jar") {
			return "want classes or lib/*.jar in it"
		}
	case "dotnet":
		if !in.holds(code, ".dll") {
			return "want the program's .dll in it"
		}
	case "nodejs":
		var p packageJSON
		_ = json.Unmarshal([]byte(in.read(path.Join(code, "package.json"))), &p) // what can't be read installs nothing
		if _, err := fs.Stat(in.fs, path.Join(code, "node_modules")); !built && len(p.Dependencies) > 0 && err != nil {
			return "want its packages in node_modules, as package.json has dependencies"
		}
		return handler(".js", ".mjs", ".cjs")
	case "python":
		if !built && requirement.MatchString(in.read(path.Join(code, "requirements.txt"))) {
			return "want its packages in it, as requirements.txt names some"
		}
		stem = strings.ReplaceAll(stem, ".", "/")
		return handler(".py", "/__init__.py")
	}
	return ""
}

// holds reports whether a folder has a file with that ending.
func (in *inspection) holds(dir, ending string) bool {
	entries, _ := fs.ReadDir(in.fs, dir) // none if there is no such folder
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.HasSuffix(e.Name(), ending) })
}
