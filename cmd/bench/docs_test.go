package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"mvdan.cc/sh/v3/syntax"
)

// unrun are programs in our documents that no test of ours runs, with the reason. All
// others are bench, make, or a script of the checkout: their commands are held to what
// these take.
var unrun = map[string]string{
	"aws":       "needs an account; the Invoke API is tested with AWS's SDK",
	"curl":      "needs what is served or deployed",
	"kubectl":   "needs a cluster",
	"benchstat": "is Go's own; its format is held to a golden file",
	"jq":        "is a reader's tool; the fields are held to the schema",
	"npm":       "the worked example is built by a test of its own",
	"go":        "the worked example is built by a test of its own",
	"gh":        "asks GitHub",
	"sha256sum": "the system's; needs a release",
	"cd":        "the shell's",
	"sort":      "the system's",
	"eval":      "the shell's",
}

// page is one of our documents.
type page struct {
	file     string // from the top of the checkout
	text     []byte
	headings []string // as links name them
	links    []string
	commands []string // blocks of shell
	spans    []string // code within a line
}

// documents are all pages of the checkout.
func documents(t *testing.T, root string) []page {
	t.Helper()
	var pages []page
	for _, pattern := range []string{"*.md", "docs/*.md", "api/*.md", "lambdas/*/*.md", "test/*/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, parsePage(filepath.ToSlash(name), raw))
		}
	}
	return pages
}

func parsePage(file string, raw []byte) page {
	p := page{file: file, text: raw}
	tree := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(raw))
	_ = ast.Walk(tree, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := node.(type) {
		case *ast.Heading:
			p.headings = append(p.headings, anchor(plainText(n, raw)))
		case *ast.Link:
			p.links = append(p.links, string(n.Destination))
		case *ast.Image:
			p.links = append(p.links, string(n.Destination))
		case *ast.CodeSpan:
			p.spans = append(p.spans, strings.ReplaceAll(plainText(n, raw), "\n", " "))
		case *ast.FencedCodeBlock:
			var block bytes.Buffer
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				block.Write(line.Value(raw))
			}
			info := ""
			if n.Info != nil {
				info = string(n.Info.Segment.Value(raw))
			}
			known := strings.HasPrefix(block.String(), "make ") || strings.HasPrefix(block.String(), "bench ")
			if info == "sh" || info == "console" || info == "" && known { // a title makes it a file
				p.commands = append(p.commands, block.String())
			}
		}
		return ast.WalkContinue, nil
	})
	return p
}

func plainText(n ast.Node, raw []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if text, ok := node.(*ast.Text); ok && entering {
			b.Write(text.Segment.Value(raw))
			if text.SoftLineBreak() {
				b.WriteByte('\n')
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// anchor is how GitHub names a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		}
		return -1
	}, heading)
}

func TestLinksOfDocuments(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, p := range documents(t, root) {
		for _, err := range p.wrongLinks(os.DirFS(root)) {
			t.Error(err)
		}
	}
}

// wrongLinks are the links to files and headings of the checkout that are not there.
func (p page) wrongLinks(checkout fs.FS) (wrong []error) {
	for _, link := range p.links {
		to, err := url.Parse(link)
		if err != nil || to.Scheme != "" || to.Host != "" {
			continue
		}
		file, target := p.file, p
		if to.Path != "" {
			file = path.Join(path.Dir(p.file), to.Path)
			if _, err := fs.Stat(checkout, file); err != nil {
				wrong = append(wrong, fmt.Errorf("%s: links to %s, which does not exist", p.file, link))
				continue
			}
		}
		if to.Fragment == "" || !strings.HasSuffix(file, ".md") {
			continue
		}
		if to.Path != "" {
			raw, err := fs.ReadFile(checkout, file)
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			target = parsePage(file, raw)
		}
		if !slices.Contains(target.headings, to.Fragment) {
			wrong = append(wrong, fmt.Errorf("%s: links to %s, but %s has no such heading", p.file, link, file))
		}
	}
	return wrong
}

func TestCommandsOfDocuments(t *testing.T) {
	root := filepath.Join("..", "..")
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, p := range documents(t, root) {
		n, wrong := p.wrongCommands(string(makefile), os.DirFS(root))
		checked += n
		for _, err := range wrong {
			t.Error(err)
		}
	}
	if checked < 200 {
		t.Errorf("got %d commands, want the hundreds that there are: are they still found?", checked)
	}
}

// The page of commands has every command that bench lists.
func TestCommandsPageHasEveryCommand(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "commands.md"))
	if err != nil {
		t.Fatal(err)
	}
	p := parsePage("docs/commands.md", raw)
	for _, command := range newRoot(newUI(io.Discard, io.Discard)).Commands() {
		named := slices.ContainsFunc(p.spans, func(span string) bool {
			return strings.HasPrefix(span+" ", command.CommandPath()+" ")
		})
		if !named && !command.Hidden {
			t.Errorf("docs/commands.md: got nothing of %s, want a row", command.CommandPath())
		}
	}
}

// wrongCommands holds what a page tells readers to type to what is there: commands and
// flags of bench, targets and variables of the Makefile, scripts of the checkout.
func (p page) wrongCommands(makefile string, checkout fs.FS) (checked int, wrong []error) {
	for _, block := range p.commands {
		lines := ""
		for line := range strings.Lines(block) { // of a console: what is typed, not what it prints
			lines += strings.TrimPrefix(line, "$ ")
		}
		file, err := syntax.NewParser().Parse(strings.NewReader(lines), p.file)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: is no shell: %w\n%s", p.file, err, block))
			continue
		}
		syntax.Walk(file, func(node syntax.Node) bool {
			if call, ok := node.(*syntax.CallExpr); ok && len(call.Args) > 0 {
				checked++
				if err := checkCommand(wordsOf(call), makefile, checkout, true); err != nil {
					wrong = append(wrong, fmt.Errorf("%s: %w", p.file, err))
				}
			}
			return true
		})
	}
	for _, span := range p.spans {
		words := strings.Fields(span)
		if len(words) < 2 || words[0] != "bench" && words[0] != "make" {
			continue
		}
		checked++
		if file, err := syntax.NewParser().Parse(strings.NewReader(span), p.file); err == nil && len(file.Stmts) == 1 {
			if call, ok := file.Stmts[0].Cmd.(*syntax.CallExpr); ok {
				words = wordsOf(call)
			}
		}
		if err := checkCommand(words, makefile, checkout, false); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", p.file, err))
		}
	}
	return checked, wrong
}

// wordsOf are a command's words as they would be typed; what a shell would put in is "1".
func wordsOf(call *syntax.CallExpr) []string {
	var words []string
	for _, word := range call.Args {
		var b strings.Builder
		for _, part := range word.Parts {
			writePart(&b, part)
		}
		words = append(words, b.String())
	}
	return words
}

func writePart(b *strings.Builder, part syntax.WordPart) {
	switch part := part.(type) {
	case *syntax.Lit:
		b.WriteString(part.Value)
	case *syntax.SglQuoted:
		b.WriteString(part.Value)
	case *syntax.DblQuoted:
		for _, inner := range part.Parts {
			writePart(b, inner)
		}
	default:
		b.WriteString("1")
	}
}

// checkCommand says what is wrong with a command. Within a sentence it may be without
// its arguments.
func checkCommand(words []string, makefile string, checkout fs.FS, whole bool) error {
	line := strings.Join(words, " ")
	switch program := words[0]; {
	case path.Base(program) == "bench":
		if err := checkBench(words[1:], whole); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	case program == "make":
		for _, word := range words[1:] {
			name, _, variable := strings.Cut(word, "=")
			target := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(word) + `:`)
			switch {
			case strings.HasPrefix(word, "-"):
			case variable && !strings.Contains(makefile, "$("+name+")") && !strings.Contains(makefile, "$(or $("+name+")"):
				return fmt.Errorf("%s: the Makefile reads no %s", line, name)
			case !variable && !target.MatchString(makefile):
				return fmt.Errorf("%s: the Makefile has no %s", line, word)
			}
		}
	case strings.Contains(program, "/"):
		if _, err := fs.Stat(checkout, path.Clean(program)); err != nil {
			return fmt.Errorf("%s: there is no %s", line, program)
		}
	case unrun[program] == "":
		return fmt.Errorf("%s: got the program %s, want one that is tested, or the reason in unrun why it is not", line, program)
	}
	return nil
}

// checkBench parses a command of bench without running it.
func checkBench(args []string, whole bool) error {
	root := newRoot(newUI(io.Discard, io.Discard))
	root.InitDefaultCompletionCmd()
	command, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if command == root && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return fmt.Errorf("there is no command %s", rest[0])
	}
	if err := parseFlags(command, rest, whole); err != nil {
		return err
	}
	if whole && command.Args != nil {
		return command.Args(command, command.Flags().Args())
	}
	return nil
}

// parseFlags takes a flag without its value in a sentence: only that there is one counts.
func parseFlags(command *cobra.Command, args []string, whole bool) error {
	err := command.ParseFlags(args)
	if errors.Is(err, pflag.ErrHelp) {
		return nil
	}
	if err == nil || whole {
		return err
	}
	for _, arg := range args {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if strings.HasPrefix(arg, "--") && name != "help" && command.Flag(name) == nil {
			return fmt.Errorf("there is no flag --%s", name)
		}
	}
	return nil
}

func TestAWrongDocumentIsFound(t *testing.T) {
	checkout := fstest.MapFS{"docs/other.md": {Data: []byte("# Some heading\n")}, "test/run.sh": {}}
	const makefile = "test: bench\n\t$(GO) test $(ARGS)\n"
	for text, want := range map[string]string{
		"[a](other.md#some-heading) [b](#here)\n\n## Here\n": "",
		"[a](missing.md)":                                       "docs/page.md: links to missing.md, which does not exist",
		"[a](other.md#no-such)":                                 "docs/page.md: links to other.md#no-such, but docs/other.md has no such heading",
		"```sh\nbench local --quick\n```":                       "",
		"```sh\nmake test ARGS=x && FOO=1 test/run.sh\n```":     "",
		"```sh\nbench locl --quick\n```":                        "there is no command locl",
		"```sh\nbench local --memory 128 --quik\n```":           "unknown flag: --quik",
		"```sh\nx=$(bench init)\n```":                           "accepts 1 arg(s), received 0",
		"```sh\nbench local |\n```":                             "is no shell",
		"```console\n$ make tset\n```":                          "the Makefile has no tset",
		"```sh\nmake test RUNTIME=go\n```":                      "the Makefile reads no RUNTIME",
		"```sh\ntest/gone.sh\n```":                              "there is no test/gone.sh",
		"```sh\nfrobnicate\n```":                                "the reason in unrun why it is not",
		"in a sentence `bench init`, `bench local --memory`":    "",
		"in a sentence `bench local --precison 3%`":             "there is no flag --precison",
		"```sh title=\"a/file.sh\"\nfrobnicate\n```\n`make` it": "",
	} {
		p := parsePage("docs/page.md", []byte(text))
		_, wrong := p.wrongCommands(makefile, checkout)
		err := errors.Join(append(wrong, p.wrongLinks(checkout)...)...)
		if got := fmt.Sprint(err); (want == "") != (err == nil) || !strings.Contains(got, want) && want != "" {
			t.Errorf("%s: got %s, want %q", text, got, want)
		}
	}
}
