package scaffold

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// functionType is how SAM calls a function.
const functionType = "AWS::Serverless::Function"

// sam guesses the function of a SAM template; found is false of a template without
// functions, which another tool may have named so.
func (in *inspection) sam(file string) (found bool, err error) {
	t, err := parse(file, in.read(file))
	if err != nil {
		return true, fault.Usage("correct the file, or move it away so that the folder's other files tell", "%s: %w", file, err)
	}
	names := t.functions()
	if err := t.check(); err != nil {
		return true, err
	}
	if len(names) == 0 {
		return false, nil
	}
	name, err := in.choose(file, names)
	if err != nil {
		return true, err
	}
	code, err := in.samFunction(t, name)
	if err != nil {
		return true, err
	}
	if err := in.layers(t, ".", name, false); err != nil {
		in.open(fmt.Sprintf("%v; %s.", err, fault.Hint(err)))
	}
	return true, in.samCode(t, in.project(path.Clean(code), t.where(properties(name)+".CodeUri")), name)
}

// project is the folder that a function is built in. Where a template names what a build
// leaves, such as target/app.jar, that is the nearest folder above which has the files of
// a package manager.
func (in *inspection) project(code, from string) string {
	of := family(in.LambdaRuntime)
	info, err := fs.Stat(in.fs, code)
	if err == nil && info.IsDir() && (in.manager(code, of) != "" || of != "java" && of != "provided" && of != "go") {
		return code
	}
	for dir := path.Dir(code); code != "."; dir = path.Dir(dir) {
		if manager := in.manager(dir, of); manager != "" {
			in.made, _ = strings.CutPrefix(code, strings.TrimPrefix(dir+"/", "./"))
			in.Reasons = slices.DeleteFunc(in.Reasons, func(r Reason) bool { return r.Field == "build" })
			in.because("build", "in "+dir+", from where "+code+" is made", from+", "+path.Join(dir, manager))
			return dir
		}
		if dir == "." || dir == "/" || strings.HasPrefix(dir, "..") {
			break
		}
	}
	return code
}

// built takes what a template names as the function's zip, if it is one.
func (in *inspection) built(code, from string) bool {
	if !in.has(code) {
		return false
	}
	in.Zip = code
	in.Reasons = slices.DeleteFunc(in.Reasons, func(r Reason) bool { return r.Field == "build" })
	in.because("zip", code, from)
	return true
}

// functions are the names of the template's functions.
func (t template) functions() []string {
	resources, _ := at(t.root, "Resources").(map[string]any)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		if text(at(resources[name], "Type")) == functionType {
			names = append(names, name)
		}
	}
	return names
}

// properties is the place of a function's own.
func properties(name string) string { return "Resources." + name + ".Properties" }

// property is a function's own or that of all functions, and its place.
func (t template) property(name, key string) (any, string) {
	own := t.where(properties(name) + "." + key)
	if v := at(t.root, "Resources", name, "Properties", key); v != nil {
		return v, own
	}
	if v := at(t.root, "Globals", "Function", key); v != nil {
		return v, t.where("Globals.Function." + key)
	}
	return nil, own
}

// inline is a function's code, where it stands in the template itself.
func (t template) inline(name string) any {
	return at(t.root, "Resources", name, "Properties", "InlineCode")
}

// samFunction takes over what a template says of a function. It returns where its code
// is, as the template has it.
func (in *inspection) samFunction(t template, name string) (code string, err error) {
	property := func(key string) (any, string) { return t.property(name, key) }
	if kind, from := property("PackageType"); text(kind) == "Image" {
		return "", fault.Usage("bench runs zips: give the function a Runtime and a Handler", "%s: got Image, want Zip", from)
	}
	if t.inline(name) != nil && !in.asIs {
		return "", fault.Usage("put the code into a file, and its folder into CodeUri", "%s: got code in the template, want a folder", t.where(properties(name)+".InlineCode"))
	}
	in.call(name, t.where("Resources."+name))
	for _, field := range []struct {
		key, name string
		to        *string
	}{{"Runtime", "lambdaRuntime", &in.LambdaRuntime}, {"Handler", "handler", &in.Handler}} {
		v, from := property(field.key)
		if field.name == "handler" && (strings.HasPrefix(in.LambdaRuntime, "provided") || in.o.Handler != "") {
			break // which nothing reads there, or a person has said
		}
		if resolved, ok := t.resolve(v); ok && resolved != "" {
			*field.to = resolved
			in.because(field.name, resolved, from)
		}
	}
	if err := in.numbers(t.resolve, property, "MemorySize", "Timeout", "EphemeralStorage"); err != nil {
		return "", err
	}
	in.unsaid(defaultMemory, defaultTimeout, "AWS's default, as "+t.file+" has none")
	in.samEnv(t, name)
	if err := in.samEvents(t, name); err != nil {
		return "", err
	}
	in.others(t, name)
	uri, from := property("CodeUri")
	if uri == nil {
		return ".", nil
	}
	resolved, ok := t.resolve(uri)
	if !ok || strings.HasPrefix(resolved, "s3:") {
		return "", fault.Usage("name a folder of this one", "%s: got %v, want a folder", from, uri)
	}
	if path.Clean(resolved) != "." {
		in.because("build", "in "+path.Clean(resolved), from)
	}
	return resolved, nil
}

// samCode guesses the build of a template's function.
func (in *inspection) samCode(t template, dir, name string) error {
	in.source = dir
	in.otherRuntime()
	resource := at(t.root, "Resources", name)
	if points, ok := at(resource, "Metadata", "BuildProperties", "EntryPoints").([]any); ok && text(at(resource, "Metadata", "BuildMethod")) == "esbuild" && len(points) > 0 {
		in.Sources = []string{"**", "!" + path.Join(dir, "node_modules/**")}
		handled, _, _ := cutLast(in.Handler, ".")
		point := text(points[0])
		for _, one := range points {
			if path.Base(scriptEnding.ReplaceAllString(text(one), "")) == path.Base(handled) {
				point = text(one)
			}
		}
		in.bundleAs(dir, point, at(resource, "Metadata", "BuildProperties"), t.where("Resources."+name+".Metadata.BuildProperties"))
		return nil
	}
	if text(at(resource, "Metadata", "BuildMethod")) == "makefile" {
		in.Build = inDir(dir, "make build-"+quoted(name)+` ARTIFACTS_DIR="$BENCH_OUTPUT"`)
		in.because("build", "make build-"+name, t.where("Resources."+name+".Metadata.BuildMethod"))
		return nil
	}
	if in.code(dir, family(in.LambdaRuntime)) {
		return nil
	}
	_, from := t.property(name, "CodeUri")
	if in.built(dir, from) {
		return nil
	}
	return in.copies(dir, from)
}

// copies takes a folder as it is, where there is nothing to install.
func (in *inspection) copies(dir, from string) error {
	in.otherRuntime()
	info, err := fs.Stat(in.fs, dir)
	switch {
	case err != nil:
		return fault.Usage("correct the path, or make what it names first: bench init then takes it as it is", "%s: got %s, which does not exist, and no folder above it has the files that tell how it is built", from, dir)
	case !info.IsDir():
		return fault.Usage("name a folder or a zip", "%s: got %s, want a folder or a zip", from, dir)
	case in.LambdaRuntime == "" || strings.HasPrefix(in.LambdaRuntime, "provided") || strings.HasPrefix(in.LambdaRuntime, "java"):
		return fault.Usage("bench init looks for "+wanted, "%s: the code's folder %s has none of the files that tell how it is built, want one", from, dir)
	}
	if in.compiles(dir) {
		return nil
	}
	in.source = dir
	in.Build = inDir(dir, copyAll())
	in.because("build", "all files", dir+": nothing says what to install")
	return nil
}

// bundleAs runs esbuild as SAM would.
func (in *inspection) bundleAs(dir, point string, properties any, from string) {
	p := in.packageJSON(dir)
	install, _ := in.installs(dir, p)
	stem := scriptEnding.ReplaceAllString(strings.TrimPrefix(point, "./"), "")
	if handled, _, _ := cutLast(in.Handler, "."); path.Base(handled) == path.Base(stem) {
		stem = handled
	}
	words := []string{in.npx(p, path.Join(dir, "package.json")) + " " + quoted(point) + " --bundle --platform=node --target=" + cmp.Or(strings.ToLower(text(at(properties, "Target"))), "es2022")}
	format := text(at(properties, "Format"))
	if format != "" {
		words = append(words, "--format="+format)
	}
	ending := ".js"
	if out, _ := at(properties, "OutExtension").([]any); len(out) > 0 {
		if _, after, ok := strings.Cut(text(out[0]), "="); ok {
			ending = after
		}
	}
	if text(at(properties, "Minify")) == "true" {
		words = append(words, "--minify")
	}
	external, _ := at(properties, "External").([]any)
	for _, one := range external {
		words = append(words, "--external:"+quoted(text(one)))
	}
	words = append(words, `--outfile="$BENCH_OUTPUT/`+stem+ending+`"`)
	in.source, in.handled = dir, path.Join(dir, point)
	in.Build = inDir(dir, strings.TrimPrefix(install+"\n"+strings.Join(words, " "), "\n"))
	in.because("build", "esbuild "+point, from)
}

// choose is the function that is meant.
func (in *inspection) choose(file string, names []string) (string, error) {
	want := in.o.Function
	switch {
	case want != "" && slices.Contains(names, want):
		return want, nil
	case want != "":
		return "", fault.Usage("functions of "+file+": "+strings.Join(names, ", "), "--function %s: there is no such function", want)
	case len(names) > 1:
		return "", fault.Usage("name one of them: --function "+names[0], "%s: got the functions %s, want one for a manifest", file, strings.Join(names, ", "))
	}
	return names[0], nil
}

// family is the language of a Lambda runtime, such as nodejs.
func family(id string) string {
	if i := strings.IndexAny(id, ".0123456789"); i >= 0 {
		return id[:i]
	}
	return id
}

// serverlessTypes are the resources that SAM adds to CloudFormation's.
var serverlessTypes = []string{
	functionType, "AWS::Serverless::Api", "AWS::Serverless::Application", "AWS::Serverless::CapacityProvider", "AWS::Serverless::Connector", "AWS::Serverless::GraphQLApi",
	"AWS::Serverless::HttpApi", "AWS::Serverless::LayerVersion", "AWS::Serverless::SimpleTable", "AWS::Serverless::StateMachine", "AWS::Serverless::WebSocketApi",
}

// check refuses resources of a type that SAM can't mean: a function among them would be
// passed over.
func (t template) check() error {
	resources, _ := at(t.root, "Resources").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		kind := text(at(resources[name], "Type"))
		if kind == "" && !strings.HasPrefix(name, "Fn::") || strings.HasPrefix(strings.ToLower(kind), "aws::serverless") && !slices.Contains(serverlessTypes, kind) {
			return fault.Usage("types of SAM: "+strings.Join(serverlessTypes, ", "), "%s: got %q, want the type of a resource", t.where("Resources."+name+".Type"), kind)
		}
	}
	return nil
}
