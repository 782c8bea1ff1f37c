package invoke_test

import (
	"net/http"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/invoke"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// A throttle and a fault of the service are answers; what can't get better is an error.
func TestOnce(t *testing.T) {
	account := &awstest.Account{}
	items := &awstest.Items{}
	account.Deploy("stack", awstest.Function{Name: "f", MemoryMB: 512, Start: items.Start})
	account.Serve(t)
	settings, err := deployed.Connect(t.Context(), awstest.Region)
	if err != nil {
		t.Fatal(err)
	}
	client := invoke.Client(settings)
	for code, tt := range map[string]struct {
		status int
		want   invoke.Answer
		fails  bool
	}{
		"TooManyRequestsException": {http.StatusTooManyRequests, invoke.Answer{Throttled: true, Unrun: "throttled: ConcurrentInvocationLimitExceeded"}, false},
		"ServiceException":         {http.StatusBadGateway, invoke.Answer{Unrun: "Lambda answered 502"}, false},
		"AccessDeniedException":    {http.StatusForbidden, invoke.Answer{}, true},
	} {
		account.Fault = func(string, int) *awstest.Refusal {
			return &awstest.Refusal{Status: tt.status, Code: code, Message: "…"}
		}
		got, err := invoke.Once(t.Context(), client, invoke.Call{Function: "f", Event: []byte("{}")})
		if got.Took = 0; (err != nil) != tt.fails || got.Unrun != tt.want.Unrun || got.Throttled != tt.want.Throttled {
			t.Errorf("%s: got %+v, %v, want %+v", code, got, err, tt.want)
		}
	}
	if n := account.Asked()["lambda:InvokeFunction"]; n != 3 {
		t.Errorf("got %d calls, want none made again", n)
	}
}
