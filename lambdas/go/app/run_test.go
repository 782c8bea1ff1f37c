package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func environment(pairs ...string) func(string) string {
	env := map[string]string{"PORT": "0"}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return func(name string) string { return env[name] }
}

func TestReadSettings(t *testing.T) {
	got, err := readSettings(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	want := settings{
		port: "8080", itemTTL: 168 * time.Hour, version: "dev",
		table: "multi-runtime-benchmark-items-dev", attemptTimeout: 8 * time.Second,
	}
	if got != want {
		t.Errorf("defaults:\ngot  %+v\nwant %+v", got, want)
	}

	getenv := environment("AWS_LAMBDA_RUNTIME_API=127.0.0.1:1", "PRIME_ON_INIT=true", "ITEM_TTL_DAYS=1", "APP_VERSION=1.2.3",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512", "TABLE_NAME=t", "DYNAMODB_ATTEMPT_TIMEOUT_MS=50")
	got, err = readSettings(getenv)
	if err != nil {
		t.Fatal(err)
	}
	want = settings{lambda: true, port: "0", primeOnInit: true, itemTTL: 24 * time.Hour, version: "1.2.3", memoryLimitMB: 512, table: "t", attemptTimeout: 50 * time.Millisecond}
	if got != want {
		t.Errorf("settings:\ngot  %+v\nwant %+v", got, want)
	}
}

func TestWrongSettingsEndTheProcess(t *testing.T) {
	var stderr bytes.Buffer
	code := stock.parts.run(t.Context(), environment("ITEM_TTL_DAYS=x", "DYNAMODB_ATTEMPT_TIMEOUT_MS=0"), io.Discard, &stderr)
	want := "error: DYNAMODB_ATTEMPT_TIMEOUT_MS: got \"0\", want a positive integer\nITEM_TTL_DAYS: got \"x\", want a positive integer\n"
	if code != 2 || stderr.String() != want {
		t.Errorf("got exit code %d with\n%swant 2 with\n%s", code, stderr.String(), want)
	}
}

func TestBusyPortEndsTheProcess(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	var stderr bytes.Buffer
	if code := stock.parts.run(t.Context(), environment("PORT="+port), io.Discard, &stderr); code != 1 || !strings.HasPrefix(stderr.String(), "error: serve on port "+port) {
		t.Errorf("got exit code %d with %s, want 1 and the port", code, stderr.String())
	}
}

// The plain server answers what it has begun when it is told to stop.
func TestServerStopsGracefully(t *testing.T) { eachVariant(t, testServerStopsGracefully) }

func testServerStopsGracefully(t *testing.T, v variant) {
	ctx, stop := context.WithCancel(t.Context())
	asked, answer := make(chan bool), make(chan bool)
	database := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-answer
		io.WriteString(w, `{"Items":[]}`)
	}))
	defer database.Close()

	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", database.URL)
	stderr, lines := io.Pipe()
	exit := make(chan int)
	go func() {
		exit <- v.parts.run(ctx, environment(), io.Discard, lines)
	}()
	line, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))

	type reply struct {
		status int
		body   string
		err    error
	}
	replies := make(chan reply, 1)
	go func() {
		response, err := http.Get(url + "/go/items")
		if err != nil {
			replies <- reply{err: err}
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		replies <- reply{response.StatusCode, string(body), err}
	}()
	<-asked
	stop()
	close(answer)
	if got, want := <-replies, (reply{200, `{"items":[]}`, nil}); got != want {
		t.Errorf("request under way: got %+v, want %+v", got, want)
	}
	if code := <-exit; code != 0 {
		t.Errorf("exit code: got %d, want 0", code)
	}
}

// runtimeAPI is the part of Lambda's Runtime API that one invocation needs.
type runtimeAPI struct {
	event   string
	served  bool
	answers chan string
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/next") && !a.served:
		a.served = true
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "lambda-id")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
		io.WriteString(w, a.event)
	case strings.HasSuffix(r.URL.Path, "/next"):
		<-r.Context().Done()
	default:
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		a.answers <- r.URL.Path + " " + string(body)
	}
}

func startFunction(t *testing.T, v variant, env ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(executable)
	cmd.Env = append([]string{"TEST_BE_THE_FUNCTION=" + v.name, "AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=eu-west-1"}, env...)
	cmd.Stdout = &out
	return cmd, &out
}

func TestFunctionAnswersLambda(t *testing.T) { eachVariant(t, testFunctionAnswersLambda) }

func testFunctionAnswersLambda(t *testing.T, v variant) {
	var reads int
	database := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reads++
		io.WriteString(w, `{}`)
	}))
	defer database.Close()
	api := &runtimeAPI{event: `{"httpMethod":"GET","path":"/go/metrics"}`, answers: make(chan string, 1)}
	lambda := httptest.NewServer(api)
	defer lambda.Close()

	cmd, out := startFunction(t, v, "PRIME_ON_INIT=true", "AWS_ENDPOINT_URL_DYNAMODB="+database.URL, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
		"AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(lambda.URL, "http://"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answer := <-api.answers
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // An error, since it was killed.

	payload, ok := strings.CutPrefix(answer, "/2018-06-01/runtime/invocation/lambda-id/response ")
	var got struct {
		StatusCode int
		Body       string
	}
	if err := json.Unmarshal([]byte(payload), &got); !ok || err != nil {
		t.Fatalf("answer: got %s, %v", answer, err)
	}
	var body metricsAnswer
	if err := json.Unmarshal([]byte(got.Body), &body); err != nil || got.StatusCode != 200 {
		t.Fatalf("answer: got %s, %v", answer, err)
	}
	if body.InitDurationMs <= 0 || body.Memory.LimitBytes != 128<<20 || !body.ColdStart {
		t.Errorf("metrics: got %+v, want a cold start with its duration and limit", body)
	}
	if reads != 1 {
		t.Errorf("reads in the init phase: got %d, want 1", reads)
	}
	if want := `"requestId":"lambda-id"`; !strings.Contains(out.String(), want) {
		t.Errorf("log: got %s, want %s in it", out, want)
	}
}

func TestFailedPrimingIsAWarning(t *testing.T) { eachVariant(t, testFailedPrimingIsAWarning) }

func testFailedPrimingIsAWarning(t *testing.T, v variant) {
	database := httptest.NewServer(http.NotFoundHandler())
	database.Close()
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", database.URL)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	code := v.parts.run(ctx, environment("PRIME_ON_INIT=true"), &out, io.Discard)
	if code != 0 || !strings.Contains(out.String(), `"level":"WARN","message":"prime the store: get item: database unavailable: `) {
		t.Errorf("got exit code %d with the log %s, want 0 with a warning", code, &out)
	}
}

func TestServerStopsBySignal(t *testing.T) { eachVariant(t, testServerStopsBySignal) }

func testServerStopsBySignal(t *testing.T, v variant) {
	cmd, _ := startFunction(t, v, "PORT=0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stderr).ReadString('\n')
	if want := "listening on http://127.0.0.1:"; err != nil || !strings.HasPrefix(line, want) {
		t.Errorf("first words: got %q, %v, want %s…", line, err, want)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("end by SIGTERM: got %v, want exit code 0", err)
	}
}
