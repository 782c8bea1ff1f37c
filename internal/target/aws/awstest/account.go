// Package awstest is an account over HTTP, for tests of what measures there: the parts
// of Lambda's control plane that are used, STS, and deployedtest's CloudFormation.
// Invoke is our own engine's API, in front of whatever runs the functions.
package awstest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway/invokeapi"
)

// ID is the account's number, Region where its stacks are.
const (
	ID     = "123456789012"
	Region = "us-east-1"
)

// Refusal is an error of AWS.
type Refusal = deployedtest.Refusal

// Account is one in one region.
type Account struct {
	// AWS has the stacks.
	deployedtest.AWS
	// Concurrency and Unreserved are the account's limits; 0 is 1,000.
	Concurrency, Unreserved int
	// Fault answers the nth request (from 1) for an action, such as
	// lambda:UpdateFunctionConfiguration, unless it is nil or returns nil.
	Fault func(action string, n int) *Refusal
	// Lose tells whether the answer to a request gets lost, behind what was asked for.
	Lose func(action string, n int) bool
	// APIKey is what the API asks for; "" for none.
	APIKey string
	// Unsigned tells that the HTTP API takes nobody's signature.
	Unsigned bool
	// Late is how many queries do not see what was logged.
	Late int
	// Unlogged tells whether the nth call through the API (from 1) leaves no REPORT.
	Unlogged func(n int) bool
	// Stream names the log stream of the nth call; nil leaves what it is.
	Stream func(n int, is string) string

	mu        sync.Mutex
	functions map[string]*Function
	asked     map[string]int
	invoke    *invokeapi.Handler
	streams   int
	logged    int
	events    []event
	queries   []query
}

// Function is one of Lambda's.
type Function struct {
	Name, Description string
	Code              []byte // of its zip, for its sum
	CodeSHA256        string // in place of Code
	LambdaRuntime     string
	Arch              string // x86_64 when ""
	Image             bool   // its code is a container image
	MemoryMB          int
	Variables         map[string]string
	Reserved          *int
	// Slow is how often an update is found under way before it has come into force.
	Slow int
	// Fails is why updates fail, "" where they do not.
	Fails string
	// SnapStart tells that versions get a snapshot.
	SnapStart bool
	// Unready is why no environment of its versions comes to be ready, "" where they do.
	Unready string
	// Description of a version is what it was published with.
	versions []*Function
	live     *Function
	version  int // 0 is the unpublished one
	latest   int // number of a version; none comes twice
	// Hidden is why the variables are not shown, "" where they are.
	Hidden string
	// Start makes what runs the function as it is configured now. It is called for the
	// first call behind each change, and end before the next.
	Start func(memoryMB int, variables map[string]string) (invoker gateway.Invoker, end func(), err error)

	revision int
	under    int // polls until the update is over
	kept     int // environments that are kept ready
	making   int // polls until they are
	running  gateway.Invoker
	end      func()
}

// Serve starts it, see deployedtest.Start.
func (a *Account) Serve(t *testing.T) (url string) {
	t.Helper()
	a.asked = map[string]int{}
	a.invoke = invokeapi.New(invokeapi.Options{Invoker: a})
	t.Cleanup(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, f := range a.functions {
			f.stop()
			for _, v := range append(f.versions, f.live) {
				v.stop()
			}
		}
	})
	url = deployedtest.Start(t, a)
	t.Setenv("AWS_REGION", Region)
	return url
}

// Deploy adds a function, as a stack that tells its name.
func (a *Account) Deploy(stack string, f Function) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.functions == nil {
		a.functions = map[string]*Function{}
	}
	if a.Stacks == nil {
		a.Stacks = map[string]map[string]string{}
	}
	live := f
	f.live = &live
	a.functions[f.Name] = &f
	a.Stacks[stack] = map[string]string{"FunctionName": f.Name}
}

// Configured is a function's memory and variables now.
func (a *Account) Configured(name string) (memoryMB int, variables map[string]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.functions[name]
	return f.MemoryMB, maps.Clone(f.Variables)
}

// Versions are the descriptions of a function's published versions, by number.
func (a *Account) Versions(name string) map[int]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	got := map[int]string{}
	for _, v := range a.functions[name].versions {
		got[v.version] = v.Description
	}
	return got
}

// Publish makes a version, as a deployment does.
func (a *Account) Publish(name, description string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.functions[name].add(description)
}

// Change is somebody else's.
func (a *Account) Change(name string, change func(*Function)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.functions[name]
	change(f)
	f.revision++
	f.stop()
}

// Remove takes a function away.
func (a *Account) Remove(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.functions[name].stop()
	delete(a.functions, name)
}

// Asked counts the requests by action.
func (a *Account) Asked() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.asked)
}

func (f *Function) stop() {
	if f.end != nil {
		f.end()
	}
	f.running, f.end = nil, nil
}

func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action, name := actionOf(r)
	a.mu.Lock()
	a.asked[action]++
	n := a.asked[action]
	a.mu.Unlock()
	if a.Fault != nil {
		if refused := a.Fault(action, n); refused != nil {
			if action == "cloudformation:DescribeStacks" || action == "sts:GetCallerIdentity" {
				refuseXML(w, *refused)
			} else {
				refuse(w, *refused)
			}
			return
		}
	}
	if a.Lose != nil && a.Lose(action, n) {
		defer refuse(w, Refusal{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailableException", Message: "lost"})
		w = httptest.NewRecorder()
	}
	switch action {
	case "lambda:InvokeFunction":
		a.invoke.ServeHTTP(w, r)
	case "lambda:GetFunction":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.getFunction(w, name, r.URL.Query().Get("Qualifier"))
	case "lambda:UpdateFunctionConfiguration":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.update(w, r, name)
	case "lambda:PublishVersion", "lambda:ListVersionsByFunction", "lambda:DeleteFunction":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.serveVersions(w, r, action, name)
	case "lambda:PutProvisionedConcurrencyConfig", "lambda:GetProvisionedConcurrencyConfig", "lambda:DeleteProvisionedConcurrencyConfig":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.serveProvisioned(w, r, action, name)
	case "logs:StartQuery", "logs:GetQueryResults", "logs:StopQuery":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.serveLogs(w, r, action)
	case "lambda:GetAccountSettings":
		limit := map[string]int{"ConcurrentExecutions": or(a.Concurrency, 1000), "UnreservedConcurrentExecutions": or(a.Unreserved, or(a.Concurrency, 1000))}
		if a.Unreserved < 0 {
			limit["UnreservedConcurrentExecutions"] = 0
		}
		answer(w, http.StatusOK, map[string]any{"AccountLimit": limit})
	case "sts:GetCallerIdentity":
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::%s:user/bench</Arn><UserId>AIDA</UserId><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, ID, ID)
	default:
		account := a.AWS
		if !strings.Contains(r.Header.Get("Authorization"), "/"+Region+"/") {
			account.Stacks = nil
		}
		account.ServeHTTP(w, r)
	}
}

// actionOf is what a request asks for, as policies name it.
func actionOf(r *http.Request) (action, function string) {
	service := "unknown"
	if parts := strings.Split(r.Header.Get("Authorization"), "/"); len(parts) > 3 {
		service = parts[3]
	}
	if service != "lambda" {
		if _, asked, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
			return service + ":" + asked, ""
		}
		if r.Method == http.MethodPost && (service == "sts" || service == "cloudformation") {
			return service + ":" + r.FormValue("Action"), ""
		}
		return service + ":" + r.Method, ""
	}
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/2019-09-30"), "/2015-03-31")
	name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/functions/"), "/")
	switch {
	case strings.HasSuffix(r.URL.Path, "/account-settings"):
		return "lambda:GetAccountSettings", ""
	case r.Method == http.MethodPost && rest == "invocations":
		return "lambda:InvokeFunction", name
	case r.Method == http.MethodPut && rest == "configuration":
		return "lambda:UpdateFunctionConfiguration", name
	case r.Method == http.MethodPost && rest == "versions":
		return "lambda:PublishVersion", name
	case r.Method == http.MethodGet && rest == "versions":
		return "lambda:ListVersionsByFunction", name
	case r.Method == http.MethodDelete && rest == "":
		return "lambda:DeleteFunction", name
	case r.Method == http.MethodGet && rest == "":
		return "lambda:GetFunction", name
	case rest == "provisioned-concurrency":
		verb := map[string]string{http.MethodPut: "Put", http.MethodGet: "Get", http.MethodDelete: "Delete"}[r.Method]
		return "lambda:" + verb + "ProvisionedConcurrencyConfig", name
	}
	return "lambda:" + r.Method + " " + r.URL.Path, ""
}

// find is a function's unpublished version, or the named one.
func (a *Account) find(name, qualifier string) (*Function, bool) {
	f, ok := a.functions[name]
	if !ok || qualifier == "" || qualifier == "$LATEST" {
		return f, ok
	}
	if qualifier == config.LiveAlias { // leads to what was deployed
		return f.live, true
	}
	for _, v := range f.versions {
		if strconv.Itoa(v.version) == qualifier {
			return v, true
		}
	}
	return nil, false
}

func (a *Account) getFunction(w http.ResponseWriter, name, qualifier string) {
	f, ok := a.find(name, qualifier)
	if !ok {
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Message: "Function not found: " + name})
		return
	}
	got := map[string]any{"Configuration": f.configuration()}
	if f.Reserved != nil {
		got["Concurrency"] = map[string]int{"ReservedConcurrentExecutions": *f.Reserved}
	}
	if f.under > 0 {
		if f.under--; f.under == 0 {
			f.revision++ // as Lambda does when an update has come into force
		}
	}
	answer(w, http.StatusOK, got)
}

func (f *Function) configuration() map[string]any {
	sum := f.CodeSHA256
	if sum == "" {
		raw := sha256.Sum256(f.Code)
		sum = base64.StdEncoding.EncodeToString(raw[:])
	}
	environment := map[string]any{"Variables": f.Variables}
	if f.Hidden != "" {
		environment = map[string]any{"Error": map[string]string{"ErrorCode": "AccessDeniedException", "Message": f.Hidden}}
	}
	c := map[string]any{
		"FunctionName": f.Name, "FunctionArn": "arn:aws:lambda:" + Region + ":" + ID + ":function:" + f.Name, "Description": f.Description,
		"CodeSha256": sum, "CodeSize": len(f.Code), "Runtime": f.LambdaRuntime, "Handler": "bootstrap", "Architectures": []string{cmp.Or(f.Arch, "x86_64")},
		"MemorySize": f.MemoryMB, "Timeout": 28, "Environment": environment, "RevisionId": fmt.Sprintf("r%d", f.revision), "State": "Active", "LastUpdateStatus": "Successful",
		"RuntimeVersionConfig": map[string]string{"RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:0123"},
	}
	if f.Image {
		raw := sha256.Sum256(f.Code)
		c["PackageType"], c["CodeSha256"], c["CodeSize"] = "Image", hex.EncodeToString(raw[:]), 0
		delete(c, "Runtime")
		delete(c, "Handler")
	}
	if f.SnapStart {
		c["SnapStart"] = map[string]string{"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
	}
	c["Version"] = "$LATEST"
	if f.version > 0 {
		c["Version"] = strconv.Itoa(f.version)
	}
	if len(f.Variables) == 0 && f.Hidden == "" {
		delete(c, "Environment")
	}
	switch {
	case f.under > 1:
		c["State"], c["StateReasonCode"], c["LastUpdateStatus"] = "Pending", "Updating", "InProgress"
	case f.under > 0:
		c["LastUpdateStatus"] = "InProgress"
	case f.Fails != "" && f.revision > 0:
		c["LastUpdateStatus"], c["LastUpdateStatusReason"], c["LastUpdateStatusReasonCode"] = "Failed", f.Fails, "InternalError"
	}
	return c
}

func (a *Account) update(w http.ResponseWriter, r *http.Request, name string) {
	f, ok := a.functions[name]
	body, err := io.ReadAll(r.Body)
	var in struct {
		MemorySize  *int
		RevisionId  string //nolint:revive // as it is spelt there
		Environment *struct{ Variables map[string]string }
	}
	switch {
	case !ok:
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Message: "Function not found: " + name})
		return
	case err != nil || json.Unmarshal(body, &in) != nil:
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "InvalidParameterValueException", Message: "no JSON"})
		return
	case f.under > 0:
		refuse(w, Refusal{Status: http.StatusConflict, Code: "ResourceConflictException", Message: "The operation cannot be performed at this time. An update is in progress for resource: " + name})
		return
	case in.RevisionId != "" && in.RevisionId != fmt.Sprintf("r%d", f.revision):
		refuse(w, Refusal{Status: http.StatusPreconditionFailed, Code: "PreconditionFailedException", Message: "The RevisionId provided does not match the latest RevisionId."})
		return
	}
	if in.MemorySize != nil {
		f.MemoryMB = *in.MemorySize
	}
	if in.Environment != nil {
		f.Variables = in.Environment.Variables
	}
	f.revision++
	f.under = f.Slow
	f.stop()
	answer(w, http.StatusOK, f.configuration())
}

// Invoke hands an event to what runs the function, for the Invoke API.
func (a *Account) Invoke(ctx context.Context, name string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
	a.mu.Lock()
	f, ok := a.find(name, o.Qualifier)
	if !ok {
		a.mu.Unlock()
		return gateway.Result{}, gateway.ErrNotFound
	}
	if f.running == nil {
		var err error
		if f.running, f.end, err = f.Start(f.MemoryMB, maps.Clone(f.Variables)); err != nil {
			a.mu.Unlock()
			return gateway.Result{}, err
		}
	}
	running := f.running
	a.mu.Unlock()
	return running.Invoke(ctx, name, payload, o)
}

// Names are the functions', sorted.
func (a *Account) Names() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.functions))
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func refuse(w http.ResponseWriter, r Refusal) {
	w.Header().Set("X-Amzn-Errortype", r.Code)
	answer(w, r.Status, map[string]string{"message": r.Message, "Message": r.Message, "Reason": "ConcurrentInvocationLimitExceeded"})
}

func refuseXML(w http.ResponseWriter, r Refusal) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(r.Status)
	fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, r.Code, r.Message)
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
