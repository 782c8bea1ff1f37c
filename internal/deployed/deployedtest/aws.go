// Package deployedtest answers over HTTP as CloudFormation and API Gateway do, for
// tests of what asks them.
package deployedtest

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// AWS is an account in one region.
type AWS struct {
	// Stacks are the outputs of each stack, by name.
	Stacks map[string]map[string]string
	// Keys are API Gateway's API keys, by id.
	Keys map[string]string
	// StageRate is the limit of every REST API's stage, requests a second; 0: there is none.
	StageRate float64
	// Refuse answers everything that a service is asked with this code and message:
	// by "cloudformation" and "apigateway".
	Refuse map[string]Refusal
}

// Refusal is an error of AWS.
type Refusal struct {
	Status        int
	Code, Message string
}

// Serve starts it, see Start.
func (a AWS) Serve(t *testing.T) (url string) {
	t.Helper()
	return Start(t, a)
}

// Start serves an account on loopback and points AWS's environment variables there,
// with credentials and without a region.
func Start(t *testing.T, account http.Handler) (url string) {
	t.Helper()
	server := httptest.NewServer(account)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "none", "AWS_SESSION_TOKEN": "",
		"AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	return server.URL
}

func (a AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	signed := r.Header.Get("Authorization")
	switch id, key := strings.CutPrefix(r.URL.Path, "/apikeys/"); {
	case key && r.Method == http.MethodGet && strings.Contains(signed, "/apigateway/aws4_request"):
		a.apiKey(w, id, r.URL.Query().Get("includeValue") == "true")
	case r.Method == http.MethodPost && r.FormValue("Action") == "DescribeStacks" && strings.Contains(signed, "/cloudformation/aws4_request"):
		a.describe(w, r.FormValue("StackName"))
	case strings.HasPrefix(r.URL.Path, "/restapis/") && r.Method == http.MethodGet && strings.Contains(signed, "/apigateway/aws4_request"):
		a.stage(w)
	default:
		http.Error(w, "nobody should ask for this", http.StatusTeapot)
	}
}

type output struct{ OutputKey, OutputValue string }

type stacks struct {
	XMLName xml.Name `xml:"DescribeStacksResponse"`
	Stacks  []struct {
		StackName, StackStatus string
		Outputs                []output `xml:"Outputs>member"`
	} `xml:"DescribeStacksResult>Stacks>member"`
}

func (a AWS) describe(w http.ResponseWriter, name string) {
	refusal, refused := a.Refuse["cloudformation"]
	outputs, there := a.Stacks[name]
	if !refused && !there {
		refusal, refused = Refusal{http.StatusBadRequest, "ValidationError", "Stack with id " + name + " does not exist"}, true
	}
	w.Header().Set("Content-Type", "text/xml")
	if refused {
		w.WriteHeader(refusal.Status)
		_ = xml.NewEncoder(w).Encode(struct {
			XMLName xml.Name `xml:"ErrorResponse"`
			Type    string   `xml:"Error>Type"`
			Code    string   `xml:"Error>Code"`
			Message string   `xml:"Error>Message"`
		}{Type: "Sender", Code: refusal.Code, Message: refusal.Message})
		return
	}
	var answer stacks
	answer.Stacks = append(answer.Stacks, struct {
		StackName, StackStatus string
		Outputs                []output `xml:"Outputs>member"`
	}{StackName: name, StackStatus: "CREATE_COMPLETE"})
	for key, value := range outputs {
		answer.Stacks[0].Outputs = append(answer.Stacks[0].Outputs, output{key, value})
	}
	_ = xml.NewEncoder(w).Encode(answer)
}

// write answers with the refusal as API Gateway does.
func (r Refusal) write(w http.ResponseWriter) {
	w.Header().Set("X-Amzn-Errortype", r.Code)
	w.WriteHeader(r.Status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": r.Message})
}

func (a AWS) stage(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if refusal, refused := a.Refuse["apigateway"]; refused {
		refusal.write(w)
		return
	}
	settings := map[string]any{}
	if a.StageRate > 0 {
		settings["*/*"] = map[string]any{"throttlingRateLimit": a.StageRate, "throttlingBurstLimit": int(2 * a.StageRate)}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"stageName": "dev", "methodSettings": settings})
}

func (a AWS) apiKey(w http.ResponseWriter, id string, withValue bool) {
	refusal, refused := a.Refuse["apigateway"]
	value, there := a.Keys[id]
	if !refused && !there {
		refusal, refused = Refusal{http.StatusNotFound, "NotFoundException", "Invalid API Key identifier specified"}, true
	}
	w.Header().Set("Content-Type", "application/json")
	if refused {
		refusal.write(w)
		return
	}
	key := map[string]string{"id": id}
	if withValue {
		key["value"] = value
	}
	_ = json.NewEncoder(w).Encode(key)
}
