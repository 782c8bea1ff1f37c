// An external extension that says what it is told. What it does wrong is said by the
// variable EXTENSION, and to which events it listens by EVENTS.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

var (
	base = "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2020-01-01/extension/"
	name = filepath.Base(os.Args[0])
	id   string
)

func main() {
	do := os.Getenv("EXTENSION")
	switch do {
	case "exit":
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour)
	}
	events := []string{}
	if list := os.Getenv("EVENTS"); list != "" {
		events = strings.Split(list, ",")
	}
	body, _ := json.Marshal(map[string]any{"events": events})
	answer, header := call(http.MethodPost, "register", string(body))
	id = header.Get("Lambda-Extension-Identifier")
	_, handler := os.LookupEnv("_HANDLER")
	fmt.Println(name, "registered", answer, "user", os.Getuid(), "handler seen", handler)
	if do == "init-error" {
		call(http.MethodPost, "init/error", "{}")
		os.Exit(1)
	}
	if do == "telemetry" {
		subscribe()
	}
	kept := make([]byte, 40<<20)
	for i := 0; i < len(kept); i += 4096 {
		kept[i] = 1
	}
	for {
		answer, _ := call(http.MethodGet, "event/next", "")
		var event struct{ EventType, RequestID, ShutdownReason string }
		if err := json.Unmarshal([]byte(answer), &event); err != nil {
			panic(err)
		}
		fmt.Println(name, "got", event.EventType, event.RequestID, event.ShutdownReason)
		switch {
		case event.EventType == "SHUTDOWN":
			fmt.Println(name, "ends")
			os.Exit(0)
		case do == "crash":
			os.Exit(4)
		case do == "work":
			work(100 * time.Millisecond)
		}
	}
}

// subscribe has telemetry sent here, and prints what comes: of extensions none, or it
// would never end.
func subscribe() {
	listener, err := net.Listen("tcp", "sandbox.localdomain:4243")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var batch []struct {
			Type   string
			Record any
		}
		if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
			panic(err)
		}
		for _, event := range batch {
			record, _ := json.Marshal(event.Record)
			fmt.Println("telemetry", event.Type, string(record))
		}
	}))
	answer, _ := call(http.MethodPut, "../../2022-07-01/telemetry", `{"schemaVersion":"2022-12-13","types":["platform","function"],
		"buffering":{"timeoutMs":25},"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:4243/in"}}`)
	fmt.Println("subscribed", answer)
}

// work uses so much more of the CPU.
func work(most time.Duration) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			panic(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	for before := used(); used()-before < most; {
	}
}

func call(method, path, body string) (string, http.Header) {
	at, err := url.JoinPath(base, path)
	if err != nil {
		panic(err)
	}
	request, err := http.NewRequest(method, at, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Lambda-Extension-Name", name)
	request.Header.Set("Lambda-Extension-Identifier", id)
	request.Header.Set("Lambda-Extension-Function-Error-Type", "Extension.Own")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(err)
	}
	if answer.StatusCode > 202 {
		panic(fmt.Sprint(path, ": ", answer.Status, " ", string(text)))
	}
	return string(text), answer.Header
}
