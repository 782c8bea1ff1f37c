package scaffold_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/scaffold"
)

const application = `Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Timeout: 9, Architectures: [arm64], Environment: {Variables: {STAGE: !Ref Stage}}}}
Parameters: {Stage: {Type: String, Default: test}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello
      Handler: app.handler
      Runtime: nodejs24.x
      MemorySize: 512
      FileSystemConfigs: [{LocalMountPath: /mnt/x}]
      Layers:
        - !Ref Words
        - arn:aws:lambda:us-east-1:123456789012:layer:other:1
      Environment:
        Variables: {TABLE: !Ref Table, ARN: !GetAtt Table.Arn}
      Events:
        Get: {Type: HttpApi, Properties: {Path: /hello, Method: get}}
        Put: {Type: HttpApi, Properties: {Path: "/hello/{id}", Method: put}}
        Log: {Type: MSK, Properties: {}}
  Jobs:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../jobs.zip
      Handler: app.handler
      Runtime: python3.13
      Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}}
  Direct:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: direct, Runtime: provided.al2023}
  Words:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
  Table: {Type: AWS::DynamoDB::Table}
`

// disk is the application's folder, below another.
func disk(template string) fstest.MapFS {
	return fstest.MapFS{
		"home/app/template.yaml": {Data: []byte(template)}, "home/app/hello/app.mjs": {}, "home/jobs.zip": {},
		"home/app/direct/bootstrap": {Mode: 0o755}, "home/app/layer/nodejs/words.js": {},
	}
}

func functions(t *testing.T, folder fstest.MapFS, o scaffold.TemplateOptions) ([]scaffold.Guess, error) {
	t.Helper()
	o.Shown = "template.yaml"
	return scaffold.Functions(folder, "home/app/template.yaml", o)
}

func TestFunctionsOfATemplate(t *testing.T) {
	got, err := functions(t, disk(application), scaffold.TemplateOptions{})
	if err != nil || len(got) != 3 {
		t.Fatalf("got %d functions, %v; want three", len(got), err)
	}
	direct, hello, jobs := got[0], got[1], got[2]
	want := `# Guessed by bench init: read it, and correct what is wrong.
name: hello
displayName: Hello
lambdaRuntime: nodejs24.x
handler: app.handler
zip: hello
layers: ["layer"]
integration: http
routes: ["/hello", "/hello/{id}"]
env:
  STAGE: "test"
  TABLE: "Table"
memory: {default: 512}
timeout: 9
`
	if diff := cmp.Diff(want, hello.Manifest()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if hello.Code != "home/app/hello" || hello.Arch != "arm64" || len(hello.Layers) != 1 || hello.Layers[0] != "home/app/layer" {
		t.Errorf("got the code %s for %s with the layers %q", hello.Code, hello.Arch, hello.Layers)
	}
	said := []string{
		`template.yaml:17: Resources.Hello.Properties.Environment.Variables.ARN is !GetAtt Table.Arn, which is only known in AWS: the function goes without it.`,
		`template.yaml:17: Resources.Hello.Properties.Environment.Variables.TABLE is !Ref Table, which is only known in AWS: here it is "Table".`,
		`template.yaml:12: Resources.Hello.Properties.FileSystemConfigs has no effect here.`,
		`template.yaml:13: Resources.Hello.Properties.Layers.1 is arn:aws:lambda:us-east-1:123456789012:layer:other:1, which is only known in AWS: it is left out.`,
		`template.yaml:18: Resources.Hello.Properties.Events: PUT /hello/{id}: left out, since a template has no bodies, parameters and statuses; give them with --requests.`,
		`template.yaml:21: Resources.Hello.Properties.Events.Log (MSK): an event of this source can't be made up, and is left out.`,
	}
	if diff := cmp.Diff(said, hello.Open); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if want := "# Guessed by bench init: read it, and correct what is wrong.\n- name: get-hello\n  path: \"/hello\"\n"; hello.RequestFile() != want {
		t.Errorf("got the requests %q, want %q", hello.RequestFile(), want)
	}
	if jobs.Code != "home/jobs.zip" || jobs.Memory != 128 || !strings.Contains(jobs.RequestFile(), "aws:sqs") || jobs.Integration != "event" {
		t.Errorf("got %+v, want the zip with Lambda's memory and an event of a queue", jobs)
	}
	if direct.Handler != "" || direct.RequestFile() != "" || direct.Integration != "event" || direct.Timeout != 9 {
		t.Errorf("got %+v, want a program that is called with an empty event", direct)
	}
	newer, err := functions(t, disk(application), scaffold.TemplateOptions{Names: []string{"Hello"}, LambdaRuntime: "nodejs26.x"})
	if err != nil || newer[0].LambdaRuntime != "nodejs26.x" {
		t.Errorf("got %+v, %v; want another runtime than the template's", newer, err)
	}
	given, err := functions(t, disk(application), scaffold.TemplateOptions{Names: []string{"Hello"}, Requests: true})
	if err != nil || len(given) != 1 || given[0].RequestFile() != "" {
		t.Errorf("got %+v, %v; want one function and no request of ours", given, err)
	}
}

// What a template's function becomes can be run, with requests that are nowhere in a file.
func TestARuntimeOfATemplate(t *testing.T) {
	got, err := functions(t, disk(application), scaffold.TemplateOptions{Names: []string{"Jobs"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir+"/jobs.zip", "")
	r, err := got[0].Runtime(dir)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := bench.LoadGuestRequests(r, r.DefaultVariant())
	if err != nil || len(requests) != 1 || requests[0].Name != "jobs" || r.DisplayName != "Jobs" || r.Timeout != 9 {
		t.Errorf("got %+v of %+v, %v", requests, r, err)
	}
	got, err = functions(t, disk(strings.ReplaceAll(application, "      Handler: app.handler\n      Runtime: python3.13\n", "      Handler: app.handler\n      Runtime: python3.13\n      MemorySize: 64\n")), scaffold.TemplateOptions{Names: []string{"Jobs"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := got[0].Runtime(dir); !fault.IsUsage(err) || !strings.Contains(err.Error(), "template.yaml:28: Resources.Jobs.Properties.MemorySize: got 64, want at least 128") {
		t.Errorf("got %v, want the limit, and the function's place", err)
	}
}

// Each source's event is one that a request file may hold.
func TestEventsThatAreMadeUp(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/hello/app.mjs", "")
	for kind, want := range map[string]string{
		"SQS": "aws:sqs", "SNS": "aws:sns", "S3": "aws:s3", "DynamoDB": "aws:dynamodb", "Kinesis": "aws:kinesis",
		"Schedule": "Scheduled Event", "ScheduleV2": "Scheduled Event", "EventBridgeRule": "detail-type", "CloudWatchEvent": "detail-type",
	} {
		template := "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: hello, Handler: app.handler, Runtime: nodejs24.x, Events: {It: {Type: " + kind + "}}}}}\n"
		got, err := functions(t, disk(template), scaffold.TemplateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := got[0].Runtime(dir)
		if err != nil {
			t.Fatal(err)
		}
		requests, err := bench.LoadGuestRequests(r, r.DefaultVariant())
		if err != nil || len(requests) != 1 || !strings.Contains(fmt.Sprint(requests[0].Event), want) {
			t.Errorf("%s: got %+v, %v; want an event with %s", kind, requests, err, want)
		}
	}
}

func TestCodeThatCannotRun(t *testing.T) {
	for name, tt := range map[string]struct {
		files          map[string]string
		runtime        string
		built, refused string // what is wrong with it, if sam built it and if not
	}{
		"nothing":              {nil, "nodejs24.x", "a folder or a zip that exists", "a folder or a zip that exists"},
		"JavaScript":           {map[string]string{"a/app.cjs": ""}, "nodejs24.x", "", ""},
		"TypeScript":           {map[string]string{"a/app.ts": ""}, "nodejs24.x", "handler's file a/app.js", "handler's file a/app.js"},
		"packages of node":     {map[string]string{"a/app.js": "", "package.json": `{"dependencies": {"x": "1"}}`}, "nodejs24.x", "", "node_modules"},
		"installed ones":       {map[string]string{"a/app.js": "", "node_modules/x/index.js": "", "package.json": `{"dependencies": {"x": "1"}}`}, "nodejs24.x", "", ""},
		"Python":               {map[string]string{"a/app/__init__.py": "", "requirements.txt": "# none\n"}, "python3.13", "", ""},
		"packages of Python":   {map[string]string{"a/app.py": "", "requirements.txt": "requests==2\n"}, "python3.13", "", "requirements.txt names some"},
		"a program":            {map[string]string{"bootstrap": ""}, "provided.al2023", "", ""},
		"a program's source":   {map[string]string{"main.go": ""}, "provided.al2023", "bootstrap", "bootstrap"},
		"classes":              {map[string]string{"a/app.class": ""}, "java25", "", ""},
		"jars":                 {map[string]string{"lib/a.jar": ""}, "java25", "", ""},
		"Java":                 {map[string]string{"src/main/java/a/app.java": ""}, "java25", "classes or lib", "classes or lib"},
		"a program for dotnet": {map[string]string{"a.dll": ""}, "dotnet10", "", ""},
		"its source":           {map[string]string{"a.csproj": ""}, "dotnet10", ".dll", ".dll"},
		"another language":     {map[string]string{"x": ""}, "ruby3.4", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			handler := map[bool]string{true: "a.app::handleRequest", false: "a/app.handler"}[strings.HasPrefix(tt.runtime, "java")]
			folder := fstest.MapFS{"home/app/template.yaml": {Data: []byte("Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: code, Runtime: " + tt.runtime + ", Handler: '" + handler + "'}}}\n")}}
			for file, content := range tt.files {
				folder["home/app/code/"+file] = &fstest.MapFile{Data: []byte(content)}
			}
			for built, want := range map[bool]string{true: tt.built, false: tt.refused} {
				_, err := functions(t, folder, scaffold.TemplateOptions{Built: built})
				switch {
				case want == "" && err != nil:
					t.Errorf("built %t: got %v, want it taken", built, err)
				case want != "" && (!fault.IsUsage(err) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "template.yaml:1: Resources.F.Properties.CodeUri: got code, want") || !strings.Contains(fault.Hint(err), "sam build")):
					t.Errorf("built %t: got %v, hint %q; want …%s…", built, err, fault.Hint(err), want)
				}
			}
		})
	}
}

func TestTemplatesThatAreRefused(t *testing.T) {
	of := func(properties string) string {
		return "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {" + properties + "}\n"
	}
	for name, tt := range map[string]struct{ template, want, hint string }{
		"no YAML":         {"a: [", "template.yaml: read YAML", "correct"},
		"none":            {"Resources: {T: {Type: AWS::DynamoDB::Table}}", "got no function", "AWS::Serverless::Function"},
		"no runtime":      {of("CodeUri: hello, Handler: app.handler, Runtime: !If [a, b, c]"), "template.yaml:4: Resources.F.Properties.Runtime: got !If [a b c]", "nodejs24.x"},
		"no handler":      {of("CodeUri: hello, Runtime: nodejs24.x"), "Resources.F.Properties.Handler: got none", "index.handler"},
		"an image":        {of("PackageType: Image"), "template.yaml:4: Resources.F.Properties.PackageType: got Image", ""},
		"inline":          {of("InlineCode: x, Runtime: java25, Handler: x"), "template.yaml:4: Resources.F.Properties.InlineCode: got code of java25", ""},
		"strange source":  {of("CodeUri: hello, Handler: app.handler, Runtime: nodejs24.x, Events: {A: {Type: MSK}}"), "Events.A (MSK): an event of this source can't be made up", "--requests"},
		"layer to build":  {of("CodeUri: hello, Handler: app.handler, Runtime: nodejs24.x, Layers: [!Ref L]") + "  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}, Metadata: {BuildMethod: nodejs24.x}}\n", "template.yaml:5: Resources.L.Properties.ContentUri: got layer, which is not built", "sam build"},
		"no such layer":   {of("CodeUri: hello, Handler: app.handler, Runtime: nodejs24.x, Layers: [!Ref L]") + "  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: none}}\n", "got none, want a folder or a zip that exists", "sam build"},
		"one of several":  {of("PackageType: Image") + "  G:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: hello, Handler: app.handler, Runtime: nodejs24.x}\n", "PackageType: got Image", "measure the others: --function G"},
		"several of them": {of("PackageType: Image") + "  G:\n    Type: AWS::Serverless::Function\n    Properties: {InlineCode: !GetAtt A.B, Runtime: nodejs24.x, Handler: index.handler}\n", "Resources.G.Properties.InlineCode: got code of nodejs24.x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := functions(t, disk(tt.template), scaffold.TemplateOptions{})
			if !fault.IsUsage(err) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(fault.Hint(err), tt.hint) {
				t.Errorf("got %v, hint %q; want …%s…, hint …%s…", err, fault.Hint(err), tt.want, tt.hint)
			}
		})
	}
	if _, err := functions(t, disk(application), scaffold.TemplateOptions{Names: []string{"Hullo"}}); err == nil || !strings.Contains(fault.Hint(err), "Direct, Hello, Jobs") {
		t.Errorf("got %v, want the functions that there are", err)
	}
}

func TestCodeInATemplate(t *testing.T) {
	got, err := functions(t, disk("Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.13\n      Handler: index.handler\n      InlineCode: |\n        def handler(event, context):\n            return 1\n"), scaffold.TemplateOptions{})
	if err != nil || len(got) != 1 || got[0].Inline != "def handler(event, context):\n    return 1\n" || got[0].InlineFile() != "index.py" || got[0].Code != "" {
		t.Errorf("got %+v, %v; want the code and its file", got, err)
	}
}

// Names that are cut to the same letters stay apart.
func TestNamesOfAnApplication(t *testing.T) {
	function := ": {Type: AWS::Serverless::Function, Properties: {CodeUri: hello, Handler: app.handler, Runtime: nodejs24.x}}\n"
	got, err := functions(t, disk("Resources:\n  GetEveryItemThereIsAgain"+function+"  GetEveryItemThereIsOnce"+function), scaffold.TemplateOptions{})
	if err != nil || len(got) != 2 || got[0].Name != "get-every-item-there" || got[1].Name != "get-every-item-the-2" {
		t.Errorf("got %+v, %v; want two names", got, err)
	}
}
