package awstest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

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

// ServeAPI serves the API in front of the functions, by the prefixes of their paths:
// what it calls is the version that the alias leads to. It writes the access log, and
// the functions' logs.
func (a *Account) ServeAPI(t *testing.T, functions map[string]string) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/dev")
		for prefix, name := range functions {
			if strings.HasPrefix(path, prefix+"/") {
				a.throughAPI(w, r, name, path)
				return
			}
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/dev"
}

// ServeHTTPAPI serves an HTTP API in front of one function, which answers who signs for
// it, and nobody by a key.
func (a *Account) ServeHTTPAPI(t *testing.T, function string) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := uuid.NewString()
		w.Header().Set("Apigw-Requestid", id)
		signed := r.Header.Get("Authorization")
		if !strings.HasPrefix(signed, "AWS4-HMAC-SHA256 ") || !strings.Contains(signed, "/"+Region+"/execute-api/aws4_request") || r.Header.Get("X-Api-Key") != "" || a.Unsigned {
			answer(w, http.StatusForbidden, map[string]string{"message": "Forbidden"})
			return
		}
		a.pass(w, r, function, r.URL.Path, HTTPAccessLogs, id)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (a *Account) throughAPI(w http.ResponseWriter, r *http.Request, name, path string) {
	id := uuid.NewString()
	w.Header().Set("X-Amzn-Requestid", id)
	if a.APIKey != "" && r.Header.Get("X-Api-Key") != a.APIKey {
		refuse(w, Refusal{Status: http.StatusForbidden, Code: "ForbiddenException", Message: "Forbidden"})
		return
	}
	a.pass(w, r, name, path, AccessLogs, id)
}

// pass hands a request to a function, whose answer it gives back.
func (a *Account) pass(w http.ResponseWriter, r *http.Request, name, path, accessLogs, id string) {
	lambda := uuid.NewString()
	payload, err := json.Marshal(map[string]string{"httpMethod": r.Method, "path": path})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	result, err := a.Invoke(r.Context(), name, payload, gateway.InvokeOptions{RequestID: lambda, Qualifier: config.LiveAlias})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	a.log(name, accessLogs, id, lambda, result)
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

// log writes what a call leaves: an access log's line, and each of its own. An
// environment's lines are a stream.
func (a *Account) log(name, accessLogs, id, lambda string, result gateway.Result) {
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
	a.events = append(a.events, event{group: accessLogs, ids: []string{id}, fields: map[string]string{"requestId": id, "lambdaRequestId": lambda}, late: a.Late})
	if a.Unlogged != nil && a.Unlogged(a.logged) {
		return
	}
	for line := range strings.Lines(string(result.LogTail)) {
		if strings.HasPrefix(line, "REPORT ") || strings.Contains(line, `"platform.report"`) {
			a.events = append(a.events, event{
				group: config.LogGroupName(name), ids: []string{lambda}, late: a.Late,
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
