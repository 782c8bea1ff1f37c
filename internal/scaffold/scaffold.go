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
