// A runtime client without manners: what the variable CLIENT says it does wrong
// after init.
package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

var base = "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/"

func main() {
	do := os.Getenv("CLIENT")
	if do == "restore-error" || do == "restore" {
		fmt.Println("before the snapshot")
		get("restore/next")
		fmt.Println("after the restore")
		if do == "restore-error" {
			post("restore/error", `{"errorType":"Runtime.AfterRestoreError","errorMessage":"hook"}`)
			os.Exit(65)
		}
	}
	for {
		id := get("invocation/next")
		switch do {
		case "restore", "fine":
			post("invocation/"+id+"/response", `"fine"`)
		case "respond-and-hang":
			post("invocation/"+id+"/response", `"answered"`)
			time.Sleep(time.Hour)
		case "respond-and-work":
			post("invocation/"+id+"/response", `"answered"`)
			await()
		case "respond-and-exit":
			post("invocation/"+id+"/response", `"answered"`)
			os.Exit(7)
		case "hang":
			time.Sleep(time.Hour)
		case "forget":
			// Ask for the next event without an answer to this one.
			fmt.Println("refused:", status(http.Get(base+"invocation/next")))
			post("invocation/"+id+"/response", `"late"`)
		case "twice":
			post("invocation/"+id+"/response", `"first"`)
			fmt.Println("refused:", post("invocation/"+id+"/response", `"second"`))
		case "stream", "stream-and-exit", "stream-error":
			stream(id, do)
		case "empty":
			post("invocation/"+id+"/response", "")
		default:
			panic("unknown CLIENT: " + do)
		}
	}
}

// stream answers in two parts, the second when a file is there, or fails in between.
func stream(id, do string) {
	from, to := io.Pipe()
	request, err := http.NewRequest(http.MethodPost, base+"invocation/"+id+"/response", from)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Lambda-Runtime-Function-Response-Mode", "streaming")
	request.Header.Set("Content-Type", "text/plain")
	if do == "stream-error" {
		request.Trailer = http.Header{
			"Lambda-Runtime-Function-Error-Type": {"Function.Midway"},
			"Lambda-Runtime-Function-Error-Body": {base64.StdEncoding.EncodeToString([]byte(`{"errorType":"Midway"}`))},
		}
	}
	go func() {
		fmt.Fprint(to, "first ")
		await()
		if do == "stream-and-exit" {
			os.Exit(7)
		}
		fmt.Fprint(to, "second")
		to.Close()
	}()
	status(http.DefaultClient.Do(request))
}

// await waits for the file of AWAIT, if there is one.
func await() {
	for file := os.Getenv("AWAIT"); file != ""; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			return
		}
	}
}

func status(answer *http.Response, err error) int {
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		panic(err)
	}
	return answer.StatusCode
}

func get(path string) (id string) {
	answer, err := http.Get(base + path)
	if code := status(answer, err); code != http.StatusOK {
		panic(fmt.Sprint(path, ": ", code))
	}
	return answer.Header.Get("Lambda-Runtime-Aws-Request-Id")
}

func post(path, body string) int {
	request, err := http.NewRequest(http.MethodPost, base+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	if path == "restore/error" {
		request.Header.Set("Lambda-Runtime-Function-Error-Type", "Runtime.AfterRestoreError")
	}
	return status(http.DefaultClient.Do(request))
}
