package gatewayresponse

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
)

func TestBody(t *testing.T) {
	tests := []struct {
		response    Response
		status      int
		contentType string
		want        string
	}{
		{MissingAuthenticationToken, 0, ContentType,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"The requested resource does not exist."}`},
		{MissingAuthenticationToken, 500, ContentType,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"The requested resource does not exist."}`},
		{Default5XX, 502, ContentType,
			`{"type":"about:blank","title":"Bad Gateway","status":502,"detail":"The request could not be processed."}`},
		{Default5XX, 413, ContentType,
			`{"type":"about:blank","title":"Content Too Large","status":413,"detail":"The request could not be processed."}`},
		{IntegrationTimeout, 0, ContentType,
			`{"type":"about:blank","title":"Gateway Timeout","status":504,"detail":"The function did not answer in time."}`},
		{RequestTooLarge, 0, "application/json", `{"message":"Request Too Long"}`},
	}
	for _, tt := range tests {
		contentType, body := tt.response.Body(tt.status)
		if contentType != tt.contentType || string(body) != tt.want {
			t.Errorf("%s, %d: got %s %s, want %s %s", tt.response.Type, tt.status, contentType, body, tt.contentType, tt.want)
		}
	}
}

func TestTemplates(t *testing.T) {
	families := []string{"DEFAULT_4XX", "DEFAULT_5XX"}
	var seen []string
	for _, r := range Table() {
		if slices.Contains(seen, r.Type) {
			t.Errorf("%s is listed twice", r.Type)
		}
		seen = append(seen, r.Type)
		template, ok := r.Template()
		if ok != (r.Fixed == "") {
			t.Errorf("%s: got a template %t, fixed body %q", r.Type, ok, r.Fixed)
		}
		if !ok {
			continue
		}
		var document struct {
			Type, Title, Detail string
			Status              int
		}
		if err := json.Unmarshal([]byte(template), &document); err != nil {
			t.Fatalf("%s: %v", r.Type, err)
		}
		if document.Type != "about:blank" || document.Detail == "" {
			t.Errorf("%s: got %s", r.Type, template)
		}
		family := slices.Contains(families, r.Type)
		if family != (document.Status == 0) || family != (document.Title == "") || family != (r.StatusCode() == "") {
			t.Errorf("%s: got the status code %q and %s; a family has none", r.Type, r.StatusCode(), template)
		}
		if !family && document.Title != http.StatusText(document.Status) {
			t.Errorf("%s: got the title %q", r.Type, document.Title)
		}
	}
	for _, family := range families {
		if !slices.Contains(seen, family) {
			t.Errorf("%s is not in the table", family)
		}
	}
}

func TestStatusCode(t *testing.T) {
	if got, want := MissingAuthenticationToken.StatusCode(), "404"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
