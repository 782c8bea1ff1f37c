package main

import (
	"archive/zip"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"
)

// The function as it is: what it uses is what is declared.
func TestTheFunctionIsStock(t *testing.T) {
	v, err := readVariant("../runtime.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := load("..", "lambda.norpc,nomsgpack")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("..")
	var settings []used
	for _, p := range s.own {
		found, private, err := s.inspect(p)
		if err != nil {
			t.Fatal(err)
		}
		settings, private = append(settings, found...), append(private, checkCode(p, v.Code)...)
		for _, problem := range private {
			t.Error(problem)
		}
	}
	declared := slices.DeleteFunc(v.Settings, func(s setting) bool { return strings.HasPrefix(s.What, "-") || strings.HasPrefix(s.What, "CGO") })
	for _, problem := range compare(declared, settings) {
		t.Error(problem)
	}
}

func TestPlantedSources(t *testing.T) {
	s, err := load("..", "lambda.norpc,nomsgpack")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ source, setting, private string }{
		"validation off":        {`import "github.com/gin-gonic/gin/binding"; func f() { binding.Validator = nil }`, "binding.Validator", ""},
		"field of a type":       {`import "github.com/gin-gonic/gin"; func f(e *gin.Engine) { e.UseRawPath = true }`, "gin.Engine.UseRawPath", ""},
		"option":                {`import "github.com/aws/aws-sdk-go-v2/config"; var o = config.WithRetryMaxAttempts(9)`, "config.WithRetryMaxAttempts", ""},
		"method":                {`import "github.com/gin-gonic/gin"; func f(e *gin.Engine) { e.SetTrustedProxies(nil) }`, "gin.Engine.SetTrustedProxies", ""},
		"renamed package":       {`import sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"; var o = sdk.Options{Region: "x"}`, "dynamodb.Options", ""},
		"field in a closure":    {`import "github.com/aws/aws-sdk-go-v2/service/dynamodb"; var f = func(o *dynamodb.Options) { o.DisableValidateResponseChecksum = true }`, "dynamodb.Options.DisableValidateResponseChecksum", ""},
		"scheduler":             {`import "runtime"; func f() { runtime.GOMAXPROCS(1) }`, "runtime.GOMAXPROCS", ""},
		"collector":             {`import "runtime/debug"; func f() { debug.SetGCPercent(-1) }`, "debug.SetGCPercent", ""},
		"transport":             {`import "net/http"; func f(t *http.Transport) { t.MaxIdleConns = 1 }`, "http.Transport.MaxIdleConns", ""},
		"function handed on":    {`import "runtime/debug"; func f() { set := debug.SetGCPercent; set(-1) }`, "debug.SetGCPercent", ""},
		"in parentheses":        {`import "runtime/debug"; func f() { (debug.SetGCPercent)(-1) }`, "debug.SetGCPercent", ""},
		"no name":               {`import . "runtime/debug"; func f() { SetGCPercent(-1) }`, "debug.SetGCPercent", `x.go:2: imports "runtime/debug" without a name`},
		"pointer to a variable": {`import "github.com/gin-gonic/gin/binding"; func f() { p := &binding.Validator; *p = nil }`, "binding.Validator", ""},
		"pointer to a field":    {`import "github.com/gin-gonic/gin"; func f(e *gin.Engine) { p := &e.UseRawPath; *p = true }`, "gin.Engine.UseRawPath", ""},
		"counted up":            {`import "github.com/gin-gonic/gin"; func f(e *gin.Engine) { e.MaxMultipartMemory++ }`, "gin.Engine.MaxMultipartMemory", ""},
		"in a range":            {`import "github.com/gin-gonic/gin"; func f(e *gin.Engine) { for _, e.UseRawPath = range []bool{true} {} }`, "gin.Engine.UseRawPath", ""},
		"literal transport":     {`import "net/http"; var t = &http.Transport{DisableKeepAlives: true}`, "http.Transport", ""},
		"literal of TLS":        {`import "crypto/tls"; var c = tls.Config{InsecureSkipVerify: true}`, "tls.Config", ""},
		"whole value":           {`import "github.com/gin-gonic/gin"; func f(e *gin.Engine) { *e = gin.Engine{} }`, "gin.Engine", ""},
		"element":               {`import "github.com/gin-gonic/gin"; func f(e *gin.Engine) { e.Handlers[0] = nil }`, "gin.Engine.Handlers", ""},
		"element of a variable": {`import "os"; func f() { (os.Args)[0] = "" }`, "os.Args", ""},
		"behind a pointer":      {`import "net/http"; func f() { *http.DefaultClient = http.Client{} }`, "http.DefaultClient", ""},
		"copied into":           {`import "os"; func f() { copy(os.Args, []string{"x"}) }`, "os.Args", ""},
		"dialer":                {`import "net"; func f(d *net.Dialer) { d.FallbackDelay = -1 }`, "net.Dialer.FallbackDelay", ""},
		"thread":                {`import "runtime"; func f() { runtime.LockOSThread() }`, "runtime.LockOSThread", ""},
		"collection":            {`import "runtime/debug"; func f() { debug.FreeOSMemory() }`, "debug.FreeOSMemory", ""},
		"alias of a type":       {`import "net/http"; type T = http.Transport; var t = T{MaxIdleConns: 1}`, "http.Transport", ""},
		"type of a type":        {`import "net/http"; type T http.Transport; var t = T{MaxIdleConns: 1}`, "", "x.go:2: T is another name of net/http.Transport"},
		"conversion":            {`import "crypto/tls"; type T struct{}; func f(p *tls.Config) { _ = (*tls.Config)(p) }`, "", "x.go:2: converts to *crypto/tls.Config"},
		"system call":           {`import "syscall"; func f() { syscall.Setenv("GOGC", "off") }`, "syscall.Setenv", ""},
		"reflection":            {`import "reflect"; var t = reflect.TypeOf(0)`, "", "x.go:2: imports reflect"},
		"unsafe":                {`import "unsafe"; var t = unsafe.Sizeof(0)`, "", "x.go:2: imports unsafe"},
		"linkname":              {"import _ \"unsafe\"\n//go:linkname now time.now\nfunc now()", "", "x.go:3: //go:linkname now time.now reaches"},
		"input":                 {`import "github.com/aws/aws-sdk-go-v2/service/dynamodb"; func f(i *dynamodb.ScanInput) { i.Limit = nil }`, "", ""},
		"answer":                {`import "github.com/gin-gonic/gin"; func f(c *gin.Context) { c.Set("a", 1); c.Header("a", "b") }`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, "x.go", "package x\n"+tt.source, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			settings, private, err := s.inspectFiles(files, "x", []*ast.File{file})
			if err != nil {
				t.Fatal(err)
			}
			if tt.setting == "" && len(settings) > 0 {
				t.Errorf("settings: got %v, want none", settings)
			}
			if tt.setting != "" && (len(settings) != 1 || settings[0].name != tt.setting || settings[0].where != "x.go:2") {
				t.Errorf("settings: got %v, want %s in x.go:2", settings, tt.setting)
			}
			if tt.private == "" && len(private) > 0 || tt.private != "" && !strings.HasPrefix(strings.Join(private, "\n"), tt.private) && !slices.ContainsFunc(private, func(p string) bool { return strings.HasPrefix(p, tt.private) }) {
				t.Errorf("private names: got %v, want %q", private, tt.private)
			}
		})
	}
}

// The value of a setting is that of the constant or variable behind a name.
func TestValuesBehindNames(t *testing.T) {
	s, err := load("..", "lambda.norpc,nomsgpack")
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		`const timeout = 2 * time.Second; func f(d *net.Dialer) { d.Timeout = timeout }`:              "net.Dialer.Timeout = 2s",
		`func f(d *net.Dialer) { timeout := 3 * time.Second; d.Timeout = timeout }`:                   "net.Dialer.Timeout = 3s",
		`func f(d *net.Dialer) { timeout := time.Second; timeout = 5; d.Timeout = timeout }`:          "net.Dialer.Timeout = timeout",
		`var dual = -1; func f(d *net.Dialer, t time.Duration) { d.FallbackDelay = t * 2; _ = dual }`: "net.Dialer.FallbackDelay = t * 2",
	} {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, "x.go", "package x\nimport (\"net\"; \"time\"); var _ time.Duration; "+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		settings, _, err := s.inspectFiles(files, "x", []*ast.File{file})
		if err != nil || len(settings) != 1 || settings[0].text != want {
			t.Errorf("%s: got %v, %v, want %s", source, settings, err, want)
		}
	}
}

func TestCompare(t *testing.T) {
	const page = "https://example.com"
	for name, tt := range map[string]struct {
		declared []setting
		used     []used
		want     string
	}{
		"declared":       {[]setting{{"gin.SetMode(gin.ReleaseMode)", page}}, []used{{"gin.SetMode", "gin.SetMode(gin.ReleaseMode)", "x.go:1"}}, ""},
		"undeclared":     {nil, []used{{"gin.SetMode", "gin.SetMode(gin.ReleaseMode)", "x.go:1"}}, "x.go:1: gin.SetMode is not the default, and no setting of the variant declares it"},
		"no source":      {[]setting{{"gin.SetMode(gin.ReleaseMode)", ""}}, []used{{"gin.SetMode", "gin.SetMode(gin.ReleaseMode)", "x.go:1"}}, "x.go:1: gin.SetMode is declared without the page of its vendor"},
		"another value":  {[]setting{{"binding.X = true", page}}, []used{{"binding.X", "binding.X = false", "x.go:1"}}, "x.go:1: got binding.X = false, want binding.X = true as the setting of the variant says"},
		"ours inside":    {[]setting{{"config.WithHTTPClient(...)", page}}, []used{{"config.WithHTTPClient", "config.WithHTTPClient(newClient())", "x.go:1"}}, ""},
		"handed on":      {[]setting{{"config.WithHTTPClient(...)", page}}, []used{{"config.WithHTTPClient", "config.WithHTTPClient, handed on", "x.go:1"}}, "x.go:1: got config.WithHTTPClient, handed on, want config.WithHTTPClient(...) as the setting of the variant says"},
		"unused":         {[]setting{{"gin.SetMode()", page}}, nil, `runtime.yaml: the setting "gin.SetMode()" is declared, but nothing uses it`},
		"another ending": {[]setting{{"gin.SetModes()", page}, {"gin.SetMode.X", page}}, []used{{"gin.SetModes", "gin.SetModes()", ""}, {"gin.SetMode.X", "gin.SetMode.X", ""}, {"gin.SetMode", "gin.SetMode(gin.ReleaseMode)", "x.go:1"}}, "x.go:1: gin.SetMode is not the default, and no setting of the variant declares it"},
	} {
		if got := strings.Join(compare(tt.declared, tt.used), "\n"); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, tt.want)
		}
	}
}

func TestCheckCode(t *testing.T) {
	p := ownPackage{files: []string{"app/a.go", "app/b/c.go"}}
	if got, want := checkCode(p, []string{"app/*.go", "!**/*_test.go"}), []string{"app/b/c.go: is part of the variant, but not of its code in runtime.yaml"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// plant makes a module cache with one module and returns it with the module.
func plant(t *testing.T) (cache, dir string, m *debug.Module) {
	t.Helper()
	cache = t.TempDir()
	dir = filepath.Join(cache, "example.com", "!lib@v1.0.0")
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lib.go", "sub/sub.go", "LICENSE"} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte("package "+name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := dirhash.HashDir(dir, "example.com/Lib@v1.0.0", dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	return cache, dir, &debug.Module{Path: "example.com/Lib", Version: "v1.0.0", Sum: sum}
}

func TestModules(t *testing.T) {
	write := func(name, content string) func(string, *debug.Module) error {
		return func(dir string, _ *debug.Module) error {
			return os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644)
		}
	}
	for name, tt := range map[string]struct {
		change func(dir string, m *debug.Module) error
		want   string
	}{
		"as published": {func(string, *debug.Module) error { return nil }, ""},
		"altered":      {write("lib.go", "package patched"), "its files are not those of the registry"},
		"added":        {write("more.go", "package lib"), "its files are not those of the registry"},
		"missing":      {func(dir string, _ *debug.Module) error { return os.Remove(filepath.Join(dir, "LICENSE")) }, "its files are not those of the registry"},
		"replaced": {func(_ string, m *debug.Module) error {
			m.Replace = &debug.Module{Path: "../lib"}
			return nil
		}, "is replaced by ../lib"},
		"another sum": {func(_ string, m *debug.Module) error { m.Sum = "h1:other"; return nil }, `the program has "h1:other"`},
	} {
		t.Run(name, func(t *testing.T) {
			cache, dir, m := plant(t)
			sums := map[string]string{"example.com/Lib v1.0.0": m.Sum}
			if err := tt.change(dir, m); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(checkModules([]*debug.Module{m}, sums, cache), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBuildSettings(t *testing.T) {
	b := binary{stripped: true, info: &debug.BuildInfo{Settings: []debug.BuildSetting{
		{Key: "-buildmode", Value: "exe"}, {Key: "-compiler", Value: "gc"}, {Key: "-tags", Value: "a,b"}, {Key: "-trimpath", Value: "true"},
		{Key: "CGO_ENABLED", Value: "0"}, {Key: "GOARCH", Value: "arm64"}, {Key: "GOOS", Value: "linux"}, {Key: "GOAMD64", Value: "v3"},
	}}}
	var got []string
	for _, s := range b.settings() {
		got = append(got, s.name)
	}
	want := []string{"-tags a", "-tags b", "-trimpath", "CGO_ENABLED=0", "GOAMD64=v3", "-buildvcs=false", "-ldflags -s"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if b.tags() != "a,b" {
		t.Errorf("tags: got %q, want a,b", b.tags())
	}
}

// The test's own program stands for a function.
func TestReadBinary(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(executable)
	if err != nil {
		t.Fatal(err)
	}
	program, err := elf.Open(executable)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	good := writeZip(t, map[string][]byte{"bootstrap": content})
	b, err := readBinary(good)
	if err != nil || b.info.Main.Path == "" && len(b.info.Deps) == 0 || b.stripped != (program.Section(".symtab") == nil) {
		t.Errorf("got %+v, %v, want this program's record", b, err)
	}
	for _, files := range []map[string][]byte{{"bootstrap": content, "lib.so": nil}, {"other": content}, {"bootstrap": []byte("#!/bin/sh")}} {
		if _, err := readBinary(writeZip(t, files)); err == nil {
			t.Errorf("%d files: got no error", len(files))
		}
	}
	if _, err := check(nil); err == nil || fmt.Sprint(err) != "got 0 arguments, want the zip" {
		t.Errorf("no zip: got %v", err)
	}
}
func writeZip(t *testing.T, files map[string][]byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "function.zip")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	archive := zip.NewWriter(out)
	for file, content := range files {
		w, err := archive.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// What a setting is set to is held against the manifest, so it must be what is written.
func TestTextOfSettings(t *testing.T) {
	s, err := load("..", "lambda.norpc,nomsgpack")
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		`import "github.com/gin-gonic/gin/binding"; func f() { binding.EnableDecoderDisallowUnknownFields = false }`: "binding.EnableDecoderDisallowUnknownFields = false",
		`import "github.com/aws/aws-sdk-go-v2/config"; var o = config.WithRetryMaxAttempts( 9 )`:                     "config.WithRetryMaxAttempts(9)",
		`import "log/slog"; var o = slog.HandlerOptions{AddSource: true, Level: nil}`:                                "slog.HandlerOptions{AddSource: true, Level: nil}",
		`import "runtime/debug"; var set = debug.SetGCPercent`:                                                       "debug.SetGCPercent, handed on",
	} {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, "x.go", "package x\n"+source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		settings, _, err := s.inspectFiles(files, "x", []*ast.File{file})
		if err != nil {
			t.Fatal(err)
		}
		if len(settings) != 1 || settings[0].text != want {
			t.Errorf("%s: got %v, want %s", source, settings, want)
		}
	}
}

// A program is what the sources give, to the byte.
func TestPlantedProgram(t *testing.T) {
	output := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command(goTool(), "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-o", output, ".")
	build.Dir, build.Env = "../bare", append(os.Environ(), "CGO_ENABLED=0")
	if words, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, words)
	}
	content, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	if problems, err := checkProgram("../bare", binary{content: content, info: info}); err != nil || len(problems) > 0 {
		t.Errorf("as it was built: got %v and %v, want nothing", problems, err)
	}
	content[len(content)/2] ^= 1
	if problems, err := checkProgram("../bare", binary{content: content, info: info}); err != nil || len(problems) != 1 || !strings.HasPrefix(problems[0], "bootstrap: got a program with the hash ") {
		t.Errorf("with one bit changed: got %v and %v, want one problem", problems, err)
	}
}
