package scaffold

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

var (
	requiresPython = regexp.MustCompile(`(?m)^\s*(?:requires-python|python)\s*=\s*"[^"\d]*(\d+\.\d+)`)
	goClient       = "github.com/aws/aws-lambda-go/lambda"
	goMain         = regexp.MustCompile(`(?m)^package main\s*$`)
	cargoName      = regexp.MustCompile(`(?m)^\s*name\s*=\s*"([^"]+)"`)
	javaRelease    = regexp.MustCompile(`<(?:maven\.compiler\.release|maven\.compiler\.target|maven\.compiler\.source|java\.version|release|target)>(?:1\.)?(\d+)<`)
	gradleRelease  = regexp.MustCompile(`(?:JavaLanguageVersion\.of\(|VERSION_(?:1_)?|jvmToolchain\(|release\s*=\s*)(\d+)`)
)

// python guesses a function of Python: its packages and the folder's files.
func (in *inspection) python(dir string) {
	project := path.Join(dir, "pyproject.toml")
	version, from := "", ""
	if match := requiresPython.FindStringSubmatch(in.read(project)); match != nil {
		version, from = match[1], project+": requires-python"
	}
	if pinned := in.read(path.Join(dir, ".python-version")); pinned != "" {
		if parts := numbers.FindAllString(pinned, 2); len(parts) == 2 {
			version, from = strings.Join(parts, "."), path.Join(dir, ".python-version")
		}
	}
	in.runtime("python", version, from)
	in.Sources = []string{"**", "!**/__pycache__/**", "!" + path.Join(dir, ".venv/**")}
	if in.Handler == "" {
		in.handler(in.pythonHandlers(dir))
	}
	const pip = `"$TOOL_PYTHON" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$BENCH_OUTPUT" `
	script, what, why := "", "all files", dir+": nothing says what to install"
	switch {
	case in.has(path.Join(dir, "requirements.txt")):
		script, what, why = pip+"-r requirements.txt\n", "pip install -r requirements.txt, and all files", path.Join(dir, "requirements.txt")
	case in.has(path.Join(dir, "Pipfile")):
		packages, file := in.locked(dir)
		if len(packages) > 0 {
			script = pip + strings.Join(packages, " ") + "\n"
		}
		what, why = "the packages of Pipfile.lock, and all files", file
	case strings.Contains(in.read(project), "[build-system]"):
		script, what, why = pip+".\n", "pip install ., and all files", project+": build-system"
		in.Sources = append(in.Sources, "!"+path.Join(dir, "build/**"), "!**/*.egg-info/**")
	case strings.Contains(in.read(project), "dependencies"):
		in.open(project + " has dependencies and no [build-system]: install them in build, for example from a requirements.txt.")
	}
	in.Build = inDir(dir, script+copyAll(".venv", "venv", "__pycache__", "tests"))
	in.because("build", what, why)
}

// locked are the packages that a Pipfile.lock has for the function itself.
func (in *inspection) locked(dir string) (packages []string, file string) {
	file = path.Join(dir, "Pipfile.lock")
	var lock struct {
		Default map[string]struct {
			Version string `json:"version"`
		} `json:"default"`
	}
	if err := json.Unmarshal([]byte(in.read(file)), &lock); err != nil {
		in.open(path.Join(dir, "Pipfile") + ": its packages are not installed, since there is no Pipfile.lock that can be read: pipenv lock makes one.")
		return nil, path.Join(dir, "Pipfile")
	}
	for _, name := range slices.Sorted(maps.Keys(lock.Default)) {
		packages = append(packages, quoted(name+lock.Default[name].Version))
	}
	return packages, file
}

// handler takes over the handler that was found, if one was.
func (in *inspection) handler(all []candidate) {
	if c, found := in.settle(all); found {
		in.Handler, in.handled = c.handler, c.file
		in.because("handler", in.Handler, in.why(c))
	}
}

// compiled says what a function with a bootstrap of its own runs on.
func (in *inspection) compiled(file string) {
	if in.LambdaRuntime == "" {
		in.LambdaRuntime = "provided.al2023"
		in.because("lambdaRuntime", in.LambdaRuntime, file+": a program of its own")
	}
	if strings.HasPrefix(in.LambdaRuntime, "provided") {
		in.program = cmp.Or(in.program, in.Handler)
		in.Handler = "" // which nothing reads there
	}
}

// goProgram guesses a function in Go: the main package of the module.
func (in *inspection) goProgram(dir string) {
	file := path.Join(dir, "go.mod")
	in.compiled(file)
	var mains, functions []string
	for _, name := range in.files(dir, ".go") {
		folder := "./" + strings.TrimPrefix(strings.TrimPrefix(path.Dir(name), path.Clean(dir)), "/")
		if dir == "." {
			folder = "./" + strings.TrimPrefix(path.Dir(name), ".")
		}
		text := in.read(name)
		if goMain.MatchString(text) && !slices.Contains(mains, folder) {
			mains = append(mains, folder)
		}
		if goMain.MatchString(text) && strings.Contains(text, goClient) && !slices.Contains(functions, folder) {
			functions = append(functions, folder)
		}
	}
	if len(functions) > 0 {
		mains = functions // the others are tools
	}
	program := "."
	switch {
	case slices.Contains(mains, "./"):
	case len(mains) > 0:
		program = mains[0]
		for _, name := range []string{in.made, in.program, in.o.Handler} { // such as bin/hello.zip and bin/hello
			stem := strings.TrimSuffix(path.Base(name), ".zip")
			if i := slices.IndexFunc(mains, func(folder string) bool { return path.Base(folder) == stem }); i >= 0 {
				program = mains[i]
			}
		}
	}
	if len(mains) > 1 {
		in.open(fmt.Sprintf("The module has %d main packages (%s): the build takes %s; --handler takes another.", len(mains), strings.Join(mains, ", "), program))
	}
	script := `CGO_ENABLED=0 GOOS=linux GOARCH="$BENCH_GOARCH" go build -tags lambda.norpc -trimpath -o "$BENCH_OUTPUT/bootstrap" ` + quoted(program)
	in.Build = inDir(dir, script)
	in.because("build", "go build "+program, file)
}

// rust guesses a function in Rust: the crate's program.
func (in *inspection) rust(dir string) {
	file := path.Join(dir, "Cargo.toml")
	in.compiled(file)
	text := in.read(file)
	from := file + ": package.name"
	if _, bin, ok := strings.Cut(text, "[[bin]]"); ok {
		text, from = bin, file+": bin.name"
		if strings.Contains(bin, "[[bin]]") {
			in.open(file + " has several programs: the build takes the first.")
		}
	} else if _, own, ok := strings.Cut(text, "[package]"); ok {
		text = own
	}
	name := "bootstrap"
	if match := cargoName.FindStringSubmatch(text); match != nil {
		name = match[1]
	}
	locked := ""
	if in.has(path.Join(dir, "Cargo.lock")) {
		locked = " --locked"
	}
	in.Sources = []string{"**", "!" + path.Join(dir, "target/**")}
	in.Build = inDir(dir, `case "$BENCH_ARCH" in arm64) machine=aarch64 ;; *) machine=x86_64 ;; esac
cargo build --release`+locked+` --target "$machine-unknown-linux-gnu" --target-dir target
cp "target/$machine-unknown-linux-gnu/release/`+name+`" "$BENCH_OUTPUT/bootstrap"`)
	in.because("build", "cargo build --release, "+name, from)
}

// maven guesses a function in Java: its classes, and what they need in lib/.
func (in *inspection) maven(dir string) {
	file := path.Join(dir, "pom.xml")
	release := in.javaFunction(dir, file, javaRelease)
	program := "mvn"
	if in.has(path.Join(dir, "mvnw")) {
		program = "sh ./mvnw"
	}
	in.Build = inDir(dir, in.jdk(release)+program+` -q -B -ntp compile dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$BENCH_OUTPUT/lib"
cp -R target/classes/. "$BENCH_OUTPUT/"`)
	in.Sources = []string{"**", "!" + path.Join(dir, "target/**")}
	in.because("build", "mvn compile, and what it needs into lib/", file)
}

// gradle guesses a function of a Gradle build, in the layout that maven makes.
func (in *inspection) gradle(dir string) {
	file := path.Join(dir, "build.gradle")
	if !in.has(file) {
		file += ".kts"
	}
	release := in.javaFunction(dir, file, gradleRelease)
	program := "gradle"
	if in.has(path.Join(dir, "gradlew")) {
		program = "sh ./gradlew"
	}
	in.Build = inDir(dir, in.jdk(release)+`script=$(mktemp)
mv "$script" "$script.gradle"
cat >"$script.gradle" <<'END'
rootProject {
  afterEvaluate {
    tasks.register("benchOutput", Copy) {
      from sourceSets.main.output
      from(configurations.runtimeClasspath) { into "lib" }
      into System.getenv("BENCH_OUTPUT")
    }
  }
}
END
`+program+` -q --console=plain --init-script "$script.gradle" :benchOutput
rm "$script.gradle"`)
	in.Sources = []string{"**", "!" + path.Join(dir, "build/**"), "!" + path.Join(dir, ".gradle/**")}
	in.because("build", program+", its classes, and what they need into lib/", file)
}

// jdk makes a JDK of the release, or a newer one, a tool of the build, wherever this
// machine has it, and returns the line of the build that chooses it: Maven and Gradle
// would take that of the PATH.
func (in *inspection) jdk(release string) string {
	release = cmp.Or(release, numbers.FindString(in.LambdaRuntime), "17")
	probes := []string{"$JAVA_HOME/bin/javac -version"}
	for _, version := range []string{"*" + release + "*", "*"} {
		if version == "*" {
			probes = append(probes, "javac -version")
		}
		for _, home := range []string{"/usr/lib/jvm/" + version, "/Library/Java/JavaVirtualMachines/" + version + "/Contents/Home", "~/.sdkman/candidates/java/" + version} {
			probes = append(probes, home+"/bin/javac -version")
		}
	}
	in.Toolchain = append(in.Toolchain, config.Tool{Tool: "javac", Version: ">=" + release, Probe: probes, Hint: "install a JDK " + release + " or newer, for example Temurin from https://adoptium.net"})
	return `export JAVA_HOME="${TOOL_JAVAC%/bin/javac}"` + "\n"
}

// javaFunction finds the runtime and the class of a function for the JVM. It returns the
// release that it is compiled for, "" where nothing says.
func (in *inspection) javaFunction(dir, file string, release *regexp.Regexp) string {
	version := ""
	if match := release.FindStringSubmatch(in.read(file)); match != nil {
		version = match[1]
	}
	in.runtime("java", version, file)
	if in.Handler == "" {
		if in.handler(in.javaHandlers(dir)); in.Handler == springHandler {
			in.open("Spring looks for the application's class: name it in env, as MAIN_CLASS.")
		}
	}
	return version
}
