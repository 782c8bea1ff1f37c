package scaffold

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func TestNodeHandlers(t *testing.T) {
	for source, want := range map[string]string{
		"exports.handler = f": "handler", "module.exports.lambdaHandler = f": "lambdaHandler", "export const handler: Handler = f": "handler",
		"export async function handler() {}": "handler", "module.exports = { a, handler }": "handler", "export { a, handler }": "handler",
		"module.exports = { handler: other }": "handler", "export { innerHandler as handler }": "handler", "export { handler } from './x'": "handler",
		"const handler = 1": "", "export const other = 1": "", "export const handlerFactory = 1": "", "export const handlerX = 1": "", "export const createHandler = 1": "",
		"export const handlers = 1": "", "/*\nexport const handler = 1\n*/": "", "export type Handler = 1": "",
		"export const handlerFactory = 1\nexport const handler = handlerFactory()": "handler", "export const getHandler = f": "getHandler",
		"export const main = f": "main", "export default async () => 1": "default", "export default f\nexport const handler = f": "handler",
	} {
		in := &inspection{fs: fstest.MapFS{"index.mjs": {Data: []byte(source)}}}
		if _, export := in.nodeSource(".", packageJSON{}); export != want {
			t.Errorf("%s: got %q, want %q", source, export, want)
		}
	}
}

func TestPythonHandlers(t *testing.T) {
	for source, want := range map[string]string{
		"def lambda_handler(event, context):": "lambda_handler", "handler = Mangum(app)": "handler", "async def handler(event, _):": "handler",
		"def main(event, context):": "main", "def main():": "", "def answer(event: Dict[str, Any], context: LambdaContext) -> dict:": "answer",
		"def item_handler(event, context):": "item_handler", "def error_handler(request, problem):": "", "handler = logging.StreamHandler()": "",
		"stream_handler = StreamHandler()": "", "\"\"\"\ndef handler(event, context):\n\"\"\"": "", "# def handler(event, context):": "",
		"def handler(event, context):\n    pass\ndef work(event, context):": "handler", "    def handler(event, context):": "",
	} {
		in := &inspection{fs: fstest.MapFS{"app.py": {Data: []byte(source + "\n")}}}
		if want != "" {
			want = "app." + want
		}
		if in.handler(in.pythonHandlers(".")); in.Handler != want {
			t.Errorf("%s: got %q, want %q", source, in.Handler, want)
		}
	}
}

func TestJavaHandlers(t *testing.T) {
	for source, want := range map[string]string{
		"public class App implements RequestHandler<A, B> {": "App", "class App : RequestHandler<A, B> {": "App", "class App(val a: Int) : RequestStreamHandler {": "App",
		"/** A class implements RequestHandler. */\npublic class App implements RequestHandler<A, B> {":                                         "App",
		"// this class implements RequestHandler\nclass Other {":                                                                                "",
		"String s = \"class x implements RequestHandler {\";":                                                                                   "",
		"data class Req(val name: String)\n\nclass App : RequestHandler<Req, String> {":                                                         "App",
		"abstract class Base implements RequestHandler<A, B> {}\nclass App extends Base {":                                                      "App",
		"class App extends Middle {}\nabstract class Middle extends Base {}\nabstract class Base implements RequestHandler {":                   "App",
		"public final class App extends MicronautRequestHandler<A, B> {":                                                                        "App",
		"import com.amazonaws.services.lambda.runtime.Context;\nclass App { public String answer(Map<String, Object> event, Context context) {": "App.answer",
		"import java.io.*;\nclass App { public void answer(InputStream in, OutputStream out) {":                                                 "App.answer",
		"import java.io.InputStream\nclass App {\n  fun answer(input: InputStream, output: OutputStream): Unit {":                               "App.answer",
		"class App { public String answer(Map<String, Object> event, Context context) {":                                                        "",
		"interface Own extends RequestHandler<A, B> {}\nrecord App() implements Own {":                                                          "App",
	} {
		in := &inspection{fs: fstest.MapFS{"src/main/java/App.java": {Data: []byte("package a.b;\n" + source)}}}
		in.handler(in.javaHandlers("."))
		switch method, own := strings.CutPrefix(want, "App."); {
		case own:
			want = "a.b.App::" + method
		case want != "":
			want = "a.b." + want + "::handleRequest"
		}
		if in.Handler != want {
			t.Errorf("%s: got %q, %v; want %q", source, in.Handler, in.refused, want)
		}
	}
}

// Several handlers are told apart by a person; those that are less likely are said.
func TestSeveralHandlers(t *testing.T) {
	for name, tt := range map[string]struct {
		files     map[string]string
		list      []string // where it is refused
		otherwise string   // the handler that is taken, and the one that is said
	}{
		"java": {map[string]string{"pom.xml": "", "src/main/java/A.java": "class A implements RequestHandler<X, Y> {", "src/main/java/B.java": "class B implements RequestHandler<X, Y> {"},
			[]string{"A::handleRequest (src/main/java/A.java)", "B::handleRequest (src/main/java/B.java)"}, ""},
		"python":      {map[string]string{"requirements.txt": "", "one/a.py": "def handler(event, context):", "two/b.py": "def handler(event, context):"}, []string{"one/a.handler (one/a.py)", "two/b.handler (two/b.py)"}, ""},
		"node":        {map[string]string{"package.json": "{}", "items.ts": "export const getHandler = f\nexport const putHandler = f\n"}, []string{"items.getHandler (items.ts)", "items.putHandler (items.ts)"}, ""},
		"one of them": {map[string]string{"requirements.txt": "", "app.py": "def lambda_handler(event, context):", "tools.py": "def lambda_handler(event, context):"}, nil, "app.lambda_handler tools.lambda_handler"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := fstest.MapFS{}
			for file, content := range tt.files {
				folder[file] = &fstest.MapFile{Data: []byte(content + "\n")}
			}
			options := Options{Runtimes: []string{"java25", "python3.13", "nodejs24.x"}}
			guess, err := Inspect(folder, "mine", options)
			if tt.list == nil {
				chosen, other, _ := strings.Cut(tt.otherwise, " ")
				if err != nil || guess.Handler != chosen || !slices.ContainsFunc(guess.Open, func(s string) bool { return strings.Contains(s, other) }) {
					t.Errorf("got %q, %q, %v; want %s, and %s told", guess.Handler, guess.Open, err, chosen, other)
				}
				return
			}
			for _, one := range tt.list {
				if !fault.IsUsage(err) || !strings.Contains(err.Error(), one) {
					t.Fatalf("got %v, want a refusal with %s", err, one)
				}
			}
			options.Handler, _, _ = strings.Cut(tt.list[1], " ")
			if guess, err = Inspect(folder, "mine", options); err != nil || guess.Handler != options.Handler {
				t.Errorf("got %q, %v; want %s, which was named", guess.Handler, err, options.Handler)
			}
		})
	}
}

func TestSpringHandler(t *testing.T) {
	folder := fstest.MapFS{"build.gradle.kts": {Data: []byte(`implementation("org.springframework.cloud:spring-cloud-function-adapter-aws:4.0.4")`)}, "src/main/kotlin/A.kt": {Data: []byte("class A : Function<X, Y> {")}}
	guess, err := Inspect(folder, "mine", Options{Runtimes: []string{"java25"}})
	if err != nil || guess.Handler != springHandler || !slices.ContainsFunc(guess.Open, func(s string) bool { return strings.Contains(s, "MAIN_CLASS") }) {
		t.Errorf("got %q and %q, %v; want Spring's handler", guess.Handler, guess.Open, err)
	}
}

func TestPlaceholders(t *testing.T) {
	for file, want := range map[string]string{"pom.xml": "example.Handler::handleRequest", "requirements.txt": "lambda_function.lambda_handler", "package.json": "index.handler"} {
		guess, err := Inspect(fstest.MapFS{file: {Data: []byte("{}")}}, "mine", Options{Runtimes: []string{"java25", "python3.13", "nodejs24.x"}})
		if err != nil || guess.Handler != want {
			t.Errorf("%s: got %q, %v; want the placeholder %s", file, guess.Handler, err, want)
		}
	}
}
