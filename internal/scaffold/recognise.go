package scaffold

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

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
	case is("nodejs", "package.json") && !(is("python", "requirements.txt", "pyproject.toml", "Pipfile") && in.onlyTools(dir)):
		in.node(dir)
	case is("python", "pyproject.toml", "requirements.txt", "Pipfile"):
		in.python(dir)
	default:
		return false
	}
	return true
}

// onlyTools says of a package.json beside Python's files that its packages deploy a
// function of Python: no source of Node.js has a handler.
func (in *inspection) onlyTools(dir string) bool {
	return len(in.nodeHandlers(dir, in.packageJSON(dir))) == 0 && len(in.pythonHandlers(dir)) > 0
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
// one of the version that a file names, or the next to that; or the newest that can be
// run here.
func (in *inspection) runtime(family, version, from string) {
	if in.LambdaRuntime != "" {
		return
	}
	if match := imageOf.FindStringSubmatch(in.read(path.Join(in.source, "Dockerfile"))); version == "" && match != nil && match[1] == family {
		version, from = match[2], path.Join(in.source, "Dockerfile")
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
		if in.o.Here != nil && !in.o.Here(id) {
			continue
		}
		if version == "" {
			newest, reason = id, "the newest that can be run here"
			break
		}
		if newer(family+version, id) {
			break
		}
		newest, reason = id, "the next that can be run here" // older libraries do not know much newer ones
	}
	in.LambdaRuntime = newest
	if version != "" {
		reason += "; " + from + " has " + version
	}
	in.because("lambdaRuntime", newest, reason)
}

// imageOf is AWS's base image of a function that is deployed as one, and commanded its
// handler.
var (
	imageOf   = regexp.MustCompile(`\blambda/(python|nodejs|java):(\d+(?:\.\d+)?)`)
	commanded = regexp.MustCompile(`(?m)^CMD\s*\[\s*"([^"]+)"`)
)

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
