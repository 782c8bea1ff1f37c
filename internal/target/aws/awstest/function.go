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
	"strconv"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

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

func (f *Function) stop() {
	if f.end != nil {
		f.end()
	}
	f.running, f.end = nil, nil
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
