package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"golang.org/x/tools/txtar"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/router"
)

// echoFolder unpacks the function of testdata/killed.txtar: a bootstrap in shell.
func echoFolder(t *testing.T) string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/killed.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "echo")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.Files {
		if name, ok := strings.CutPrefix(file.Name, "echo/"); ok {
			if err := os.WriteFile(filepath.Join(dir, name), file.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// serving runs bench serve until the test ends and returns its base URL.
func serving(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	words, stderr := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), strings.NewReader(""), io.Discard, stderr)
		_ = stderr.Close() // an io.Pipe never fails to close
	}()
	lines := bufio.NewScanner(words)
	var said bytes.Buffer
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if rest, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			base, _, _ := strings.Cut(rest, " ")
			go func() { _, _ = io.Copy(io.Discard, words) }() // the request log
			t.Cleanup(func() {
				cancel()
				if code := <-done; code != 0 {
					t.Errorf("got exit code %d, want 0", code)
				}
				var left, hints bytes.Buffer
				if code := run(context.Background(), []string{"clean", "--check"}, strings.NewReader(""), &left, &hints); code != 0 {
					t.Errorf("got %s%s, want nothing left behind", left.String(), hints.String())
				}
			})
			return base
		}
	}
	cancel()
	t.Fatalf("bench serve ended with %d:\n%s", <-done, said.String())
	return ""
}

func TestAnSDKInvokesAFunctionAndReadsItsReport(t *testing.T) {
	base := serving(t, "-C", t.TempDir(), "--runtime", echoFolder(t), "--memory", "256")
	client := lambda.New(lambda.Options{
		Region: "us-east-1", BaseEndpoint: &base, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
	for _, want := range []struct{ cold bool }{{true}, {false}} {
		out, err := client.Invoke(t.Context(), &lambda.InvokeInput{
			FunctionName: aws.String("multi-runtime-benchmark-echo-dev"), LogType: types.LogTypeTail, Payload: []byte(`{}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(out.Payload); got != `{"statusCode":200,"body":"ok"}` || out.FunctionError != nil {
			t.Errorf("got %s (%v), want the function's own answer", got, out.FunctionError)
		}
		tail, err := base64.StdEncoding.DecodeString(*out.LogResult)
		if err != nil {
			t.Fatal(err)
		}
		lines := report.Scan(string(tail))
		if len(lines) != 1 {
			t.Fatalf("got %d REPORT lines in %s, want one", len(lines), tail)
		}
		if got := lines[0]; got.MemorySizeMB != 256 || got.MaxMemoryUsedMB < 1 || got.MaxMemoryUsedMB > 64 || (got.Init > 0) != want.cold {
			t.Errorf("got %+v, want 256 MB, a true peak, and an init only at first", got)
		}
	}
	for _, short := range []string{"echo", "function", "echo:$LATEST"} {
		if out, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &short, Payload: []byte(`{}`)}); err != nil || !strings.Contains(string(out.Payload), "ok") {
			t.Errorf("%s: got %v, want the function", short, err)
		}
	}
	for _, input := range []*lambda.InvokeInput{
		{FunctionName: aws.String("nobody")},
		{FunctionName: aws.String("echo"), Qualifier: aws.String("99")},
		{FunctionName: aws.String("multi-runtime-benchmark-echo-dev"), Qualifier: aws.String("live"), InvocationType: types.InvocationTypeRequestResponse},
	} {
		_, err := client.Invoke(t.Context(), input)
		var missing *types.ResourceNotFoundException
		if !errors.As(err, &missing) {
			t.Errorf("%s %v: got %v, want a ResourceNotFoundException", *input.FunctionName, input.Qualifier, err)
		}
	}
	answer, err := http.Get(base + "/echo/hello")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	if body, _ := io.ReadAll(answer.Body); string(body) != "ok" || answer.StatusCode != http.StatusOK {
		t.Errorf("got %d %s through the gateway, want 200 ok", answer.StatusCode, body)
	}
	page, err := http.Get(base + "/docs")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close() //nolint:errcheck // it was only read
	if page.StatusCode != http.StatusNotFound {
		t.Errorf("got %d for the API's description, want none: nothing here has the API", page.StatusCode)
	}
}

func TestTheAPIsDescriptionIsForItsOwnRuntimes(t *testing.T) {
	docs, err := openDocs([]string{"/go"})
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	router.Split(http.NotFoundHandler(), http.NotFoundHandler(), docs).ServeHTTP(answer, httptest.NewRequest("GET", "/docs", nil))
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "swagger-ui") {
		t.Errorf("got %d %s for the API's description, want Swagger UI", answer.Code, answer.Body)
	}
}
