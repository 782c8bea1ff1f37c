package dynamodb

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// sdk is a client as a function has it: three attempts, here without pauses.
func sdk(t *testing.T, port *Port) *dynamodb.Client {
	c := localClient(port.URL())
	t.Cleanup(c.close)
	return dynamodb.New(c.Options(), func(o *dynamodb.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = 3
			o.RateLimiter = ratelimit.None
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	})
}

func statuses(attempts []Attempt) (got []int) {
	for _, a := range attempts {
		got = append(got, a.Status)
	}
	return got
}

// Against the real database and the real SDK: which faults it knows and tries
// again, and what has been done in the database meanwhile.
func TestFaultsAsAnSDKMeetsThem(t *testing.T) {
	db := testDatabase(t)
	port := openTap(t, db.Endpoint(), TapOptions{Record: true})
	client := sdk(t, port)
	for _, c := range []struct {
		kind     FaultKind
		statuses []int // of three bad attempts
		code     string
		applied  bool
	}{
		{Throttled, []int{400, 400, 400}, "ProvisionedThroughputExceededException", false},
		{Throttling, []int{400, 400, 400}, "ThrottlingException", false},
		{InternalError, []int{500, 500, 500}, "InternalServerError", false},
		{Refused, []int{0, 0, 0}, "", false},
		{Reset, []int{0, 0, 0}, "", true},
		{HTML, []int{200}, "", false},
		{Truncated, []int{200}, "", true},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			id := "fault-" + string(c.kind)
			if err := put(t.Context(), db, map[string]types.AttributeValue{"id": text(id), "n": number("0")}); err != nil {
				t.Fatal(err)
			}
			add := func() error {
				_, err := client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
					TableName: aws.String(db.TableName()), Key: map[string]types.AttributeValue{"id": text(id)},
					UpdateExpression: aws.String("ADD n :one"), ExpressionAttributeValues: map[string]types.AttributeValue{":one": number("1")},
					ReturnValues: types.ReturnValueAllNew,
				})
				return err
			}
			read := func() string { return get(t, db, id)["n"].(*types.AttributeValueMemberN).Value }

			if err := port.SetFaults(Fault{Operation: "GetItem", Kind: HTML}, Fault{Operation: "UpdateItem", Kind: c.kind}); err != nil {
				t.Fatal(err)
			}
			err := add()
			if err == nil {
				t.Fatal("the call succeeded")
			}
			var api smithy.APIError
			if errors.As(err, &api) != (c.code != "") || (c.code != "" && api.ErrorCode() != c.code) {
				t.Errorf("error: got %v, want the code %q", err, c.code)
			}
			if got := statuses(port.TakeAttempts()); !slices.Equal(got, c.statuses) {
				t.Errorf("attempts: got %v, want %v", got, c.statuses)
			}
			if got, want := port.Take().Faults, len(c.statuses); got != want {
				t.Errorf("faults: got %d, want %d", got, want)
			}
			want := "0"
			if c.applied {
				want = string(rune('0' + len(c.statuses)))
			}
			if got := read(); got != want {
				t.Errorf("in the database: got %s, want %s", got, want)
			}

			if len(c.statuses) == 1 {
				return // the SDK does not try this one again
			}
			if err := port.SetFaults(Fault{Kind: c.kind, Count: 2}); err != nil {
				t.Fatal(err)
			}
			if err := add(); err != nil {
				t.Errorf("after two bad attempts: %v", err)
			}
			if got, want := statuses(port.TakeAttempts()), append(c.statuses[:2:2], 200); !slices.Equal(got, want) {
				t.Errorf("attempts: got %v, want %v", got, want)
			}
			port.Take()
		})
	}
}

func TestFaultAnswersInFull(t *testing.T) {
	port := openTap(t, serveFake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Crc32", "1")
		io.WriteString(w, `{"Item":{"id":{"S":"1"}}}`)
	}), TapOptions{})
	for kind, want := range map[FaultKind]struct {
		contentType, crc, body string
	}{
		Throttling: {"application/x-amz-json-1.0", "2595628835", `{"__type":"com.amazon.coral.availability#ThrottlingException","message":"Rate exceeded"}`},
		HTML:       {"text/html; charset=utf-8", "", "<!doctype html>\n<title>Sign in</title>\n<p>Please sign in to use this network.</p>\n"},
		Truncated:  {"application/x-amz-json-1.0", "2509581420", `{"Item":{"id`},
	} {
		if err := port.SetFaults(Fault{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		response := ask(t, port, "GetItem", "{}")
		if got := response.Header.Get("Content-Type"); got != want.contentType {
			t.Errorf("%s: content type: got %q, want %q", kind, got, want.contentType)
		}
		if got := response.Header.Get("X-Amz-Crc32"); got != want.crc {
			t.Errorf("%s: checksum: got %q, want %q", kind, got, want.crc)
		}
		if got := content(t, response); got != want.body {
			t.Errorf("%s: got %q, want %q", kind, got, want.body)
		}
	}
}

func TestResetComesInTheMiddle(t *testing.T) {
	port := openTap(t, serveFake(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Repeat("x", 1000))
	}), TapOptions{Faults: []Fault{{Kind: Reset}}})
	conn, in := raw(t, port)
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
	_, err := io.ReadAll(in)
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want %v", err, syscall.ECONNRESET)
	}
	if got, want := port.Take(), 1; got.Calls != want || got.Faults != want {
		t.Errorf("got %+v, want one call, one fault", got)
	}
}

func TestSlowAnswerThatIsWaitedFor(t *testing.T) {
	clock := newFakeClock()
	port := openTap(t, serveFake(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }),
		TapOptions{Clock: clock, Faults: []Fault{{Kind: Slow, Hold: 3 * time.Second, Count: 1}}})
	for i, want := range []time.Duration{3 * time.Second, 0} {
		if got := content(t, ask(t, port, "GetItem", "{}")); got != "ok" {
			t.Errorf("answer %d: got %q", i, got)
		}
		if got := port.Take().Busy; got != want {
			t.Errorf("answer %d: busy: got %v, want %v", i, got, want)
		}
	}
}

// patience never comes to an end by itself.
type patience struct {
	*fakeClock
	ended chan bool
}

func (p patience) Wait(ctx context.Context, _ time.Time) error {
	<-ctx.Done()
	p.ended <- true
	return ctx.Err()
}

func TestSlowAnswerThatIsGivenUp(t *testing.T) {
	arrived, ended := make(chan bool, 1), make(chan bool, 1)
	port := openTap(t, serveFake(t, func(http.ResponseWriter, *http.Request) { arrived <- true }),
		TapOptions{Clock: patience{newFakeClock(), ended}, Record: true, Faults: []Fault{{Kind: Slow, Hold: time.Second}}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived // applied
		cancel()
	}()
	if _, err := tryAsk(ctx, port, "PutItem", "{}"); err == nil {
		t.Fatal("the call succeeded")
	}
	<-ended // the tap has noticed
	port.Close()
	attempts := port.TakeAttempts()
	if len(attempts) != 1 || attempts[0].Status != 0 || attempts[0].Fault != Slow {
		t.Errorf("got %+v, want one slow attempt without a status", attempts)
	}
}

func TestRulesCountAttempts(t *testing.T) {
	for name, c := range map[string]struct {
		fault Fault
		want  string // per attempt of "PGPGPGPG"
	}{
		"all":              {Fault{}, "xxxxxxxx"},
		"one operation":    {Fault{Operation: "G"}, ".x.x.x.x"},
		"the first":        {Fault{Count: 1}, "x......."},
		"second and third": {Fault{Operation: "P", From: 2, Count: 2}, "..x.x..."},
		"from the fourth":  {Fault{From: 4}, "...xxxxx"},
	} {
		r := newRules([]Fault{c.fault})
		var got strings.Builder
		for _, operation := range strings.Split("PGPGPGPG", "") {
			if r[0].hits(operation) {
				got.WriteByte('x')
			} else {
				got.WriteByte('.')
			}
		}
		if got.String() != c.want {
			t.Errorf("%s: got %s, want %s", name, got.String(), c.want)
		}
	}
}

func TestWrongFaults(t *testing.T) {
	port := openTap(t, serveFake(t, func(http.ResponseWriter, *http.Request) {}), TapOptions{})
	for name, f := range map[string]Fault{
		"kind":     {Kind: "explode"},
		"no kind":  {},
		"from":     {Kind: Reset, From: -1},
		"count":    {Kind: Reset, Count: -1},
		"no hold":  {Kind: Slow},
		"negative": {Kind: Slow, Hold: -time.Second},
		"held":     {Kind: Reset, Hold: time.Second},
		"nothing":  {Kind: Reset, Operation: "getitem"}, // no attempt would ever go wrong
	} {
		if err := port.SetFaults(f); !fault.IsUsage(err) || fault.Hint(err) == "" {
			t.Errorf("%s: got %v, want a usage error with a hint", name, err)
		}
		if _, err := NewTap(port.URL(), TapOptions{Faults: []Fault{f}}); !fault.IsUsage(err) {
			t.Errorf("%s, at the start: got %v, want a usage error", name, err)
		}
	}
}
