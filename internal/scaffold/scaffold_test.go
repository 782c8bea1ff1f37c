package scaffold_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/scaffold"
)

var update = flag.Bool("update", false, "write what is got into testdata as what is wanted")

// runtimes are those that can be run in the tests, whatever has a client by now.
var runtimes = []string{"java21", "java25", "nodejs22.x", "nodejs24.x", "provided.al2023", "python3.9", "python3.13"}

// wanted is the folder of an archive with what its other files shall become.
const wanted = "want/"

// said is what a guess tells a person, line by line.
func said(g scaffold.Guess) string {
	var b strings.Builder
	for _, r := range g.Reasons {
		fmt.Fprintf(&b, "%s: %s  (%s)\n", r.Field, r.Value, r.From)
	}
	for _, sentence := range g.Open {
		fmt.Fprintf(&b, "open: %s\n", sentence)
	}
	return b.String()
}

// Each archive of testdata is a folder and the manifest that it becomes.
func TestGuesses(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("got %d archives, %v", len(archives), err)
	}
	for _, file := range archives {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), name)
			want := map[string]string{}
			given := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				if kind, ok := strings.CutPrefix(f.Name, wanted); ok {
					want[kind] = string(f.Data)
					continue
				}
				given.Files = append(given.Files, f)
				write(t, filepath.Join(dir, f.Name), string(f.Data))
			}
			guess, err := scaffold.Inspect(os.DirFS(dir), dir, scaffold.Options{Runtimes: runtimes})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{config.ManifestName: guess.Manifest(), "said": said(guess)}
			if requests := guess.RequestFile(); requests != "" {
				got[scaffold.RequestsFile] = requests
			}
			if *update {
				for _, kind := range []string{config.ManifestName, scaffold.RequestsFile, "said"} {
					if got[kind] != "" {
						given.Files = append(given.Files, txtar.File{Name: wanted + kind, Data: []byte(got[kind])})
					}
				}
				write(t, file, string(txtar.Format(given)))
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for kind, content := range got {
				if kind != "said" {
					write(t, filepath.Join(dir, kind), content)
				}
			}
			r, err := config.LoadRuntime(dir)
			if err != nil {
				t.Fatal(err)
			}
			if v := r.DefaultVariant(); v.Kind != config.Guest {
				t.Errorf("got a variant of the kind %s, want a guest", v.Kind)
			}
			for _, v := range guess.Env {
				if v.Unknown == "" && r.Env[v.Name] != v.Value {
					t.Errorf("%s: got %q in the manifest, want %q", v.Name, r.Env[v.Name], v.Value)
				}
			}
			if guess.Zip != "" {
				if r.Artifacts[config.Short].Zip != guess.Zip {
					t.Errorf("got the zip %q in the manifest, want %q", r.Artifacts[config.Short].Zip, guess.Zip)
				}
				return
			}
			if r.Artifacts[config.Short].Build.Command == "" || strings.TrimSuffix(r.Artifacts[config.Short].Build.Command, "\n") != strings.TrimSuffix(guess.Build, "\n") {
				t.Errorf("got the build %q in the manifest, want %q", r.Artifacts[config.Short].Build.Command, guess.Build)
			}
		})
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

const twoFunctions = `Resources:
  First: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: a.handler}}
  Second: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs24.x, Handler: b.handler}}
  Table: {Type: AWS::DynamoDB::Table}
`

func TestRefusals(t *testing.T) {
	for name, tt := range map[string]struct{ file, content, function, want, hint string }{
		"a folder of anything":  {"readme.txt", "hello", "", "got none of the files", "package.json, pyproject.toml, requirements.txt or Pipfile, go.mod, Cargo.toml, pom.xml"},
		"several functions":     {"template.yaml", twoFunctions, "", "got the functions First, Second", "--function First"},
		"another function":      {"template.yaml", twoFunctions, "Third", "no such function", "First, Second"},
		"no YAML":               {"template.yaml", "a: [", "", "template.yaml: read YAML", "correct the file"},
		"an image":              {"template.yaml", "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {PackageType: Image}}}", "", "got Image, want Zip", ""},
		"inline code":           {"template.yaml", "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {InlineCode: 'x'}}}", "", "InlineCode", ""},
		"code in a bucket":      {"template.yaml", "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: 's3://b/k'}}}", "", "want a folder", ""},
		"a size in words":       {"template.yaml", "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {MemorySize: big}}}", "", "template.yaml:1: Resources.F.Properties.MemorySize: got big, want a whole number", "MemorySize: 512"},
		"a mistyped type":       {"template.yaml", "Resources: {F: {Type: 'AWS::Serverless::Functon'}}", "", `template.yaml:1: Resources.F.Type: got "AWS::Serverless::Functon", want the type of a resource`, "AWS::Serverless::Function, "},
		"no type":               {"template.yaml", "Resources: {F: {Properties: {}}}", "", `template.yaml: Resources.F.Type: got "", want the type of a resource`, ""},
		"a mistyped method":     {"template.yaml", "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {Events: {A: {Type: Api, Properties: {Path: /, Method: gett}}}}}}", "", "Events.A: got the method gett, want one of an API", "GET, HEAD"},
		"a mistyped event":      {"template.yaml", "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {Events: {A: {Type: Sqs}}}}}", "", `Events.A: got the type "Sqs", want a source of events`, "SQS"},
		"code that is nowhere":  {"template.yaml", "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: target/app.jar, Runtime: java25, Handler: a.B}}}", "", "CodeUri: got target/app.jar, which does not exist", "make what it names first"},
		"an artifact nowhere":   {"serverless.yml", "provider: {runtime: nodejs24.x}\nfunctions: {f: {handler: a.b, package: {artifact: f.zip}}}", "", "functions.f.package.artifact: got f.zip, which does not exist", ""},
		"functions elsewhere":   {"serverless.yml", "provider: {runtime: nodejs24.x}\nfunctions:\n  - ${file(none.yml)}", "", "serverless.yml: functions.0: got none.yml, which is no file here", ""},
		"another cloud":         {"serverless.yml", "provider: {name: google, runtime: nodejs24}\nfunctions: {f: {handler: a.b}}", "", "got google, want aws", ""},
		"a service without any": {"serverless.yml", "service: x", "", "functions: got none", ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder := fstest.MapFS{tt.file: {Data: []byte(tt.content)}}
			_, err := scaffold.Inspect(folder, "mine", scaffold.Options{Function: tt.function, Runtimes: runtimes})
			if !fault.IsUsage(err) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(fault.Hint(err), tt.hint) {
				t.Errorf("got %v, hint %q; want …%s…, hint …%s…", err, fault.Hint(err), tt.want, tt.hint)
			}
		})
	}
}

func TestOneFunctionOfSeveral(t *testing.T) {
	folder := fstest.MapFS{"template.yaml": {Data: []byte(twoFunctions)}, "b.js": {Data: []byte("exports.handler = 1")}}
	guess, err := scaffold.Inspect(folder, "mine", scaffold.Options{Function: "Second", Runtimes: runtimes})
	if err != nil {
		t.Fatal(err)
	}
	if guess.Name != "second" || guess.Handler != "b.handler" || guess.LambdaRuntime != "nodejs24.x" {
		t.Errorf("got %+v, want the second function", guess)
	}
}

// A template of CloudFormation alone says nothing about a function: the other files do.
func TestATemplateWithoutFunctionsIsPassedOver(t *testing.T) {
	folder := fstest.MapFS{"template.yaml": {Data: []byte("Resources: {}")}, "go.mod": {}, "main.go": {Data: []byte("package main\n")}}
	guess, err := scaffold.Inspect(folder, "/some/Where", scaffold.Options{Runtimes: runtimes})
	if err != nil || guess.Name != "where" || guess.LambdaRuntime != "provided.al2023" {
		t.Errorf("got %+v, %v; want the Go program", guess, err)
	}
}

func TestANumberThatOnlyAWSKnows(t *testing.T) {
	folder := fstest.MapFS{"b.js": {Data: []byte("exports.handler = 1")}, "template.yaml": {Data: []byte(
		"Parameters: {Size: {Type: Number}, Limit: {Type: Number, Default: 7}}\n" +
			"Resources: {F: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs24.x, Handler: b.handler, MemorySize: !Ref Size, Timeout: !Ref Limit}}}\n")}}
	guess, err := scaffold.Inspect(folder, "mine", scaffold.Options{Runtimes: runtimes})
	if err != nil {
		t.Fatal(err)
	}
	if guess.Memory != 128 || guess.Timeout != 7 || !strings.Contains(strings.Join(guess.Open, "\n"), "MemorySize is !Ref Size, which is only known in AWS: here it is the default.") {
		t.Errorf("got %d MB, %d s and %q, want the default that is known, and the other told", guess.Memory, guess.Timeout, guess.Open)
	}
}

// Where the folder has no function's files, those that are further down are named.
func TestFoldersBelow(t *testing.T) {
	folder := fstest.MapFS{"infra/deep/down/go.mod": {}, "lambdas/hello/go.mod": {}, "lambdas/hello/main.go": {}, "web/package.json": {}, "web/node_modules/x/package.json": {}}
	_, err := scaffold.Inspect(folder, "mine", scaffold.Options{Runtimes: runtimes})
	if want := "such files are in web, lambdas/hello, infra/deep/down: bench init mine/web"; !fault.IsUsage(err) || fault.Hint(err) != want {
		t.Errorf("got %v, hint %q; want %q", err, fault.Hint(err), want)
	}
}

// Another runtime than the template's, which may have ended.
func TestANamedRuntime(t *testing.T) {
	folder := fstest.MapFS{"template.yaml": {Data: []byte(strings.ReplaceAll(twoFunctions, "nodejs24.x", "nodejs14.x"))}, "b.js": {Data: []byte("exports.handler = 1")}, "package.json": {Data: []byte("{}")}}
	guess, err := scaffold.Inspect(folder, "mine", scaffold.Options{Function: "Second", Runtimes: runtimes, LambdaRuntime: "nodejs24.x"})
	if err != nil || guess.LambdaRuntime != "nodejs24.x" || guess.Handler != "b.handler" || !strings.Contains(said(guess), "lambdaRuntime: nodejs24.x  (--lambda-runtime)") || strings.Contains(said(guess), "nodejs14.x") {
		t.Errorf("got %+v, %v; want the runtime that was named", guess, err)
	}
}

// What a person says stands in place of what would be guessed.
func TestANamedHandler(t *testing.T) {
	folder := fstest.MapFS{"template.yaml": {Data: []byte(twoFunctions)}, "b.js": {Data: []byte("exports.handler = 1")}}
	guess, err := scaffold.Inspect(folder, "mine", scaffold.Options{Function: "Second", Runtimes: runtimes, Handler: "c.other"})
	if err != nil || guess.Handler != "c.other" || !strings.Contains(said(guess), "handler: c.other  (--handler)") {
		t.Errorf("got %+v, %v; want the handler that was named", guess, err)
	}
}

// A name that is cut is told, and the whole one kept.
func TestALongName(t *testing.T) {
	folder := fstest.MapFS{"package.json": {Data: []byte("{}")}, "index.js": {Data: []byte("exports.handler = 1")}}
	guess, err := scaffold.Inspect(folder, "/home/EveryOrderThereEverWas", scaffold.Options{Runtimes: runtimes})
	if err != nil || guess.Name != "every-order-there-ev" || guess.DisplayName != "EveryOrderThereEverWas" || !strings.Contains(said(guess), "cut to the 20 characters that a name may have") {
		t.Errorf("got %+v, %v; want both names", guess, err)
	}
}

// Which events a function takes is seen by the types and fields that it names.
func TestEventsOfSources(t *testing.T) {
	for source, want := range map[string]string{
		"import { APIGatewayProxyEventV2 } from 'aws-lambda'": "http", "import type { APIGatewayProxyHandlerV2 } from 'aws-lambda'": "http", "event.rawPath": "http",
		"import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'": "rest", "return { statusCode: 200 }": "rest", "event.rawPath ?? (event.httpMethod + event.path)": "rest",
		"import { LambdaFunctionURLEvent } from 'aws-lambda'": "url", "import { SQSEvent } from 'aws-lambda'": "event aws:sqs", "return event.name": "event {}",
		"import { EventBridgeEvent } from 'aws-lambda'": "event Scheduled", "import { handle } from 'hono/aws-lambda'": "rest", "events.APIGatewayV2HTTPRequest": "http",
	} {
		folder := fstest.MapFS{"package.json": {Data: []byte("{}")}, "index.js": {Data: []byte(source + "\nexports.handler = f\n")}, "other.js": {Data: []byte("const x = { statusCode: 1 }")}}
		if want == "event {}" {
			delete(folder, "other.js")
		}
		guess, err := scaffold.Inspect(folder, "mine", scaffold.Options{Runtimes: runtimes})
		kind, event, _ := strings.Cut(want, " ")
		if err != nil || guess.Integration != kind || event != "" && !strings.Contains(guess.RequestFile(), event) {
			t.Errorf("%s: got %s and %q, %v; want %s", source, guess.Integration, guess.RequestFile(), err, want)
		}
	}
}

// Where a version is named that can't be run, it is the next one that can.
func TestTheNextThatIsHere(t *testing.T) {
	for named, want := range map[string]string{"18": "nodejs22.x", "23": "nodejs24.x", "22": "nodejs22.x", "30": "nodejs24.x"} {
		folder := fstest.MapFS{"package.json": {Data: []byte("{}")}, ".nvmrc": {Data: []byte(named)}}
		if guess, err := scaffold.Inspect(folder, "mine", scaffold.Options{Runtimes: runtimes}); err != nil || guess.LambdaRuntime != want {
			t.Errorf("%s: got %s, %v; want %s", named, guess.LambdaRuntime, err, want)
		}
	}
}

// The crate that takes all payloads can be told to take one.
func TestEventsOfRust(t *testing.T) {
	for features, want := range map[string]string{
		`"1"`: "rest", `{ version = "1", default-features = false, features = ["apigw_http", "tracing"] }`: "http", `{ version = "1", default-features = false, features = ["apigw_http", "apigw_rest"] }`: "rest",
	} {
		folder := fstest.MapFS{"Cargo.toml": {Data: []byte("[package]\nname = \"x\"\n[dependencies]\nlambda_http = " + features + "\n")}, "src/main.rs": {Data: []byte("use lambda_http::run;")}}
		if guess, err := scaffold.Inspect(folder, "mine", scaffold.Options{Runtimes: runtimes}); err != nil || guess.Integration != want {
			t.Errorf("%s: got %s, %v; want %s", features, guess.Integration, err, want)
		}
	}
}

// Where no version is named, it is the newest that this machine has; where it has none,
// the newest, which is said.
func TestNewestThatIsHere(t *testing.T) {
	folder := fstest.MapFS{"requirements.txt": {Data: []byte("\n")}, "main.py": {Data: []byte("def handler(event, context):\n    return {}\n")}}
	for want, here := range map[string]func(string) bool{
		"lambdaRuntime: python3.13  (the newest that can be run here)":         func(id string) bool { return id != "python3.14" },
		"lambdaRuntime: python3.14  (the newest, though nothing here runs it)": func(string) bool { return false },
	} {
		guess, err := scaffold.Inspect(folder, "mine", scaffold.Options{Runtimes: []string{"python3.9", "python3.13", "python3.14", "nodejs24.x"}, Here: here})
		if err != nil {
			t.Fatal(err)
		}
		if got := said(guess); !strings.Contains(got, want+"\n") {
			t.Errorf("got\n%swant %s", got, want)
		}
	}
}
