package awstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
)

func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action, name := actionOf(r)
	a.mu.Lock()
	a.asked[action]++
	n, fault := a.asked[action], a.Fault
	a.mu.Unlock()
	if fault != nil {
		if refused := fault(action, n); refused != nil {
			switch action {
			case "cloudformation:DescribeStacks", "sts:GetCallerIdentity":
				refuseXML(w, *refused)
			case "cloudwatch:DescribeAlarms":
				refuseCBOR(w, *refused)
			default:
				refuse(w, *refused)
			}
			return
		}
	}
	if a.Lose != nil && a.Lose(action, n) {
		defer refuse(w, Refusal{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailableException", Message: "lost"})
		w = httptest.NewRecorder()
	}
	switch action {
	case "lambda:InvokeFunction":
		a.invoke.ServeHTTP(w, r)
	case "lambda:GetFunction":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.getFunction(w, name, r.URL.Query().Get("Qualifier"))
	case "lambda:UpdateFunctionConfiguration":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.update(w, r, name)
	case "lambda:PublishVersion", "lambda:ListVersionsByFunction", "lambda:DeleteFunction":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.serveVersions(w, r, action, name)
	case "lambda:PutProvisionedConcurrencyConfig", "lambda:GetProvisionedConcurrencyConfig", "lambda:DeleteProvisionedConcurrencyConfig":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.serveProvisioned(w, r, action, name)
	case "logs:StartQuery", "logs:GetQueryResults", "logs:StopQuery":
		a.mu.Lock()
		defer a.mu.Unlock()
		a.serveLogs(w, r, action)
	case "lambda:GetAccountSettings":
		limit := map[string]int{"ConcurrentExecutions": or(a.Concurrency, 1000), "UnreservedConcurrentExecutions": or(a.Unreserved, or(a.Concurrency, 1000))}
		if a.Unreserved < 0 {
			limit["UnreservedConcurrentExecutions"] = 0
		}
		answer(w, http.StatusOK, map[string]any{"AccountLimit": limit})
	case "cloudwatch:DescribeAlarms":
		a.describeAlarms(w)
	case "sts:GetCallerIdentity":
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::%s:user/bench</Arn><UserId>AIDA</UserId><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, ID, ID)
	default:
		account := a.AWS
		if !strings.Contains(r.Header.Get("Authorization"), "/"+Region+"/") {
			account.Stacks = nil
		}
		account.ServeHTTP(w, r)
	}
}

// actionOf is what a request asks for, as policies name it.
func actionOf(r *http.Request) (action, function string) {
	service := "unknown"
	if parts := strings.Split(r.Header.Get("Authorization"), "/"); len(parts) > 3 {
		service = parts[3]
	}
	if _, operation, ok := strings.Cut(r.URL.Path, "/operation/"); ok && service == "monitoring" {
		return "cloudwatch:" + operation, ""
	}
	if service != "lambda" {
		if _, asked, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
			return service + ":" + asked, ""
		}
		if r.Method == http.MethodPost && (service == "sts" || service == "cloudformation") {
			return service + ":" + r.FormValue("Action"), ""
		}
		return service + ":" + r.Method, ""
	}
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/2019-09-30"), "/2015-03-31")
	name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/functions/"), "/")
	switch {
	case strings.HasSuffix(r.URL.Path, "/account-settings"):
		return "lambda:GetAccountSettings", ""
	case r.Method == http.MethodPost && rest == "invocations":
		return "lambda:InvokeFunction", name
	case r.Method == http.MethodPut && rest == "configuration":
		return "lambda:UpdateFunctionConfiguration", name
	case r.Method == http.MethodPost && rest == "versions":
		return "lambda:PublishVersion", name
	case r.Method == http.MethodGet && rest == "versions":
		return "lambda:ListVersionsByFunction", name
	case r.Method == http.MethodDelete && rest == "":
		return "lambda:DeleteFunction", name
	case r.Method == http.MethodGet && rest == "":
		return "lambda:GetFunction", name
	case rest == "provisioned-concurrency":
		verb := map[string]string{http.MethodPut: "Put", http.MethodGet: "Get", http.MethodDelete: "Delete"}[r.Method]
		return "lambda:" + verb + "ProvisionedConcurrencyConfig", name
	}
	return "lambda:" + r.Method + " " + r.URL.Path, ""
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func refuse(w http.ResponseWriter, r Refusal) {
	w.Header().Set("X-Amzn-Errortype", r.Code)
	answer(w, r.Status, map[string]string{"message": r.Message, "Message": r.Message, "Reason": "ConcurrentInvocationLimitExceeded"})
}

func refuseXML(w http.ResponseWriter, r Refusal) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(r.Status)
	fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, r.Code, r.Message)
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
