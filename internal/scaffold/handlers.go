package scaffold

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// candidate is what a source file has that may be the handler.
type candidate struct {
	handler string // as Lambda takes it of the sources
	file    string
	name    string // in the file
	rank    int    // 0 is the likeliest
}

// settle chooses the handler: the one that a person named, or the only one of the
// likeliest. Where there are several, it is for a person to say.
func (in *inspection) settle(all []candidate) (chosen candidate, found bool) {
	if want := in.o.Handler; want != "" {
		if i := slices.IndexFunc(all, func(c candidate) bool { return c.handler == want }); i >= 0 {
			return all[i], true
		}
		return candidate{handler: want}, true
	}
	if len(all) == 0 {
		return candidate{}, false
	}
	if match := commanded.FindStringSubmatch(in.read(path.Join(in.source, "Dockerfile"))); match != nil {
		dots := strings.NewReplacer("/", ".")
		if i := slices.IndexFunc(all, func(c candidate) bool { return dots.Replace(c.handler) == dots.Replace(match[1]) }); i >= 0 {
			return all[i], true
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.rank, b.rank) })
	all = slices.CompactFunc(all, func(a, b candidate) bool { return a.handler == b.handler })
	if len(all) > 1 && all[0].rank == all[1].rank {
		in.refuse(fault.Usage("name one of them: --handler "+all[0].handler, "%s: got the handlers %s, want one for a manifest", in.folder, listed(all)))
		return candidate{}, false
	}
	if len(all) > 1 {
		in.open("Other handlers were seen, too: " + listed(all[1:]) + ". The manifest has " + all[0].handler + "; --handler takes another.")
	}
	return all[0], true
}

// why is where a handler comes from.
func (in *inspection) why(c candidate) string {
	if in.o.Handler != "" {
		return "--handler"
	}
	return c.file + ": " + c.name
}

func listed(all []candidate) string {
	const most = 12
	var words []string
	for _, c := range all {
		words = append(words, c.handler+" ("+c.file+")")
	}
	if len(words) > most {
		words = append(words[:most], "…")
	}
	return strings.Join(words, ", ")
}

// conventional is the place of a file among those that usually have the handler, and
// their number for all others.
func conventional(file string, stems []string) int {
	stem := strings.TrimPrefix(strings.TrimSuffix(file, path.Ext(file)), "src/")
	if i := slices.Index(stems, stem); i >= 0 {
		return i
	}
	return len(stems)
}

// What a source file says beside its code. Words in there are nobody's handler.
var (
	cComments      = regexp.MustCompile("(?s)/\\*.*?\\*/|//[^\\n]*|\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])*'|`(?:\\\\.|[^`\\\\])*`")
	pythonComments = regexp.MustCompile(`(?s)""".*?"""|'''.*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#[^\n]*`)
)

var (
	pythonStems   = []string{"lambda_function", "app", "handler", "main", "index"}
	pythonHandler = regexp.MustCompile(`(?m)^(?:async\s+)?def\s+(\w+)\s*\(([^)]*)|^(\w*handler)\s*(?::[^=\n]*)?=([^=][^\n]*)`)
	ofLambda      = regexp.MustCompile(`(?s)^\s*_*event\w*\b.*?,\s*(?:\w*context\w*|ctx|_+)\b`)
	ofLogging     = regexp.MustCompile(`Handler\(|logging`)
)

// pythonHandlers are functions that are called as handlers are, or take what they do.
func (in *inspection) pythonHandlers(dir string) []candidate {
	var named, others []candidate
	for _, file := range in.files(dir, ".py") {
		below := strings.TrimPrefix(file, path.Clean(dir)+"/")
		module := strings.TrimSuffix(below, ".py")
		if strings.Contains(in.read(path.Join(dir, "pyproject.toml")), "[build-system]") {
			module = strings.TrimPrefix(module, "src/") // which is where it is installed from
		}
		for _, match := range pythonHandler.FindAllStringSubmatch(pythonComments.ReplaceAllString(in.read(file), ""), -1) {
			name, assigned, takes := match[1]+match[3], match[3] != "", ofLambda.MatchString(match[2])
			c := candidate{handler: module + "." + name, file: file, name: name, rank: conventional(below, pythonStems)}
			switch {
			case assigned && ofLogging.MatchString(match[4]):
			case name == "lambda_handler" || name == "handler":
				named = append(named, c)
			case strings.HasSuffix(name, "handler") && (assigned || takes):
				c.rank += len(pythonStems) + 1
				named = append(named, c)
			case takes && !strings.HasPrefix(name, "_") || name == "main" && strings.Count(match[2], ",") == 1:
				others = append(others, c)
			}
		}
	}
	if len(named) > 0 {
		return named // others are their helpers
	}
	return others
}

var (
	javaClass   = regexp.MustCompile(`((?:\w+\s+)*)\b(class|object|record|interface|enum)\s+(\w+)`)
	javaHandles = regexp.MustCompile(`\w*Request(?:Stream)?Handler\b`)
	javaParents = regexp.MustCompile(`(?s)(?:\bextends\b|\bimplements\b|:)(.*)`)
	javaPackage = regexp.MustCompile(`(?m)^\s*package\s+([\w.]+)`)
	javaMethod  = regexp.MustCompile(`\bpublic\s+(?:[\w.<>\[\], ?]+\s)?(\w+)\s*\([^)]*,\s*(?:final\s+)?(?:Context|OutputStream)\s+\w+\s*\)|\bfun\s+(\w+)\s*\([^)]*,\s*\w+\s*:\s*(?:Context|OutputStream)\??\s*\)`)
	javaTakes   = regexp.MustCompile(`lambda\.runtime\.Context|java\.io\.(?:\*|InputStream)`)
	word        = regexp.MustCompile(`\w+`)
)

// The handler of functions that Spring calls
// (https://docs.spring.io/spring-cloud-function/reference/adapters/aws-intro.html).
const (
	springAdapter = "spring-cloud-function-adapter-aws"
	springHandler = "org.springframework.cloud.function.adapter.aws.FunctionInvoker::handleRequest"
)

// class is one of Java's or Kotlin's.
type class struct {
	name, packaged, file string
	parents              string // what it extends and implements
	method               string // that takes what handlers do
	bare                 bool   // nothing can be made of it
}

func javaClasses(file, text string) []class {
	text = cComments.ReplaceAllString(text, " ")
	packaged := ""
	if match := javaPackage.FindStringSubmatch(text); match != nil {
		packaged = match[1] + "."
	}
	var classes []class
	found := javaClass.FindAllStringSubmatchIndex(text, -1)
	for i, at := range found {
		body := text[at[1]:] // up to the next class
		if i+1 < len(found) {
			body = text[at[1]:max(at[1], found[i+1][0])]
		}
		head, body, _ := strings.Cut(body, "{")
		c := class{name: text[at[6]:at[7]], packaged: packaged, file: file}
		kind := text[at[4]:at[5]]
		c.bare = strings.Contains(text[at[2]:at[3]], "abstract") || kind == "interface" || kind == "enum"
		if match := javaParents.FindStringSubmatch(head); match != nil {
			c.parents = match[1]
		}
		if match := javaMethod.FindStringSubmatch(body); match != nil && javaTakes.MatchString(text) {
			c.method = match[1] + match[2]
		}
		classes = append(classes, c)
	}
	return classes
}

// javaHandlers are classes that implement an interface of Lambda's, by themselves or
// through one of these sources, and methods that take what handlers do.
func (in *inspection) javaHandlers(dir string) []candidate {
	var classes []class
	for _, file := range in.files(path.Join(dir, "src/main"), ".java", ".kt") {
		classes = append(classes, javaClasses(file, in.read(file))...)
	}
	handles := map[string]bool{}
	for range classes { // as deep as classes can inherit
		for _, c := range classes {
			handles[c.name] = handles[c.name] || javaHandles.MatchString(c.parents) ||
				slices.ContainsFunc(word.FindAllString(c.parents, -1), func(parent string) bool { return parent != c.name && handles[parent] })
		}
	}
	var all []candidate
	for _, file := range []string{"pom.xml", "build.gradle", "build.gradle.kts"} {
		if file = path.Join(dir, file); strings.Contains(in.read(file), springAdapter) {
			all = append(all, candidate{handler: springHandler, file: file, name: springAdapter, rank: 1})
		}
	}
	for _, c := range classes {
		switch {
		case c.bare:
		case handles[c.name]:
			all = append(all, candidate{handler: c.packaged + c.name + "::handleRequest", file: c.file, name: c.name})
		case c.method != "":
			all = append(all, candidate{handler: c.packaged + c.name + "::" + c.method, file: c.file, name: c.name + "." + c.method, rank: 1})
		}
	}
	return all
}

var (
	nodeStems   = []string{"index", "app", "handler", "lambda", "main"}
	nodeExports = regexp.MustCompile(`(?m)^(?:module\.)?exports\.(\w+)\s*=|^export\s+(?:const|let|var|async\s+function|function)\s+(\w+)|^module\.exports\s*=\s*\{([^}]*)\}|^export\s*\{([^}]*)\}|^export\s+(default)\b`)
	factories   = regexp.MustCompile(`^(?:create|make|build|with|wrap|use|new|error)[A-Z]`)
)

// exported are the names that a file of JavaScript or TypeScript exports.
func exported(text string) []string {
	var names []string
	for _, match := range nodeExports.FindAllStringSubmatch(cComments.ReplaceAllString(text, " "), -1) {
		if name := match[1] + match[2] + match[5]; name != "" {
			names = append(names, name)
		}
		for part := range strings.SplitSeq(match[3], ",") {
			name, _, _ := strings.Cut(part, ":")
			names = append(names, strings.TrimSpace(name))
		}
		for part := range strings.SplitSeq(match[4], ",") {
			words := strings.Fields(part) // such as "inner as handler"
			if len(words) > 0 && words[0] != "type" {
				names = append(names, words[len(words)-1])
			}
		}
	}
	return names
}

// nodeHandlers are exports whose name ends as handlers' do, or, where there are none,
// what else may be called.
func (in *inspection) nodeHandlers(dir string, p packageJSON) []candidate {
	var all []candidate
	for _, file := range in.files(dir, ".mjs", ".js", ".cjs", ".ts", ".mts", ".tsx") {
		below := strings.TrimPrefix(file, path.Clean(dir)+"/")
		for _, name := range exported(in.read(file)) {
			c := candidate{handler: scriptEnding.ReplaceAllString(below, "") + "." + name, file: file, name: name, rank: conventional(below, nodeStems) + 1}
			if path.Clean(p.Main) == below {
				c.rank = 0
			}
			switch {
			case name == "handler":
			case strings.HasSuffix(name, "Handler") && !factories.MatchString(name):
				c.rank += len(nodeStems) + 2
			case name == "main" || name == "default" && c.rank <= len(nodeStems): // where nothing else is
				c.rank += 2 * (len(nodeStems) + 2)
			default:
				continue
			}
			all = append(all, c)
		}
	}
	return all
}
