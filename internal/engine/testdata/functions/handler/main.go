// A function that does what its event says, over the official client: every way
// in which a handler can succeed or fail. What happens before the client starts
// is said by the variable INIT.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do    string `json:"do"`
	MS    int    `json:"ms"`
	MB    int    `json:"mb"`
	Bytes int    `json:"bytes"`
	Code  int    `json:"code"`
	Text  string `json:"text"`
}

var calls, kept = 0, [][]byte{}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		time.Sleep(time.Hour)
	}
	prepare(os.Getenv("INIT"))
	var options []lambda.Option
	if last := os.Getenv("SIGTERM"); last != "" {
		options = append(options, lambda.WithEnableSIGTERM(func() { fmt.Println("told to end:", last) }))
	}
	lambda.StartWithOptions(handle, options...)
}

// prepare is the init phase. "once:X" does X in the first process of an
// environment only: the temp folder remembers.
func prepare(do string) {
	if rest, once := strings.CutPrefix(do, "once:"); once {
		marker := filepath.Join(os.TempDir(), "has-been-here")
		if _, err := os.Stat(marker); err == nil {
			return
		}
		check(os.WriteFile(marker, nil, 0o600))
		do = rest
	}
	if do != "" {
		fmt.Println("init:", do)
	}
	switch do {
	case "":
	case "exit3":
		os.Exit(3)
	case "exit0":
		os.Exit(0)
	case "kill":
		check(syscall.Kill(os.Getpid(), syscall.SIGKILL))
		time.Sleep(time.Hour)
	case "hang":
		time.Sleep(time.Hour)
	case "spin":
		spin(200 * time.Millisecond)
	case "touch":
		touch(100)
	case "error":
		post("init/error", `{"errorMessage":"no module named x","errorType":"Runtime.ImportModuleError"}`)
		fmt.Println("the last words")
		os.Exit(1)
	case "error-and-hang":
		post("init/error", `{"errorMessage":"boom","errorType":"Function.Boom"}`)
		time.Sleep(time.Hour)
	default:
		panic("unknown INIT: " + do)
	}
}

func post(path, body string) {
	url := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/" + path
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	check(err)
	var posted struct{ ErrorType string }
	check(json.Unmarshal([]byte(body), &posted))
	request.Header.Set("Lambda-Runtime-Function-Error-Type", posted.ErrorType)
	answer, err := http.DefaultClient.Do(request)
	check(err)
	answer.Body.Close()
}

func handle(ctx context.Context, e event) (any, error) {
	calls++
	switch e.Do {
	case "", "echo":
		return map[string]any{"text": e.Text, "calls": calls, "pid": os.Getpid()}, nil
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"requestId": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "client": lc.ClientContext.Client.AppTitle,
			"leftMs": time.Until(deadline).Milliseconds(), "trace": os.Getenv("_X_AMZN_TRACE_ID"),
		}, nil
	case "environment":
		return environment()
	case "print":
		fmt.Print(e.Text)
		return nil, nil
	case "printmuch":
		fmt.Print(strings.Repeat(e.Text, e.Bytes/len(e.Text)))
		return nil, nil
	case "error":
		return nil, errors.New(e.Text)
	case "panic":
		panic(e.Text)
	case "exit":
		os.Exit(e.Code)
	case "kill":
		check(syscall.Kill(os.Getpid(), syscall.SIGKILL))
		time.Sleep(time.Hour)
	case "sleep":
		fmt.Println(e.Text)
		start := time.Now()
		time.Sleep(time.Duration(e.MS) * time.Millisecond)
		return map[string]int64{"sleptNs": time.Since(start).Nanoseconds()}, nil
	case "await":
		// Until a file is there.
		fmt.Println("awaiting", e.Text)
		for {
			if _, err := os.Stat(e.Text); err == nil {
				return map[string]any{"calls": calls, "pid": os.Getpid()}, nil
			}
			time.Sleep(time.Millisecond)
		}
	case "spin":
		return map[string]int64{"cpuNs": spin(time.Duration(e.MS) * time.Millisecond).Nanoseconds()}, nil
	case "background":
		began := make(chan struct{})
		go func() {
			close(began)
			spin(time.Hour)
		}()
		<-began
		return map[string]int{"pid": os.Getpid()}, nil
	case "touch":
		touch(e.MB)
		return nil, nil
	case "large":
		return bytes.NewReader(bytes.Repeat([]byte("x"), e.Bytes)), nil
	case "garbage":
		return strings.NewReader("<html>not JSON"), nil
	case "child":
		// A child that outlives the invocation and has the log open.
		child := exec.Command(os.Args[0], "child")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		check(child.Start())
		return map[string]int{"pid": child.Process.Pid}, nil
	case "lock":
		dir := filepath.Join(os.TempDir(), "locked")
		check(os.MkdirAll(filepath.Join(dir, "inside"), 0o755))
		check(os.Chmod(dir, 0o500))
		return nil, nil
	}
	return nil, fmt.Errorf("unknown: %q", e.Do)
}

func environment() (any, error) {
	dir, err := os.Getwd()
	check(err)
	writeErr := os.WriteFile(filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), "new"), nil, 0o600)
	return map[string]any{
		"env": os.Environ(), "dir": dir, "temp": os.TempDir(), "cpus": runtime.NumCPU(),
		"codeWritable": writeErr == nil,
		"tempWritable": os.WriteFile(filepath.Join(os.TempDir(), "new"), nil, 0o600) == nil,
	}, nil
}

// spin burns CPU for a wall time and returns how much it got.
func spin(wall time.Duration) time.Duration {
	start, before := time.Now(), used()
	for time.Since(start) < wall {
	}
	return used() - before
}

func used() time.Duration {
	var u syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// touch takes memory and keeps it.
func touch(mb int) {
	b := make([]byte, mb<<20)
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	kept = append(kept, b)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "test function:", err)
		os.Exit(99)
	}
}
