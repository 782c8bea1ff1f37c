package scaffold

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

type packageJSON struct {
	Name            string            `json:"name"`
	Main            string            `json:"main"`
	Type            string            `json:"type"`
	Scripts         map[string]string `json:"scripts"`
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
	Engines         map[string]string `json:"engines"`
}

var (
	writesTo     = regexp.MustCompile(`--(?:outdir|outfile|outDir|out-dir)[= ]([^\s'"]+)`)
	tscWritesTo  = regexp.MustCompile(`(?m)^\s*"outDir"\s*:\s*"([^"]+)"`)
	isTypeScript = regexp.MustCompile(`\.[mc]?tsx?$`)
	scriptEnding = regexp.MustCompile(`\.[mc]?[jt]sx?$`)
)

// packageJSON is a folder's, empty where there is none.
func (in *inspection) packageJSON(dir string) packageJSON {
	var p packageJSON
	file := path.Join(dir, "package.json")
	if !in.has(file) {
		return p
	}
	if err := json.Unmarshal([]byte(in.read(file)), &p); err != nil {
		in.open(file + " is no JSON that can be read: " + err.Error() + ".")
	}
	return p
}

// npx is the command of esbuild. Where it is no dependency, npx fetches it, and must
// not ask whether it may.
func (in *inspection) npx(p packageJSON, file string) string {
	if p.Dependencies["esbuild"] != "" || p.DevDependencies["esbuild"] != "" {
		return "npx esbuild"
	}
	in.open("esbuild is no dependency of " + file + ": the build fetches its newest version.")
	return "npx --yes esbuild"
}

// node guesses a function of Node.js. The source says how it is built: JavaScript goes
// into the zip as it is, with its packages; TypeScript through the package's build
// script, if it is known where that writes to, or else through esbuild.
func (in *inspection) node(dir string) {
	file := path.Join(dir, "package.json")
	p := in.packageJSON(dir)
	version := numbers.FindString(p.Engines["node"])
	from := file + ": engines.node"
	for _, name := range []string{".nvmrc", ".node-version"} {
		if found := numbers.FindString(in.read(path.Join(dir, name))); found != "" {
			version, from = found, path.Join(dir, name)
		}
	}
	in.runtime("nodejs", version, from)
	in.Sources = []string{"**", "!" + path.Join(dir, "node_modules/**")}

	source, export := in.nodeSource(dir, p)
	build, built := p.Scripts["build"]
	to, toFrom := in.writtenTo(dir, build)
	switch {
	case in.made != "" && built && source == "":
		in.nodeScript(dir, file, p, "", "", in.made, file+": scripts.build")
	case source != "" && !isTypeScript.MatchString(source) && (!built || to == "" || in.Handler != ""):
		in.plainNode(dir, file, p, source, export)
	case built && to != "" && in.Handler == "":
		in.nodeScript(dir, file, p, source, export, to, toFrom)
	case source != "":
		in.esbuild(dir, file, p, source, export)
	default:
		in.plainNode(dir, file, p, "", "")
	}
}

// nodeSource is the file with the handler, below dir, and what it exports it as.
func (in *inspection) nodeSource(dir string, p packageJSON) (source, export string) {
	if in.Handler != "" {
		stem, export, _ := cutLast(in.Handler, ".")
		for _, ending := range []string{".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx"} {
			if in.has(path.Join(dir, stem+ending)) {
				in.handled = path.Join(dir, stem+ending)
				return stem + ending, export
			}
		}
		return "", export
	}
	chosen, found := in.settle(in.nodeHandlers(dir, p))
	if !found {
		return "", ""
	}
	in.handled = chosen.file
	if chosen.file == "" { // a handler that a person named, and that no export looks like
		in.Handler = chosen.handler
		in.because("handler", in.Handler, in.why(chosen))
		return in.nodeSource(dir, p)
	}
	return strings.TrimPrefix(chosen.file, path.Clean(dir)+"/"), chosen.name
}

// exports is where a handler of Node.js comes from.
func (in *inspection) exports(dir, source, export string) string {
	if in.o.Handler != "" {
		return "--handler"
	}
	return path.Join(dir, source) + ": exports " + export
}

// writtenTo is the folder that a build script writes to, and what says so.
func (in *inspection) writtenTo(dir, script string) (folder, from string) {
	if match := writesTo.FindStringSubmatch(script); match != nil {
		to := path.Clean(match[1])
		if path.Ext(to) != "" {
			to = path.Dir(to)
		}
		return to, path.Join(dir, "package.json") + ": scripts.build"
	}
	if strings.HasPrefix(script, "tsc") || strings.Contains(script, "&& tsc") {
		config := path.Join(dir, "tsconfig.json")
		if match := tscWritesTo.FindStringSubmatch(in.read(config)); match != nil {
			return path.Clean(match[1]), config + ": compilerOptions.outDir"
		}
	}
	return "", ""
}

// installs is the command that installs a folder's packages, "" without any.
func (in *inspection) installs(dir string, p packageJSON) (command, from string) {
	switch {
	case in.has(path.Join(dir, "package-lock.json")):
		return "npm ci --no-audit --no-fund", path.Join(dir, "package-lock.json")
	case in.has(path.Join(dir, "yarn.lock")):
		return "yarn install --frozen-lockfile", path.Join(dir, "yarn.lock")
	case in.has(path.Join(dir, "pnpm-lock.yaml")):
		return "pnpm install --frozen-lockfile", path.Join(dir, "pnpm-lock.yaml")
	case len(p.Dependencies)+len(p.DevDependencies) > 0:
		in.open("There is no lock file, so that two builds may get different packages: npm install makes one.")
		return "npm install --no-audit --no-fund --no-package-lock", path.Join(dir, "package.json") + ": dependencies, without a lock file"
	}
	return "", ""
}

// packages are commands that install what the function needs into the output.
func (in *inspection) packages(dir string, p packageJSON) string {
	if len(p.Dependencies) == 0 {
		return ""
	}
	switch {
	case in.has(path.Join(dir, "package-lock.json")):
		return "\nnpm ci --omit=dev --no-audit --no-fund --prefix \"$BENCH_OUTPUT\""
	case in.has(path.Join(dir, "yarn.lock")):
		return "\nyarn install --frozen-lockfile --production --cwd \"$BENCH_OUTPUT\""
	case in.has(path.Join(dir, "pnpm-lock.yaml")):
		return "\npnpm install --frozen-lockfile --prod --shamefully-hoist --dir \"$BENCH_OUTPUT\""
	}
	in.installs(dir, p) // says that there is no lock file
	return "\nnpm install --omit=dev --no-audit --no-fund --no-package-lock --prefix \"$BENCH_OUTPUT\""
}

// plainNode copies the folder and installs its packages.
func (in *inspection) plainNode(dir, file string, p packageJSON, source, export string) {
	if in.Handler == "" && source != "" {
		in.Handler = scriptEnding.ReplaceAllString(source, "") + "." + export
		in.because("handler", in.Handler, in.exports(dir, source, export))
	}
	script := copyAll("node_modules")
	what, why := "all files", path.Join(dir, cmp.Or(source, "package.json"))+": nothing has to be built"
	if _, built := p.Scripts["build"]; built && source == "" {
		install, _ := in.installs(dir, p)
		script = strings.TrimPrefix(install+"\nnpm run build\n", "\n") + copyAll("node_modules")
		what, why = "npm run build, and all files", file+": scripts.build"
	}
	if len(p.Dependencies) > 0 {
		what += ", and the dependencies"
	}
	in.Build = inDir(dir, script+in.packages(dir, p))
	in.because("build", what, why)
}

// nodeScript runs the package's own build script and takes the folder that it writes.
func (in *inspection) nodeScript(dir, file string, p packageJSON, source, export, to, toFrom string) {
	install, _ := in.installs(dir, p)
	script := strings.TrimPrefix(install+"\nnpm run build\n", "\n")
	copied := fmt.Sprintf("cp -R %s/. \"$BENCH_OUTPUT/\"", quoted(to))
	if strings.Contains(p.Scripts["build"], "esbuild") {
		if p.Type == "module" && in.bundlesModules(dir, p.Scripts["build"]) {
			copied += "\ncp package.json \"$BENCH_OUTPUT/\""
		}
	} else {
		lock := ""
		for _, name := range []string{"package-lock.json", "yarn.lock", "pnpm-lock.yaml"} {
			if in.has(path.Join(dir, name)) {
				lock = " " + name
			}
		}
		copied += "\ncp package.json" + lock + " \"$BENCH_OUTPUT/\"" + in.packages(dir, p)
	}
	if source != "" {
		stem := scriptEnding.ReplaceAllString(source, "")
		stem = strings.TrimPrefix(strings.TrimPrefix(stem, to+"/"), "src/")
		in.Handler = stem + "." + export
		in.because("handler", in.Handler, in.exports(dir, source, export))
	}
	in.Build = inDir(dir, script+copied)
	in.Sources = append(in.Sources, "!"+path.Join(dir, to, "**"))
	in.because("build", "npm run build, and what it writes to "+to, toFrom)
}

var (
	moduleFormat = regexp.MustCompile(`format["']?\s*[=: ]\s*["']?esm\b`)
	buildScript  = regexp.MustCompile(`[\w./-]+\.[cm]?[jt]s\b`)
)

// bundlesModules says whether a build with esbuild, by its words or those of a script
// that it names, writes ES modules: only those need to be told so by a package.json.
// For Node.js, esbuild's own choice is CommonJS.
func (in *inspection) bundlesModules(dir, command string) bool {
	texts := []string{command}
	for _, name := range buildScript.FindAllString(command, -1) {
		texts = append(texts, in.read(path.Join(dir, name)))
	}
	return slices.ContainsFunc(texts, moduleFormat.MatchString)
}

// esbuild bundles one source file.
func (in *inspection) esbuild(dir, file string, p packageJSON, source, export string) {
	stem := scriptEnding.ReplaceAllString(source, "")
	if in.Handler == "" {
		stem = path.Base(stem)
		in.Handler = stem + "." + export
		in.because("handler", in.Handler, in.exports(dir, source, export))
	} else {
		stem, _, _ = cutLast(in.Handler, ".")
	}
	install, _ := in.installs(dir, p)
	program := in.npx(p, file)
	script := strings.TrimPrefix(install+"\n", "\n")
	script += fmt.Sprintf("%s %s --bundle --platform=node --target=node%s --outfile=\"$BENCH_OUTPUT/%s.js\"", program, quoted(source), numbers.FindString(in.LambdaRuntime), stem)
	in.Build = inDir(dir, script)
	in.because("build", program+" "+source, path.Join(dir, source)+": TypeScript, which nothing else builds")
}

// compiles bundles a template's function of TypeScript, whose folder has no package.json, by
// that of the nearest folder above. It returns false where there is nothing of it.
func (in *inspection) compiles(dir string) bool {
	stem, export, _ := cutLast(in.Handler, ".")
	source := path.Join(dir, stem+".ts")
	if family(in.LambdaRuntime) != "nodejs" || !in.has(source) {
		return false
	}
	for above := dir; above != "."; {
		above = path.Dir(above)
		file := path.Join(above, "package.json")
		if !in.has(file) {
			continue
		}
		in.source, in.handled = dir, source
		in.Sources = []string{"**", "!" + path.Join(above, "node_modules/**")}
		in.esbuild(above, file, in.packageJSON(above), strings.TrimPrefix(source, strings.TrimPrefix(above+"/", "./")), export)
		return true
	}
	return false
}

// copyAll copies a folder into the output, without what does not belong into a zip.
func copyAll(without ...string) string {
	words := []string{"tar -cf -"}
	for _, name := range append([]string{".git", ".bench", "runtime.yaml", "requests.yaml"}, without...) {
		words = append(words, "--exclude=./"+name)
	}
	return strings.Join(words, " ") + ` . | tar -xf - -C "$BENCH_OUTPUT"`
}

func cutLast(text, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return text, "", false
}
