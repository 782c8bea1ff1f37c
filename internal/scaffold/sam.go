package scaffold

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// functionType is how SAM calls a function.
const functionType = "AWS::Serverless::Function"

// template is a SAM template with the values of its parameters' defaults.
type template struct {
	file string
	root any
}

// sam guesses the function of a SAM template; found is false of a template without
// functions, which another tool may have named so.
func (in *inspection) sam(file string) (found bool, err error) {
	root, err := parse(in.read(file))
	if err != nil {
		return true, fault.Usage("correct the file, or move it away so that the folder's other files tell", "%s: %w", file, err)
	}
	t := template{file: file, root: root}
	resources, _ := at(root, "Resources").(map[string]any)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		if text(at(resources[name], "Type")) == functionType {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return false, nil
	}
	name, err := in.choose(file, names)
	if err != nil {
		return true, err
	}
	resource := resources[name]
	where := file + ": Resources." + name + ".Properties."
	property := func(key string) (any, string) {
		if v := at(resource, "Properties", key); v != nil {
			return v, where + key
		}
		return at(root, "Globals", "Function", key), file + ": Globals.Function." + key
	}
	if kind, from := property("PackageType"); text(kind) == "Image" {
		return true, fault.Usage("bench runs zips: give the function a Runtime and a Handler", "%s: got Image, want Zip", from)
	}
	if _, inline := at(resource, "Properties", "InlineCode").(string); inline {
		return true, fault.Usage("put the code into a file, and its folder into CodeUri", "%sInlineCode: got code in the template, want a folder", where)
	}
	in.Name = manifestName(name)
	in.because("name", in.Name, file+": Resources."+name)
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
	if layers, from := property("Layers"); layers != nil {
		in.open(from + ": layers are not taken along; let the build copy what the function needs of them.")
	}
	in.samEnv(t, where, resource)
	in.samEvents(t, where, resource)
	dir := "."
	if uri, from := property("CodeUri"); uri != nil {
		resolved, ok := t.resolve(uri)
		if !ok || strings.HasPrefix(resolved, "s3:") {
			return true, fault.Usage("name a folder of this one", "%s: got %v, want a folder", from, uri)
		}
		dir = path.Clean(resolved)
		if dir != "." {
			in.because("build", "in "+dir, from)
		}
	}
	return true, in.samCode(t, dir, name, resource)
}

// samCode guesses the build of a template's function.
func (in *inspection) samCode(t template, dir, name string, resource any) error {
	if points, ok := at(resource, "Metadata", "BuildProperties", "EntryPoints").([]any); ok && text(at(resource, "Metadata", "BuildMethod")) == "esbuild" && len(points) > 0 {
		in.Sources = []string{"**", "!" + path.Join(dir, "node_modules/**")}
		handled, _, _ := cutLast(in.Handler, ".")
		point := text(points[0])
		for _, one := range points {
			if path.Base(scriptEnding.ReplaceAllString(text(one), "")) == path.Base(handled) {
				point = text(one)
			}
		}
		in.bundleAs(dir, point, at(resource, "Metadata", "BuildProperties"), t.file+": Resources."+name+".Metadata.BuildProperties")
		return nil
	}
	if text(at(resource, "Metadata", "BuildMethod")) == "makefile" {
		in.Build = inDir(dir, "make build-"+quoted(name)+` ARTIFACTS_DIR="$BENCH_OUTPUT"`)
		in.because("build", "make build-"+name, t.file+": Resources."+name+".Metadata.BuildMethod")
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

// numbers takes over the sizes that a function has under these names.
func (in *inspection) numbers(resolve func(any) (string, bool), property func(string) (any, string), memory, timeout, storage string) {
	for _, field := range []struct {
		key, name string
		to        *int
	}{{memory, "memory", &in.Memory}, {timeout, "timeout", &in.Timeout}, {storage, "ephemeralStorage", &in.EphemeralStorage}} {
		v, from := property(field.key)
		if size := at(v, "Size"); size != nil { // SAM's storage
			v, from = size, from+".Size"
		}
		if v == nil {
			continue
		}
		resolved, _ := resolve(v)
		n, err := strconv.Atoi(resolved)
		if err != nil {
			in.open(fmt.Sprintf("%s is %v, which is only known in AWS: write a number into %s.", from, v, field.name))
			continue
		}
		*field.to = n
		in.because(field.name, resolved, from)
	}
}

func (in *inspection) samEnv(t template, where string, resource any) {
	all := map[string]any{}
	from := map[string]string{}
	for _, source := range []struct {
		value any
		where string
	}{{at(t.root, "Globals", "Function", "Environment", "Variables"), t.file + ": Globals.Function."}, {at(resource, "Properties", "Environment", "Variables"), where}} {
		variables, _ := source.value.(map[string]any)
		for name, value := range variables {
			all[name], from[name] = value, source.where+"Environment.Variables."+name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		in.variable(name, all[name], from[name], t.resolve)
	}
}

// variable adds an environment variable, or says that its value is not known here.
func (in *inspection) variable(name string, value any, from string, resolve func(any) (string, bool)) {
	resolved, ok := resolve(value)
	if !ok {
		in.Env = append(in.Env, Variable{Name: name, Unknown: fmt.Sprint(value)})
		in.open(fmt.Sprintf("%s is %v, which is only known in AWS: write a value into env.", from, value))
		return
	}
	in.Env = append(in.Env, Variable{Name: name, Value: resolved})
	in.because("env."+name, resolved, from)
}

var reference = regexp.MustCompile(`\$\{([^}]*)\}`)

// resolve is a value as far as the template alone tells: parameters are their defaults.
func (t template) resolve(value any) (string, bool) {
	c, ok := value.(call)
	if !ok {
		switch value.(type) {
		case map[string]any, []any:
			return "", false
		}
		return text(value), true
	}
	parameter := func(name string) (string, bool) {
		v := at(t.root, "Parameters", name, "Default")
		return text(v), v != nil
	}
	switch on := c.on.(type) {
	case string:
		if c.name == "Ref" {
			return parameter(on)
		}
		if c.name != "Sub" {
			return "", false
		}
		known := true
		replaced := reference.ReplaceAllStringFunc(on, func(one string) string {
			v, ok := parameter(one[2 : len(one)-1])
			known = known && ok
			return v
		})
		return replaced, known
	case []any:
		if c.name == "Join" && len(on) == 2 {
			words, _ := on[1].([]any)
			var parts []string
			for _, word := range words {
				part, ok := t.resolve(word)
				if !ok {
					return "", false
				}
				parts = append(parts, part)
			}
			return strings.Join(parts, text(on[0])), true
		}
	}
	return "", false
}

// family is the language of a Lambda runtime, such as nodejs.
func family(id string) string {
	if i := strings.IndexAny(id, ".0123456789"); i >= 0 {
		return id[:i]
	}
	return id
}
