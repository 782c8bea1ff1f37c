package awstest

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// AccessLogs is the log group of the API's access logs, HTTPAccessLogs that of HTTP APIs.
const (
	AccessLogs     = "access-logs"
	HTTPAccessLogs = "http-access-logs"
)

// event is one of a log group.
type event struct {
	group  string
	ids    []string // that a query may ask for
	fields map[string]string
	late   int // queries that do not see it yet
}

// query is one of Logs Insights.
type query struct {
	rows []map[string]string
	runs int // polls until it is complete
}

// stage is that of the API.
const stage = "dev"

// ServeAPI serves our own gateway in front of the functions, by the prefixes of their
// paths: what it calls is the version that the alias leads to. It writes the access
// log, and the functions' logs.
func (a *Account) ServeAPI(t *testing.T, functions map[string]string) (url string) {
	t.Helper()
	var routes []gateway.Route
	for prefix, name := range functions {
		routes = append(routes, gateway.Route{Resource: prefix + "/{proxy+}", Function: name, API: gateway.API{Kind: gateway.REST, Stage: stage}})
	}
	front := gateway.New(gateway.Options{Routes: routes, Invoker: behindAPI{a}, Log: func(e gateway.Entry) {
		a.logAccess(AccessLogs, e.RequestID, cmp.Or(e.InvocationID, "-"))
	}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.APIKey != "" && r.Header.Get("X-Api-Key") != a.APIKey {
			w.Header().Set("X-Amzn-Requestid", gateway.NewID())
			refuse(w, Refusal{Status: http.StatusForbidden, Code: "ForbiddenException", Message: "Forbidden"})
			return
		}
		r.RequestURI = strings.TrimPrefix(r.RequestURI, "/"+stage) // which the gateway reads
		front.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/" + stage
}

// ServeHTTPAPI serves an HTTP API in front of one function, which answers who signs for
// it, and nobody by a key.
func (a *Account) ServeHTTPAPI(t *testing.T, function string) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := gateway.NewID()
		w.Header().Set("Apigw-Requestid", id)
		signed := r.Header.Get("Authorization")
		if !strings.HasPrefix(signed, "AWS4-HMAC-SHA256 ") || !strings.Contains(signed, "/"+Region+"/execute-api/aws4_request") || r.Header.Get("X-Api-Key") != "" || a.Unsigned {
			answer(w, http.StatusForbidden, map[string]string{"message": "Forbidden"})
			return
		}
		a.pass(w, r, function, id)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// pass hands a request of an HTTP API to its function, whose answer it gives back.
func (a *Account) pass(w http.ResponseWriter, r *http.Request, name, id string) {
	lambda := gateway.NewID()
	payload, err := json.Marshal(map[string]string{"httpMethod": r.Method, "path": r.URL.Path})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	result, err := behindAPI{a}.Invoke(r.Context(), name, payload, gateway.InvokeOptions{RequestID: lambda})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	a.logAccess(HTTPAccessLogs, id, lambda)
	var answer struct {
		StatusCode int
		Headers    map[string]string
		Body       string
	}
	if err := json.Unmarshal(result.Payload, &answer); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	for name, value := range answer.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = w.Write([]byte(answer.Body))
}

// behindAPI is an account as its API calls it.
type behindAPI struct{ account *Account }

// Invoke calls the version behind the alias. The gateway waits for the whole of it, so
// that the function's log is written before its answer.
func (b behindAPI) Invoke(ctx context.Context, name string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
	o.Qualifier, o.Answered = config.LiveAlias, nil
	result, err := b.account.Invoke(ctx, name, payload, o)
	if err == nil {
		b.account.logCall(name, o.RequestID, result)
	}
	return result, err
}

// logAccess writes a request's line into an access log.
func (a *Account) logAccess(group, id, lambda string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, event{group: group, ids: []string{id}, fields: map[string]string{"requestId": id, "lambdaRequestId": lambda}, late: a.Late})
}

// logCall writes what a call leaves in the function's log. An environment's lines are a
// stream.
func (a *Account) logCall(name, id string, result gateway.Result) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if result.Cold {
		a.streams++
	}
	a.logged++
	stream := "stream-" + strconv.Itoa(a.streams)
	if a.Stream != nil {
		stream = a.Stream(a.logged, stream)
	}
	if a.Unlogged != nil && a.Unlogged(a.logged) {
		return
	}
	for line := range strings.Lines(string(result.LogTail)) {
		if strings.HasPrefix(line, "REPORT ") || strings.Contains(line, `"platform.report"`) {
			a.events = append(a.events, event{
				group: config.LogGroupName(name), ids: []string{id}, late: a.Late,
				fields: map[string]string{"@message": strings.TrimSuffix(line, "\n"), "@logStream": stream},
			})
		}
	}
}

// asked are the ids that a query names.
var askedIDs = regexp.MustCompile(`"([0-9a-f]{8}-[0-9a-f-]{27})"`)

// serveLogs is CloudWatch Logs, as far as Insights.
func (a *Account) serveLogs(w http.ResponseWriter, r *http.Request, action string) {
	var in struct {
		LogGroupName, QueryString, QueryID string
		StartTime, EndTime                 int64
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "InvalidParameterException", Message: err.Error()})
		return
	}
	switch action {
	case "logs:StartQuery":
		if in.StartTime == 0 || in.EndTime <= in.StartTime || !strings.Contains(in.QueryString, " in [") {
			refuse(w, Refusal{Status: http.StatusBadRequest, Code: "MalformedQueryException", Message: in.QueryString})
			return
		}
		one := query{runs: 1}
		var ids []string
		for _, m := range askedIDs.FindAllStringSubmatch(in.QueryString, -1) {
			ids = append(ids, m[1])
		}
		for i := range a.events {
			e := &a.events[i]
			switch {
			case e.group != in.LogGroupName || !slices.ContainsFunc(e.ids, func(id string) bool { return slices.Contains(ids, id) }):
			case e.late > 0:
				e.late--
			default:
				one.rows = append(one.rows, e.fields)
			}
		}
		a.queries = append(a.queries, one)
		answer(w, http.StatusOK, map[string]string{"queryId": strconv.Itoa(len(a.queries) - 1)})
	case "logs:GetQueryResults":
		i, err := strconv.Atoi(in.QueryID)
		if err != nil || i >= len(a.queries) {
			refuse(w, Refusal{Status: http.StatusBadRequest, Code: "ResourceNotFoundException", Message: "no query " + in.QueryID})
			return
		}
		one := &a.queries[i]
		if one.runs > 0 {
			one.runs--
			answer(w, http.StatusOK, map[string]any{"status": "Running", "results": []any{}})
			return
		}
		results := [][]map[string]string{}
		for _, row := range one.rows {
			fields := []map[string]string{}
			for name, value := range row {
				fields = append(fields, map[string]string{"field": name, "value": value})
			}
			results = append(results, fields)
		}
		answer(w, http.StatusOK, map[string]any{"status": "Complete", "results": results})
	default:
		answer(w, http.StatusOK, map[string]bool{"success": true})
	}
}
