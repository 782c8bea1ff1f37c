package aws_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

var post = target.Request{Method: http.MethodPost, Path: "/x/items", Header: http.Header{}}

// first makes a cold start of a kind and its first call.
func first(t *testing.T, session target.Session, kind results.ColdKind) target.Reply {
	t.Helper()
	made, err := session.Cold(t.Context(), kind, 1)
	if err != nil || made[0].Failure != "" {
		t.Fatalf("got %+v, %v", made, err)
	}
	reply, err := session.Do(t.Context(), made[0].ID, post)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// A burst over the warm environment: one of its calls is the sample, all are counted.
func TestScaleOut(t *testing.T) {
	_, opened, session, items := openWith(t, awstest.Function{}, aws.Options{Burst: 4})
	items.Together = 4
	reply := first(t, session, results.ScaleOut)
	if want := (results.Burst{Calls: 4, Cold: 3, Warm: 1}); reply.Burst == nil || *reply.Burst != want || !reply.Cold || reply.Failure != "" || reply.Report.Init != awstest.InitTime || reply.Status != http.StatusCreated {
		t.Errorf("got %+v with the burst %+v, want one of %+v", reply, reply.Burst, want)
	}
	if _, err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if living, made := items.Living(); living != 0 || made != 4 || opened.Left != 0 {
		t.Errorf("got %d of %d items left, want those of all four calls deleted", living, made)
	}
}

// What is throttled, has no report or was warm is counted and is no sample.
func TestScaleOutRefused(t *testing.T) {
	account, _, session, items := openWith(t, awstest.Function{}, aws.Options{Burst: 4})
	items.Together = 2
	account.Fault = func(action string, n int) *awstest.Refusal {
		switch {
		case action == "lambda:InvokeFunction" && n == 2:
			return &awstest.Refusal{Status: http.StatusTooManyRequests, Code: "TooManyRequestsException", Message: "Rate Exceeded."}
		case action == "lambda:InvokeFunction" && n == 3:
			return &awstest.Refusal{Status: http.StatusBadGateway, Code: "ServiceException", Message: "…"}
		}
		return nil
	}
	reply := first(t, session, results.ScaleOut)
	if want := (results.Burst{Calls: 4, Cold: 1, Warm: 1, Throttled: 1, Refused: 1}); *reply.Burst != want {
		t.Errorf("got %+v, want %+v", *reply.Burst, want)
	}
	account.Fault = nil
	items.Mend = func(_ int, line *report.Line) { line.Init = 0 }
	items.Together = 4
	reply = first(t, session, results.ScaleOut)
	if reply.Cold || !strings.Contains(reply.Failure, "4 warm, 0 throttled, 0 without a report") {
		t.Errorf("got %+v, want no sample", reply)
	}
}

// clock stands still but for what is waited for.
type clock struct {
	now   time.Time
	waits []time.Duration
	over  func(time.Duration) // hears of each
}

func (c *clock) options(o aws.Options) aws.Options {
	o.Now = func() time.Time { return c.now }
	o.Wait = func(_ context.Context, d time.Duration) error {
		c.now = c.now.Add(d)
		c.waits = append(c.waits, d)
		if c.over != nil {
			c.over(d)
		}
		return nil
	}
	return o
}

// An idle cold start waits behind the function's last call and changes nothing. Where
// the function has another memory size or was never called, it is warmed before.
func TestIdle(t *testing.T) {
	var told []string
	c := &clock{now: time.Date(2026, 11, 29, 7, 0, 0, 0, time.UTC)}
	account, _, session, items := openWith(t, awstest.Function{}, c.options(aws.Options{
		Idle: 15 * time.Minute, Waiting: func(what string, until time.Time) { told = append(told, what+" "+until.Format("15:04")) },
	}))
	items.Short = true
	for range 2 {
		if reply := first(t, session, results.Idle); reply.Failure != "" {
			t.Errorf("got %s", reply.Failure)
		}
		c.now = c.now.Add(time.Minute)
		if _, err := session.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.now = c.now.Add(5 * time.Minute) // others are measured
	}
	if want := []time.Duration{15 * time.Minute, 10 * time.Minute}; !slices.Equal(c.waits, want) {
		t.Errorf("got the waits %v, want %v", c.waits, want)
	}
	if want := []string{name + " 07:15", name + " 07:31"}; !slices.Equal(told, want) {
		t.Errorf("got told %v, want %v", told, want)
	}
	if n := account.Asked()["lambda:UpdateFunctionConfiguration"]; n != 1 {
		t.Errorf("got %d changes, want that of the memory size alone", n)
	}
	account.Change(name, func(f *awstest.Function) { f.Variables = map[string]string{"NEW": "1"} })
	if _, err := session.Cold(t.Context(), results.Idle, 1); err == nil || !strings.Contains(err.Error(), "somebody else has changed "+name) {
		t.Errorf("got %v, want the change told", err)
	}
}

// An environment that Lambda has kept is warm: that is counted by who asked for it.
func TestIdleKept(t *testing.T) {
	c := &clock{now: time.Unix(0, 0)}
	_, _, session, _ := openWith(t, awstest.Function{}, c.options(aws.Options{Idle: time.Minute}))
	if reply := first(t, session, results.Idle); reply.Cold {
		t.Errorf("got %+v, want it warm", reply)
	}
}

// A restored environment is that of a version which the run has published, and which
// goes again: with its session, or from the journal.
func TestRestored(t *testing.T) {
	c := &clock{now: time.Unix(0, 0)}
	account, opened, session, items := openWith(t, awstest.Function{SnapStart: true, Slow: 2}, c.options(aws.Options{Age: time.Hour}))
	items.Restored = true
	configuration := opened.Configuration(runtime)
	configuration.MemoryMB = 512
	if err := opened.PublishAged(t.Context(), configuration, 2); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []results.ColdKind{results.Restored, results.RestoredAged} {
		reply := first(t, session, kind)
		if !reply.Cold || reply.Failure != "" || reply.Report.Restore != awstest.InitTime || reply.Report.Init != 0 {
			t.Errorf("%s: got %+v with %+v", kind, reply, reply.Report)
		}
		again, err := session.Do(t.Context(), reply.Environment, post)
		if err != nil || again.Cold || again.Failure != "" {
			t.Errorf("%s: got %+v, %v, want a warm call of the same version", kind, again, err)
		}
		if _, err := session.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []time.Duration{time.Hour}; !slices.Equal(c.waits, want) {
		t.Errorf("got the waits %v, want %v, of the aged one", c.waits, want)
	}
	if left := account.Versions(name); len(left) != 1 {
		t.Errorf("got the versions %v, want the one that was not called", left)
	}
	if living, _ := items.Living(); living != 0 {
		t.Errorf("got %d items left", living)
	}
	if err := opened.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := account.Versions(name); len(left) != 0 {
		t.Errorf("got the versions %v, want none", left)
	}
	if got := account.Names(); !slices.Equal(got, []string{name}) {
		t.Errorf("got the functions %v, want it untouched", got)
	}
}

// A version that is initialised instead of restored does not count, nor one whose
// snapshot fails; without SnapStart there are no such versions.
func TestRestoredRefused(t *testing.T) {
	account, opened, session, _ := open(t, awstest.Function{SnapStart: true})
	if reply := first(t, session, results.Restored); !strings.Contains(reply.Failure, "not restored from a snapshot") {
		t.Errorf("got %+v, want it refused", reply)
	}
	if made, err := session.Cold(t.Context(), results.RestoredAged, 1); err != nil || made[0].Failure != "no version is left that has aged" {
		t.Errorf("got %+v, %v", made, err)
	}
	account.Change(name, func(f *awstest.Function) { f.SnapStart = false })
	if err := opened.Supports(opened.Configuration(runtime), results.Restored); err != nil {
		t.Errorf("got %v, want what was found to hold", err)
	}
	_, plain, _, _ := open(t, awstest.Function{})
	for kind, want := range map[results.ColdKind]bool{results.Restored: true, results.RestoredAged: true, results.Forced: false} {
		if err := plain.Supports(plain.Configuration(runtime), kind); fault.IsUsage(err) != want {
			t.Errorf("%s: got %v, want it refused: %t", kind, err, want)
		}
	}
}

// Restoring from the journal deletes the versions of its run, never another's.
func TestRestoreDeletesVersions(t *testing.T) {
	account, opened, _, _ := openWith(t, awstest.Function{SnapStart: true}, aws.Options{Age: time.Hour})
	c := opened.Configuration(runtime)
	account.Publish(name, "somebody's")
	if err := opened.PublishAged(t.Context(), c, 3); err != nil {
		t.Fatal(err)
	}
	if err := opened.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := account.Versions(name); !maps.Equal(left, map[int]string{1: "somebody's"}) {
		t.Errorf("got the versions %v, want somebody's", left)
	}
	if memory, variables := account.Configured(name); memory != 1769 || len(variables) != 0 {
		t.Errorf("got %d MB and %v, want all as before", memory, variables)
	}
}

// An environment that is kept ready is that of a version of the run's own: its first call
// waits for no init, which Lambda reports all the same.
func TestProvisioned(t *testing.T) {
	account, opened, session, items := open(t, awstest.Function{Slow: 2})
	items.Mend = func(n int, line *report.Line) {
		if n == 1 {
			line.Init = time.Hour
		}
	}
	reply := first(t, session, results.Provisioned)
	if !reply.Cold || reply.Failure != "" || reply.Report.Init != time.Hour {
		t.Errorf("got %+v with %+v", reply, reply.Report)
	}
	if again, err := session.Do(t.Context(), reply.Environment, post); err != nil || again.Cold || again.Failure != "" {
		t.Errorf("got %+v, %v, want a warm call of the same version", again, err)
	}
	if _, err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := account.Versions(name); len(left) != 0 {
		t.Errorf("got the versions %v left", left)
	}
	if living, _ := items.Living(); living != 0 {
		t.Errorf("got %d items left", living)
	}
	items.Mend = func(_ int, line *report.Line) { line.Init = 0 } // where Lambda does not report it
	if reply := first(t, session, results.Provisioned); !reply.Cold || reply.Failure != "" {
		t.Errorf("got %+v", reply)
	}
	if _, err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := opened.End(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Where no environment comes to be ready, that is told; a call whose init fell into it
// does not count.
func TestProvisionedRefused(t *testing.T) {
	account, opened, session, _ := open(t, awstest.Function{})
	if reply := first(t, session, results.Provisioned); !strings.Contains(reply.Failure, "no environment was ready") || !reply.Dead {
		t.Errorf("got %+v, want it refused", reply)
	}
	if _, err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	account.Change(name, func(f *awstest.Function) { f.Unready = "FUNCTION_ERROR_INIT_FAILURE" })
	if _, err := session.Cold(t.Context(), results.Provisioned, 1); err == nil || !strings.Contains(err.Error(), "came to be ready: FUNCTION_ERROR_INIT_FAILURE") || fault.Hint(err) == "" {
		t.Errorf("got %v", err)
	}
	if err := opened.Supports(opened.Configuration(runtime), results.Provisioned); !fault.IsUsage(err) {
		t.Errorf("got %v, want it refused of a function that keeps none ready", err)
	}
}
