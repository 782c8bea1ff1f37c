package scaffold

import (
	"cmp"
	"fmt"
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
	return true, in.samCode(t, path.Clean(code), name)
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
	in.Name = manifestName(name)
	in.because("name", in.Name, t.where("Resources."+name))
	for _, field := range []struct {
		key, name string
		to        *string
	}{{"Runtime", "lambdaRuntime", &in.LambdaRuntime}, {"Handler", "handler", &in.Handler}} {
		v, from := property(field.key)
		if field.name == "handler" && strings.HasPrefix(in.LambdaRuntime, "provided") {
			break // which nothing reads there
		}
		if resolved, ok := t.resolve(v); ok && resolved != "" {
			*field.to = resolved
			in.because(field.name, resolved, from)
		}
	}
	in.numbers(t.resolve, property, "MemorySize", "Timeout", "EphemeralStorage")
	in.samEnv(t, name)
	in.samEvents(t, name)
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
	return in.copies(dir, t.file)
}

// copies takes a folder as it is, where there is nothing to install.
func (in *inspection) copies(dir, file string) error {
	if in.LambdaRuntime == "" || strings.HasPrefix(in.LambdaRuntime, "provided") || strings.HasPrefix(in.LambdaRuntime, "java") {
		return fault.Usage("bench init looks for "+wanted, "%s: the code's folder %s has none of the files that tell how it is built, want one", file, dir)
	}
	in.Build = inDir(dir, copyAll())
	in.because("build", "all files", dir+": nothing says what to install")
	return nil
}

// bundleAs runs esbuild as SAM would.
func (in *inspection) bundleAs(dir, point string, properties any, from string) {
	install, _ := in.installs(dir, packageJSON{DevDependencies: map[string]string{"esbuild": "*"}})
	stem := scriptEnding.ReplaceAllString(strings.TrimPrefix(point, "./"), "")
	if handled, _, _ := cutLast(in.Handler, "."); path.Base(handled) == path.Base(stem) {
		stem = handled
	}
	words := []string{"npx esbuild " + quoted(point) + " --bundle --platform=node --target=" + cmp.Or(strings.ToLower(text(at(properties, "Target"))), "es2022")}
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
	in.Build = inDir(dir, install+"\n"+strings.Join(words, " "))
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
