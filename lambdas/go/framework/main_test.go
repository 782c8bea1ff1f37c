package main

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/adapter"
)

func TestAnswersEveryRoute(t *testing.T) {
	const (
		json = `"Content-Type":["application/json; charset=utf-8"]`
		ok   = `{\"status\":\"ok\"}`
	)
	handler := lambda.NewHandler(adapter.Handler(router()))
	for _, prefix := range []string{"", "/go"} {
		for _, tt := range []struct {
			method, path, headers, body string
			status                      int
		}{
			{"GET", "/items", json, ok, 200},
			{"POST", "/items", json + `,"Location":["items/00000000-0000-4000-8000-000000000000"]`, ok, 201},
			{"GET", "/items/x", json, ok, 200},
			{"PUT", "/items/x", json, ok, 200},
			{"DELETE", "/items/x", "", "", 204},
		} {
			payload := fmt.Appendf(nil, `{"httpMethod":%q,"path":%q,"body":"not looked at"}`, tt.method, prefix+tt.path)
			got, err := handler.Invoke(t.Context(), payload)
			want := fmt.Sprintf(`{"statusCode":%d,"headers":null,"multiValueHeaders":{%s},"body":"%s"}`, tt.status, tt.headers, tt.body)
			if err != nil || string(got) != want {
				t.Errorf("%s %s:\ngot  %s, %v\nwant %s", tt.method, prefix+tt.path, got, err, want)
			}
		}
	}
}

// A package that is linked is initialised, and would be counted as the
// framework's even if nothing called it.
func TestLinksNoSDK(t *testing.T) {
	info, ok := debug.ReadBuildInfo()
	if !ok || !slices.ContainsFunc(info.Deps, func(m *debug.Module) bool { return m.Path == "github.com/gin-gonic/gin" }) {
		t.Fatalf("modules: got %v, want Gin among them", info)
	}
	for _, m := range info.Deps {
		if strings.HasPrefix(m.Path, "github.com/aws/") && m.Path != "github.com/aws/aws-lambda-go" && m.Path != "github.com/awslabs/aws-lambda-go-api-proxy" {
			t.Errorf("got %s linked, want nothing of AWS but the Lambda client", m.Path)
		}
	}
}
