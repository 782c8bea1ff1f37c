package main

import (
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
)

func TestAnswersEveryEvent(t *testing.T) {
	for _, event := range []string{`{"httpMethod":"GET","path":"/"}`, `{"httpMethod":"POST","path":"/go/items","body":"{}"}`} {
		got, err := lambda.NewHandler(handle).Invoke(t.Context(), []byte(event))
		if err != nil {
			t.Fatal(err)
		}
		want := `{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\"status\":\"ok\"}"}`
		if string(got) != want {
			t.Errorf("answer to %s: got %s, want %s", event, got, want)
		}
	}
}
