// Package scaffold guesses the manifest of a function from what lies in its folder:
// a template of SAM or the Serverless Framework, or the files of a language's package
// manager. It says of each field what it was guessed from, and what it could not know.
//
// It reads and writes nothing but what it is given, and runs nothing: what it guesses
// may be wrong, which is why the reasons are part of the result.
//
//	guess, err := scaffold.Inspect(os.DirFS(dir), dir, scaffold.Options{Runtimes: runtimeclient.IDs()})
package scaffold

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/script"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Options of Inspect.
type Options struct {
	// Function is the one that is meant where a template has several; "" where it
	// has one.
	Function string
	// LambdaRuntime and Handler stand in place of the one that would be guessed, or that a template has; ""
	// leaves it.
	LambdaRuntime, Handler string
	// Runtimes are Lambda's ids of those that have a client.
	Runtimes []string
	// Here says whether this machine has what one of them takes; nil is for all.
	Here func(id string) bool
}

// Reason says where a field of the manifest comes from.
type Reason struct {
	Field string `json:"field"`
	Value string `json:"value"`
	// From is a file and the field in it, or a convention.
	From string `json:"from"`
}

// Request is an entry of the request file.
type Request struct {
	Name, Method, Path string
	// Event is JSON, in place of Method and Path.
	Event string

	resource string // that the path is of
}

// Guess is a manifest in few lines and where it comes from.
type Guess struct {
	Name, DisplayName, LambdaRuntime, Handler string
	// Build is a shell script. Code, in its place, is a folder or a zip that is taken as it
	// is: a path in the file system that was read. Inline is the text of the only file of a
	// folder that there has to be first.
	Build, Code, Inline string
	// Zip is what Build would make, where it is there already: a path in the folder.
	Zip string
	// Toolchain are programs that Build needs.
	Toolchain   []config.Tool
	Sources     []string
	Integration string
	// Stream is of a function URL whose answers are sent as they are made.
	Stream bool
	Routes []string
	Env    []Variable
	// Layers are folders or zips, as Code is.
	Layers []string
	// Arch is the architecture that AWS runs it on; "" where nothing says.
	Arch string
	// Memory and EphemeralStorage are in MB, Timeout in seconds; 0 where nothing says.
	Memory, Timeout, EphemeralStorage int
	Requests                          []Request
	Reasons                           []Reason
	// Open are sentences on what could not be known, or has no place in a manifest.
	Open []string
}

// Variable is an environment variable. Where its value can't be known here, Unknown
// is how the template writes it.
type Variable struct {
	Name, Value, Unknown string
}

// wanted is what makes a folder one that is recognised.
const wanted = "template.yaml (SAM), serverless.yml, package.json, pyproject.toml, requirements.txt or Pipfile, go.mod, Cargo.toml, pom.xml, build.gradle or build.gradle.kts"

// Inspect guesses the manifest of the folder's function. name is the folder's.
func Inspect(folder fs.FS, name string, o Options) (Guess, error) {
	in := &inspection{fs: folder, o: o, folder: name}
	recognised, err := in.recognise()
	if err := cmp.Or(err, in.refused); err != nil {
		return Guess{}, err
	}
	if !recognised {
		hint := "bench init looks for " + wanted
		if below := in.below(); len(below) > 0 {
			hint = "such files are in " + strings.Join(below, ", ") + ": bench init " + path.Join(name, below[0])
		}
		return Guess{}, fault.Usage(hint, "%s: got none of the files that tell what a function is made of, want one", name)
	}
	if needed := !strings.HasPrefix(in.LambdaRuntime, "provided"); needed && in.Handler == "" && o.Handler != "" {
		in.Handler = o.Handler
		in.because("handler", in.Handler, "--handler")
	} else if needed && in.Handler == "" {
		in.Handler = placeholders[family(in.LambdaRuntime)]
		in.because("handler", in.Handler, "a placeholder: nothing was found that looks like one")
		in.open("The handler was not found: write the right one into handler, or name it: --handler.")
	}
	in.taken()
	return in.Guess, nil
}

// placeholders are handlers as languages write them.
var placeholders = map[string]string{
	"nodejs": "index.handler", "python": "lambda_function.lambda_handler", "java": "example.Handler::handleRequest", "ruby": "lambda_function.lambda_handler", "dotnet": "Assembly::Namespace.Class::Method",
}

// below are the folders further down that would be recognised, the nearest first.
func (in *inspection) below() []string {
	const most = 8
	var folders []string
	for _, file := range in.files(".", "template.yaml", "template.yml", "template.json", "serverless.yml", "serverless.yaml", "go.mod", "Cargo.toml", "pom.xml",
		"build.gradle", "build.gradle.kts", "package.json", "pyproject.toml", "requirements.txt", "Pipfile") {
		if folder := path.Dir(file); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	slices.SortStableFunc(folders, func(a, b string) int { return cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")) })
	return folders[:min(len(folders), most)]
}

// inspection is a guess under way.
type inspection struct {
	Guess
	fs     fs.FS
	o      Options
	folder string // as messages name it
	// refused is why there is no manifest, found where a guess had to be made.
	refused error
	// source is the folder of the function's sources, handled the file with its handler;
	// "" where it was not looked for.
	source, handled string
	// made is what a template names of that folder, where it is not there to be built; "" if nothing.
	made string
	// program is what a template says of a function that has a bootstrap, though nothing reads it.
	program string
	// asIs is set where the code is taken as it is, and no file is written that a person
	// could correct.
	asIs bool
	// strange are event sources whose events can't be made up, where asIs is set.
	strange []string
}

func (in *inspection) because(field, value, from string) {
	in.Reasons = append(in.Reasons, Reason{Field: field, Value: value, From: from})
}

func (in *inspection) open(sentence string) {
	if !slices.Contains(in.Open, sentence) {
		in.Open = append(in.Open, sentence)
	}
}

func (in *inspection) refuse(err error) { in.refused = cmp.Or(in.refused, err) }

// call settles the name: of the folder, or of the template's function.
func (in *inspection) call(text, from string) {
	in.Name = manifestName(text)
	if whole := words(text); whole != in.Name {
		in.DisplayName = text
		from += fmt.Sprintf(", cut to the %d characters that a name may have", maxName)
	}
	in.because("name", in.Name, from)
}

func (in *inspection) recognise() (bool, error) {
	for _, file := range []string{"template.yaml", "template.yml", "template.json"} {
		if in.has(file) {
			if found, err := in.sam(file); found || err != nil {
				return found, err
			}
		}
	}
	for _, file := range []string{"serverless.yml", "serverless.yaml"} {
		if in.has(file) {
			return true, in.serverless(file)
		}
	}
	for _, file := range []string{"serverless.ts", "serverless.js", "serverless.json"} {
		if in.has(file) {
			in.open(file + " was not read, as serverless.yml is: its runtime, memory, time-out, variables and routes are not in the manifest.")
		}
	}
	if in.code(".", "") {
		in.call(path.Base(in.folder), "the folder's name")
		return true, nil
	}
	return false, nil
}

// managers are the files that tell how a function of a family is built.
var managers = []struct {
	family string
	files  []string
}{
	{"provided", []string{"go.mod", "Cargo.toml"}}, {"go", []string{"go.mod"}}, {"java", []string{"pom.xml", "build.gradle", "build.gradle.kts"}},
	{"nodejs", []string{"package.json"}}, {"python", []string{"pyproject.toml", "requirements.txt", "Pipfile"}},
}

// manager is the file that tells how a function of a family is built in dir, "" if none.
func (in *inspection) manager(dir, family string) string {
	for _, m := range managers {
		if family != "" && family != m.family {
			continue
		}
		for _, file := range m.files {
			if in.has(path.Join(dir, file)) {
				return file
			}
		}
	}
	return ""
}

// unsaid fills in the sizes that a template leaves to AWS, or to the tool it is for.
func (in *inspection) unsaid(memory, timeout int, from string) {
	if in.Memory == 0 {
		in.Memory = memory
		in.because("memory", strconv.Itoa(memory), from)
	}
	if in.Timeout == 0 {
		in.Timeout = timeout
		in.because("timeout", strconv.Itoa(timeout), from)
	}
}

// code guesses what builds the function in dir, and, where no template has said so,
// its runtime and handler. language is a runtime's family, "" for any.
func (in *inspection) code(dir, language string) bool {
	is := func(family string, files ...string) bool {
		if language != "" && language != family {
			return false
		}
		for _, file := range files {
			if in.has(path.Join(dir, file)) {
				return true
			}
		}
		return false
	}
	in.source = dir
	in.otherRuntime()
	switch {
	case is("go", "go.mod") && in.LambdaRuntime == "go1.x":
		in.program, in.LambdaRuntime, in.Handler = in.Handler, "provided.al2023", ""
		in.Reasons = slices.DeleteFunc(in.Reasons, func(r Reason) bool { return r.Field == "handler" || r.Field == "lambdaRuntime" })
		in.because("lambdaRuntime", in.LambdaRuntime, "go1.x, which the template has, ended; a program named bootstrap takes its place")
		in.goProgram(dir)
	case is("provided", "go.mod"):
		in.goProgram(dir)
	case is("provided", "Cargo.toml"):
		in.rust(dir)
	case is("java", "pom.xml"):
		in.maven(dir)
	case is("java", "build.gradle", "build.gradle.kts"):
		in.gradle(dir)
	case is("nodejs", "package.json"):
		in.node(dir)
	case is("python", "pyproject.toml", "requirements.txt", "Pipfile"):
		in.python(dir)
	default:
		return false
	}
	return true
}

// otherRuntime takes the one that a person named.
func (in *inspection) otherRuntime() {
	if in.o.LambdaRuntime != "" && in.LambdaRuntime != in.o.LambdaRuntime {
		in.LambdaRuntime = in.o.LambdaRuntime
		in.Reasons = slices.DeleteFunc(in.Reasons, func(r Reason) bool { return r.Field == "lambdaRuntime" })
		in.because("lambdaRuntime", in.LambdaRuntime, "--lambda-runtime")
	}
}

// runtime is the Lambda runtime of a family, such as nodejs: the template's, or the
// one of the version that a file names, or the newest that can be run here.
func (in *inspection) runtime(family, version, from string) {
	if in.LambdaRuntime != "" {
		return
	}
	var all []string
	for _, id := range in.o.Runtimes {
		if !strings.HasPrefix(id, family) {
			continue
		}
		if version != "" && strings.TrimSuffix(strings.TrimPrefix(id, family), ".x") == version {
			in.LambdaRuntime = id
			in.because("lambdaRuntime", id, from)
			return
		}
		all = append(all, id)
	}
	slices.SortFunc(all, func(a, b string) int {
		if newer(a, b) {
			return -1
		}
		return 1
	})
	newest, reason := "", "the newest, though nothing here runs it"
	if len(all) > 0 {
		newest = all[0]
	}
	for _, id := range all {
		if in.o.Here == nil || in.o.Here(id) {
			newest, reason = id, "the newest that can be run here"
			break
		}
	}
	in.LambdaRuntime = newest
	if version != "" {
		reason += "; " + from + " has " + version
	}
	in.because("lambdaRuntime", newest, reason)
}

var numbers = regexp.MustCompile(`\d+`)

// newer compares the ids of a family's runtimes by their numbers.
func newer(a, b string) bool {
	as, bs := numbers.FindAllString(a, -1), numbers.FindAllString(b, -1)
	for i := range as {
		if i >= len(bs) {
			return true
		}
		if len(as[i]) != len(bs[i]) {
			return len(as[i]) > len(bs[i])
		}
		if as[i] != bs[i] {
			return as[i] > bs[i]
		}
	}
	return false
}

// inDir makes a script run in a folder below that of the manifest.
func inDir(dir, script string) string {
	if dir == "." {
		return script
	}
	return "cd " + quoted(dir) + "\n" + script
}

func quoted(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return script.Quote(word)
}

var (
	plainWord        = regexp.MustCompile(`^[A-Za-z0-9_./@:+=-]+$`)
	innerCapital     = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	noNameCharacters = regexp.MustCompile(`[^a-z0-9]+`)
)

// maxName is the length of a name in a manifest.
const maxName = 20

// manifestName makes a name of a manifest out of a folder's or a function's.
func manifestName(text string) string {
	name := words(text)
	return strings.TrimRight(name[:min(len(name), maxName)], "-")
}

// words are a text's, in small letters and with hyphens between.
func words(text string) string {
	text = innerCapital.ReplaceAllString(text, "$1-$2")
	name := strings.Trim(noNameCharacters.ReplaceAllString(strings.ToLower(text), "-"), "-")
	if name == "" || name[0] < 'a' {
		name = strings.Trim("f-"+name, "-")
	}
	return name
}

func (in *inspection) has(file string) bool {
	info, err := fs.Stat(in.fs, path.Clean(file))
	return err == nil && info.Mode().IsRegular()
}

// read is a file's text, "" where it can't be read: guesses do without it.
func (in *inspection) read(file string) string {
	text, err := fs.ReadFile(in.fs, path.Clean(file))
	if err != nil {
		return ""
	}
	return string(text)
}

// files are those below dir whose names have an ending, without what others installed
// or built, and without tests.
func (in *inspection) files(dir string, endings ...string) []string {
	var found []string
	err := fs.WalkDir(in.fs, path.Clean(dir), func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // what can't be read has no handler
		}
		base := path.Base(name)
		if entry.IsDir() {
			if name != path.Clean(dir) && (strings.HasPrefix(base, ".") || skipped[base]) {
				return fs.SkipDir
			}
			return nil
		}
		for _, ending := range endings {
			if strings.HasSuffix(base, ending) && !tests.MatchString(base) {
				found = append(found, name)
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return found
}

// tests are files that no function runs, declarations of types among them.
var tests = regexp.MustCompile(`(?:^|[._-])(?:tests?|spec|config|conftest)[._-]|^conftest\.|Tests?\.(?:java|kt)$|\.d\.[mc]?ts$`)

var skipped = map[string]bool{
	"node_modules": true, "venv": true, "__pycache__": true, "target": true, "vendor": true, "test": true, "tests": true, "__tests__": true,
	"dist": true, "build": true, "out": true, "coverage": true,
}
