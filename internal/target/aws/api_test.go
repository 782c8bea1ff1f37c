package aws_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// through opens a session through the API, whose clock moves by what is waited for.
func through(t *testing.T, change func(*aws.Options)) (*awstest.Account, *aws.API, target.Session, *awstest.Items, *clock) {
	t.Helper()
	items, account := &awstest.Items{}, &awstest.Account{APIKey: "k"}
	account.Deploy("stack", awstest.Function{Name: name, MemoryMB: 1769, Start: items.Start})
	account.Serve(t)
	settings, err := deployed.Connect(t.Context(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	here, err := aws.Open(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Date(2026, 11, 29, 7, 0, 0, 0, time.UTC)}
	c.over = func(d time.Duration) {
		if d >= 10*time.Minute {
			items.End()
		}
	}
	o := c.options(aws.Options{
		Environment: deployed.Environment{Name: "dev", URL: account.ServeAPI(t, map[string]string{"/x": name}), Key: "k", AccessLogs: awstest.AccessLogs, Functions: map[string]string{"x": name}},
		Runtimes:    []config.Runtime{runtime}, DistDir: t.TempDir(), Live: true, Idle: 15 * time.Minute,
	})
	if change != nil {
		change(&o)
	}
	opened, err := aws.New(t.Context(), here, o)
	if err != nil {
		t.Fatal(err)
	}
	api := opened.Through()
	t.Cleanup(api.Close)
	session, err := api.Open(t.Context(), api.Configuration(runtime))
	if err != nil && change == nil {
		t.Fatal(err)
	}
	return account, api, session, items, c
}

// reported sends calls to a new environment and returns their reports.
func reported(t *testing.T, session target.Session, calls int) ([]target.Reply, []target.Report) {
	t.Helper()
	made, err := session.Cold(t.Context(), results.Idle, 1)
	if err != nil || made[0].Failure != "" {
		t.Fatalf("got %+v, %v", made, err)
	}
	var replies []target.Reply
	for range calls {
		reply, err := session.Do(t.Context(), made[0].ID, post)
		if err != nil || !reply.Pending || reply.Status != http.StatusCreated || reply.RequestID == "" {
			t.Fatalf("got %+v, %v", reply, err)
		}
		replies = append(replies, reply)
	}
	late, err := session.Close(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return replies, late
}

// A call through the API is joined to its REPORT by the ids of both logs, which come
// late and in either format; its first call says where the client's time went.
func TestThroughTheAPI(t *testing.T) {
	for _, logs := range []string{"text", "JSON"} {
		t.Run(logs, func(t *testing.T) {
			account, api, session, items, c := through(t, nil)
			account.Late, items.JSON = 2, logs == "JSON"
			replies, late := reported(t, session, 3)
			if len(late) != 3 {
				t.Fatalf("got %+v, want three", late)
			}
			for i, one := range late {
				if one.Missing != "" || one.RequestID != replies[i].RequestID || one.Environment != late[0].Environment || (one.Init > 0) != (i == 0) || one.Duration != awstest.CallTime || one.MaxMemory != 40<<20 {
					t.Errorf("call %d: got %+v", i, one)
				}
				if p := replies[i].Phases; (p != nil) != (i == 0) || p != nil && (p.ConnectMs == nil || p.FirstByteMs == nil || p.TLSMs != nil) {
					t.Errorf("call %d: got the phases %+v, want those of the first call, over plain HTTP", i, p)
				}
			}
			if c.waits[0] != 15*time.Minute || c.now.Sub(time.Date(2026, 11, 29, 7, 15, 0, 0, time.UTC)) > time.Minute {
				t.Errorf("got the waits %v", c.waits)
			}
			if living, _ := items.Living(); living != 0 || api.Left != 0 {
				t.Errorf("got %d items left", living)
			}
			for action := range account.Asked() {
				if strings.HasPrefix(action, "lambda:") && action != "lambda:GetFunction" {
					t.Errorf("got %s asked for, want nothing changed or called", action)
				}
			}
		})
	}
}

// What stays missing is told, and why.
func TestMissingReports(t *testing.T) {
	account, _, session, items, c := through(t, nil)
	account.Unlogged = func(n int) bool { return n == 3 } // behind the call that warms
	items.Mend = func(n int, line *report.Line) {
		if n == 3 {
			line.MemorySizeMB = 128
		}
	}
	_, late := reported(t, session, 3)
	if late[0].Missing != "" || late[1].Missing != "the function's log has none" || late[2].Missing != "it ran with 128 MB instead of 1769" {
		t.Errorf("got %+v", late)
	}
	if waited := c.now.Sub(time.Date(2026, 11, 29, 7, 15, 0, 0, time.UTC)); waited < 3*time.Minute || waited > 4*time.Minute {
		t.Errorf("got %s waited, want until logs can't be late any more", waited)
	}
	account.Late = 1000
	if _, late := reported(t, session, 1); late[0].Missing != "the access log has no line of it" {
		t.Errorf("got %+v", late)
	}
}

func TestThroughTheAPIRefused(t *testing.T) {
	_, api, _, _, _ := through(t, func(o *aws.Options) { o.Environment.AccessLogs = "" })
	c := api.Configuration(runtime)
	if err := api.Supports(c, results.Idle); err == nil || !strings.Contains(err.Error(), "writes no access logs") || !strings.Contains(fault.Hint(err), "accessLogs=true") {
		t.Errorf("got %v", err)
	}
	if err := api.Supports(c, results.Forced); !fault.IsUsage(err) {
		t.Errorf("got %v, want forced refused", err)
	}
	c.MemoryMB = 128
	if err := api.Supports(c, results.Idle); !fault.IsUsage(err) {
		t.Errorf("got %v, want another size refused", err)
	}
	_, _, session, _, _ := through(t, func(o *aws.Options) { o.Environment.Key = "wrong" })
	if _, err := session.Cold(t.Context(), results.Idle, 1); err == nil || !strings.Contains(err.Error(), "API Gateway answered 403 ForbiddenException") {
		t.Errorf("got %v, want the key refused", err)
	}
	account, _, session, _, _ := through(t, nil)
	account.Fault = func(action string, _ int) *awstest.Refusal {
		if action == "logs:StartQuery" {
			return &awstest.Refusal{Status: http.StatusBadRequest, Code: "AccessDeniedException", Message: "not authorized"}
		}
		return nil
	}
	made, err := session.Cold(t.Context(), results.Idle, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := session.Do(t.Context(), made[0].ID, post); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "ask the log group "+awstest.AccessLogs) || !strings.Contains(fault.Hint(err), "logs:StartQuery") {
		t.Errorf("got %v, want the permission named", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := session.Do(ctx, made[0].ID, post); err == nil {
		t.Error("got an answer behind the end")
	}
}
