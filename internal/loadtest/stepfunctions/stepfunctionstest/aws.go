// Package stepfunctionstest answers over HTTP as Step Functions and S3 do, with a state
// machine whose workers are functions of the test: for tests of what starts a load there.
package stepfunctionstest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
)

// AWS is an account with a LoadStack. What it does not know itself, it leaves to AWS, or
// to Others.
type AWS struct {
	deployedtest.AWS
	// Others answers for other services than these two, and counts what they are asked;
	// nil is AWS.
	Others http.Handler
	// Work is a worker's: its task and its answer as JSON. An error is its Cause.
	Work func(task []byte) ([]byte, error)
	// Lead replaces the time that workers have to prepare.
	Lead time.Duration
	// Fault answers in place of a request, by action, such as states:StartExecution; n
	// counts them from 1. May be nil.
	Fault func(action string, n int) *deployedtest.Refusal
	// Fails ends executions with this error.
	Fails string

	mu         sync.Mutex
	asked      map[string]int
	objects    map[string][]byte
	executions map[string]*execution
}

type execution struct {
	output []byte // nil while it is running
	shown  bool   // as running, once at least
}

// Asked counts the requests by action.
func (a *AWS) Asked() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.asked)
}

// Objects are the keys in the bucket, sorted.
func (a *AWS) Objects() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.objects))
}

// Change alters an object in the bucket, whose key ends so.
func (a *AWS) Change(suffix string, change func(text []byte) []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, text := range a.objects {
		if strings.HasSuffix(key, suffix) {
			a.objects[key] = change(text)
		}
	}
}

func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service := "unknown"
	if parts := strings.Split(r.Header.Get("Authorization"), "/"); len(parts) > 3 {
		service = parts[3]
	}
	if a.Others != nil && service != "states" && service != "s3" {
		a.Others.ServeHTTP(w, r)
		return
	}
	action := service + ":" + r.Method
	switch service {
	case "states":
		_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		action = "states:" + name
	case "s3":
		// A HEAD needs the permission of a GET; removing many at once, that of removing one.
		action = "s3:" + map[string]string{http.MethodPut: "PutObject", http.MethodGet: "GetObject", http.MethodHead: "GetObject", http.MethodPost: "DeleteObject"}[r.Method]
	case "cloudformation":
		action = "cloudformation:" + r.FormValue("Action")
	}
	a.mu.Lock()
	if a.asked == nil {
		a.asked, a.objects, a.executions = map[string]int{}, map[string][]byte{}, map[string]*execution{}
	}
	a.asked[action]++
	n := a.asked[action]
	a.mu.Unlock()
	if a.Fault != nil {
		if refused := a.Fault(action, n); refused != nil {
			refuse(w, service, *refused)
			return
		}
	}
	switch service {
	case "states":
		a.states(w, r, action)
	case "s3":
		a.s3(w, r)
	default:
		a.AWS.ServeHTTP(w, r)
	}
}

func refuse(w http.ResponseWriter, service string, r deployedtest.Refusal) {
	if service == "s3" || service == "cloudformation" {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(r.Status)
		body := fmt.Sprintf("<Error><Code>%s</Code><Message>%s</Message></Error>", r.Code, r.Message)
		if service == "cloudformation" {
			body = "<ErrorResponse>" + body + "</ErrorResponse>"
		}
		_, _ = io.WriteString(w, body)
		return
	}
	answer(w, r.Status, map[string]string{"__type": "com.amazonaws.swf.service.v2.model#" + r.Code, "message": r.Message})
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func (a *AWS) states(w http.ResponseWriter, r *http.Request, action string) {
	var in struct{ StateMachineArn, Name, Input, ExecutionArn string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, "states", deployedtest.Refusal{Status: http.StatusBadRequest, Code: "SerializationException", Message: err.Error()})
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch action {
	case "states:StartExecution":
		arn := strings.Replace(in.StateMachineArn, ":stateMachine:", ":execution:", 1) + ":" + in.Name
		e := &execution{}
		a.executions[arn] = e
		go a.execute(e, []byte(in.Input))
		answer(w, http.StatusOK, map[string]any{"executionArn": arn, "startDate": float64(time.Now().Unix())})
	case "states:DescribeExecution":
		e, ok := a.executions[in.ExecutionArn]
		said := map[string]any{"executionArn": in.ExecutionArn, "stateMachineArn": "m", "status": "RUNNING", "startDate": float64(time.Now().Unix())}
		switch {
		case !ok:
			refuse(w, "states", deployedtest.Refusal{Status: http.StatusBadRequest, Code: "ExecutionDoesNotExist", Message: "Execution Does Not Exist"})
			return
		case e.output == nil || !e.shown:
			e.shown = true
		case a.Fails != "":
			said["status"], said["error"], said["cause"] = "FAILED", "States.Runtime", a.Fails
		default:
			said["status"], said["output"] = "SUCCEEDED", string(e.output)
		}
		answer(w, http.StatusOK, said)
	default:
		refuse(w, "states", deployedtest.Refusal{Status: http.StatusBadRequest, Code: "UnknownOperationException", Message: action})
	}
}

// execute is the state machine of LoadStack: a worker for each share, whose error takes
// the place of its answer.
func (a *AWS) execute(e *execution, text []byte) {
	var in struct {
		Job         json.RawMessage `json:"job"`
		LeadSeconds float64         `json:"leadSeconds"`
		Shares      []int           `json:"shares"`
	}
	_ = json.Unmarshal(text, &in) // without shares nobody works, and the test sees it
	started := time.Now()
	outputs := make([]json.RawMessage, len(in.Shares))
	var workers sync.WaitGroup
	for i, index := range in.Shares {
		workers.Go(func() {
			task, _ := json.Marshal(map[string]any{"job": in.Job, "index": index, "started": started, "leadSeconds": a.Lead.Seconds()})
			output, err := a.Work(task)
			if err != nil {
				cause, _ := json.Marshal(map[string]string{"errorMessage": err.Error(), "errorType": "errorString"})
				output, _ = json.Marshal(map[string]any{"index": index, "failed": map[string]string{"Error": "errorString", "Cause": string(cause)}})
			}
			outputs[i] = output
		})
	}
	workers.Wait()
	output, _ := json.Marshal(outputs)
	a.mu.Lock()
	e.output = output
	a.mu.Unlock()
}

func (a *AWS) s3(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // whoever sent it has gone
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key := r.URL.Path
	text, there := a.objects[key]
	missing := deployedtest.Refusal{Status: http.StatusNotFound, Code: "NoSuchKey", Message: "The specified key does not exist."}
	switch r.Method {
	case http.MethodPut:
		if r.Header.Get("If-None-Match") == "*" && there {
			refuse(w, "s3", deployedtest.Refusal{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed", Message: "At least one of the pre-conditions you specified did not hold"})
			return
		}
		a.objects[key] = body
	case http.MethodHead, http.MethodGet:
		if !there {
			refuse(w, "s3", missing)
			return
		}
		_, _ = w.Write(text)
	case http.MethodPost:
		var in struct {
			Object []struct{ Key string }
		}
		if err := xml.Unmarshal(body, &in); err != nil {
			refuse(w, "s3", deployedtest.Refusal{Status: http.StatusBadRequest, Code: "MalformedXML", Message: err.Error()})
			return
		}
		for _, o := range in.Object {
			delete(a.objects, strings.TrimSuffix(key, "/")+"/"+o.Key)
		}
		_, _ = io.WriteString(w, "<DeleteResult/>")
	}
}
