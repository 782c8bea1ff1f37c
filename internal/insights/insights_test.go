package insights_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/insights"
)

// logs answers each GetQueryResults with the next of these, the last again and again.
type logs struct {
	answers []string
	asked   []string
}

func (l *logs) serve(t *testing.T) *cloudwatchlogs.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		l.asked = append(l.asked, action)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer := `{"queryId": "q"}`
		if action == "GetQueryResults" {
			answer = l.answers[0]
			if len(l.answers) > 1 {
				l.answers = l.answers[1:]
			}
		}
		if strings.Contains(answer, "__type") {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	return cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), Retryer: aws.NopRetryer{},
	})
}

func now(context.Context, time.Duration) error { return nil }

var query = insights.Query{Group: "g", Text: "fields a", Begin: time.Unix(100, 0), End: time.Unix(200, 0)}

// It polls until the answer is complete: what is there before is not the answer.
func TestRun(t *testing.T) {
	part := `[[{"field": "a", "value": "1"}, {"field": "@ptr", "value": "p"}]]`
	l := &logs{answers: []string{`{"status": "Scheduled"}`, `{"status": "Running", "results": ` + part + `}`, `{"status": "Complete", "results": [[{"field": "a", "value": "1"}], [{"field": "a", "value": "2"}]]}`}}
	rows, err := insights.Run(t.Context(), l.serve(t), query, now)
	if err != nil || len(rows) != 2 || rows[0]["a"] != "1" || rows[1]["a"] != "2" {
		t.Errorf("got %v, %v", rows, err)
	}
	if want := []string{"StartQuery", "GetQueryResults", "GetQueryResults", "GetQueryResults"}; !slices.Equal(l.asked, want) {
		t.Errorf("got asked %v, want %v", l.asked, want)
	}
}

// A query that fails is an error; so is one whose answer may be cut.
func TestRunFails(t *testing.T) {
	row := []map[string]string{{"field": "a", "value": "1"}}
	full, err := json.Marshal(map[string]any{"status": "Complete", "results": slices.Repeat([][]map[string]string{row}, insights.Most)})
	if err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]string{
		`{"status": "Failed"}`:    "ended as Failed",
		`{"status": "Cancelled"}`: "ended as Cancelled",
		`{"status": "Timeout"}`:   "ended as Timeout",
		string(full):              "got 10000 rows",
		`{"__type": "ResourceNotFoundException", "message": "no such query"}`: "no such query",
	} {
		l := &logs{answers: []string{answer}}
		if rows, err := insights.Run(t.Context(), l.serve(t), query, now); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "log group g") {
			t.Errorf("got %d rows, %v, want %q", len(rows), err, want)
		}
	}
}

// Who does not wait any longer leaves no query running.
func TestRunStops(t *testing.T) {
	l := &logs{answers: []string{`{"status": "Running"}`}}
	gone := errors.New("gone")
	_, err := insights.Run(t.Context(), l.serve(t), query, func(context.Context, time.Duration) error { return gone })
	if !errors.Is(err, gone) || l.asked[len(l.asked)-1] != "StopQuery" {
		t.Errorf("got %v, asked %v", err, l.asked)
	}
}
