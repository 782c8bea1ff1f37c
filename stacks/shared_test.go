package stacks_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway/gatewayresponse"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/stacks"
)

// made is the imaginary runtimes' deployment in dev: what the goldens show.
var made = sync.OnceValues(func() (synthesis, error) {
	return synthRuntimes(map[string]any{"environment": config.Dev, "alertEmail": "ops@example.com"}, imaginary())
})

func TestSharedGolden(t *testing.T) {
	s, err := made()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "shared.dev.json", s.stack(t, config.SharedPart))
}

// only is the one resource of a type.
func (t template) only(tb testing.TB, kind string) resource {
	tb.Helper()
	found := t.of(kind)
	if len(found) != 1 {
		tb.Fatalf("got %d of %s, want 1", len(found), kind)
	}
	return found[0]
}

// at walks into properties: maps by name, lists by index.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

// What differs between the environments, by name; all else is the same.
func TestEnvironmentsDiffer(t *testing.T) {
	type differences struct {
		policy             string // of the table, when its stack is destroyed
		protected, backups bool
		logDays            float64
		rate, burst        float64
		detailed, key      bool
		terminates         bool   // CloudFormation may delete the stacks
		logs               string // policy of the log groups
	}
	want := map[string]differences{
		config.Dev:     {policy: "Delete", logDays: 7, rate: 500, burst: 1000, key: true, terminates: true, logs: "Delete"},
		config.Staging: {policy: "Retain", protected: true, backups: true, logDays: 14, rate: 500, burst: 1000, detailed: true, key: true, terminates: true, logs: "Delete"},
		config.Prod:    {policy: "Retain", protected: true, backups: true, logDays: 90, rate: 200, burst: 400, detailed: true, key: true, logs: "RetainExceptOnCreate"},
	}
	for name, s := range all() {
		shared := s.stack(t, config.SharedPart)
		table := shared.only(t, "AWS::DynamoDB::Table")
		all, _ := shared.only(t, "AWS::ApiGateway::Stage").Properties["MethodSettings"].([]any)
		settings := all[slices.IndexFunc(all, func(v any) bool { return at(v, "ResourcePath") == "/*" })]
		got := differences{
			policy:    table.DeletionPolicy,
			protected: table.Properties["DeletionProtectionEnabled"] == true,
			backups:   at(table.Properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") == true,
			key:       len(shared.of("AWS::ApiGateway::ApiKey")) == 1 && len(shared.of("AWS::ApiGateway::UsagePlan")) == 1,
			detailed:  len(all) > 1,
		}
		got.rate, _ = at(settings, "ThrottlingRateLimit").(float64)
		got.burst, _ = at(settings, "ThrottlingBurstLimit").(float64)
		for stack := range s.stacks {
			if s.protected[stack] == want[name].terminates {
				t.Errorf("%s: %s: got termination protection %v, want %v", name, stack, s.protected[stack], !want[name].terminates)
			}
			got.terminates = !s.protected[stack]
		}
		for _, r := range s.Runtimes {
			logs := s.stack(t, r.Runtime.Name).only(t, "AWS::Logs::LogGroup")
			got.logs = logs.DeletionPolicy
			got.logDays, _ = logs.Properties["RetentionInDays"].(float64)
		}
		if got != want[name] {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want[name])
		}
		if _, told := shared.Outputs["ApiKeyId"]; told != want[name].key {
			t.Errorf("%s: output ApiKeyId: got %v, want %v", name, told, want[name].key)
		}
	}
}

func TestTable(t *testing.T) {
	for name, s := range all() {
		p := s.stack(t, config.SharedPart).only(t, "AWS::DynamoDB::Table").Properties
		if p["TableName"] != config.ItemsTableName(name) || p["BillingMode"] != "PAY_PER_REQUEST" ||
			at(p, "SSESpecification", "SSEEnabled") != false || at(p, "TimeToLiveSpecification", "AttributeName") != "expiresAt" ||
			at(p, "TimeToLiveSpecification", "Enabled") != true {
			t.Errorf("%s: got %v", name, p)
		}
	}
}

// route is a method of the API, resolved from the template.
type route struct {
	path, method, kind, uri string
	key                     bool
}

func routes(t *testing.T, shared template) []route {
	t.Helper()
	var path func(id string) string
	path = func(id string) string {
		r := shared.Resources[id]
		if r.Type != "AWS::ApiGateway::Resource" {
			return ""
		}
		return path(ref(r.Properties["ParentId"])) + "/" + fmt.Sprint(r.Properties["PathPart"])
	}
	var found []route
	for _, m := range shared.of("AWS::ApiGateway::Method") {
		uri, err := json.Marshal(at(m.Properties, "Integration", "Uri"))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, route{
			path: path(ref(m.Properties["ResourceId"])), method: fmt.Sprint(m.Properties["HttpMethod"]),
			kind: fmt.Sprint(at(m.Properties, "Integration", "Type")), uri: string(uri), key: m.Properties["ApiKeyRequired"] == true,
		})
	}
	slices.SortFunc(found, func(a, b route) int { return strings.Compare(a.path, b.path) })
	return found
}

// Every prefix of every runtime leads to that runtime's function, and nothing else
// is there but the API's own health.
func TestRoutes(t *testing.T) {
	for name, s := range all() {
		type method struct{ path, method string }
		want := map[method]string{{"/health", "GET"}: ""}
		for _, r := range s.Runtimes {
			for _, prefix := range r.Runtime.Prefixes {
				// Callers' methods have metrics of their own; any other is the function's to refuse.
				for _, m := range []string{"GET", "POST", "PUT", "DELETE", "ANY"} {
					want[method{prefix + "/{proxy+}", m}] = r.Function.Name
				}
			}
		}
		for _, r := range routes(t, s.stack(t, config.SharedPart)) {
			function, known := want[method{r.path, r.method}]
			delete(want, method{r.path, r.method})
			switch {
			case !known:
				t.Errorf("%s: got the route %s %s, want none", name, r.method, r.path)
			case r.path == "/health":
				if r.kind != "MOCK" || r.key {
					t.Errorf("%s: got %+v, want a mock without a key", name, r)
				}
			case r.kind != "AWS_PROXY" || !strings.Contains(r.uri, ":function:"+function+":"+config.LiveAlias+"/invocations") || r.key != s.Environment.APIKey:
				t.Errorf("%s: got %+v, want the function %s, key %v", name, r, function, s.Environment.APIKey)
			}
		}
		if len(want) > 0 {
			t.Errorf("%s: got no routes %v", name, want)
		}
	}
}

// A function is called by its alias everywhere, by the route, by the permission, by
// nothing else: with SnapStart and without.
func TestFunctionsAreCalledByTheirAlias(t *testing.T) {
	s, err := made()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range routes(t, s.stack(t, config.SharedPart)) {
		if r.kind == "AWS_PROXY" && !strings.Contains(r.uri, ":"+config.LiveAlias+"/invocations") {
			t.Errorf("%s: got %s, want the alias", r.path, r.uri)
		}
	}
	for name, snapStart := range map[string]any{"plain": nil, "snapped": "PublishedVersions"} {
		stack := s.stack(t, name)
		stack.only(t, "AWS::Lambda::Version")
		if got := stack.only(t, "AWS::Lambda::Alias").Properties["Name"]; got != config.LiveAlias {
			t.Errorf("%s: got the alias %v", name, got)
		}
		if got := at(stack.only(t, "AWS::Lambda::Function").Properties, "SnapStart", "ApplyOn"); got != snapStart {
			t.Errorf("%s: SnapStart: got %v, want %v", name, got, snapStart)
		}
		for _, p := range stack.of("AWS::Lambda::Permission") {
			if id := ref(p.Properties["FunctionName"]); stack.Resources[id].Type != "AWS::Lambda::Alias" {
				t.Errorf("%s: got a permission for %v, want one for the alias", name, p.Properties["FunctionName"])
			}
		}
	}
}

// SnapStart is switched behind the alias, which moves when the new version is ready:
// no route changes, and no permission, so that no caller is ever left alone.
func TestSwitchingSnapStartChangesNoRoute(t *testing.T) {
	with, err := made()
	if err != nil {
		t.Fatal(err)
	}
	runtimes := imaginary()
	v := runtimes[1].Variants["api"]
	v.SnapStart = false
	runtimes[1].Variants["api"] = v
	without, err := synthStacks(map[string]any{"environment": config.Dev}, runtimes, func(app awscdk.App, cfg stacks.Config) {
		shared := stacks.NewSharedStack(app, config.StackName(config.SharedPart, config.Dev), &stacks.SharedStackProps{Deployment: cfg.Deployment})
		stacks.NewRuntimeStack(app, config.StackName("snapped", config.Dev), &stacks.RuntimeStackProps{
			Deployment: cfg.Deployment, Runtime: cfg.Runtimes[1], Zips: cfg.Zips, Shared: shared,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(with.stack(t, config.SharedPart).Raw, without.stack(t, config.SharedPart).Raw) {
		t.Error("got another SharedStack")
	}
	kept := func(s synthesis) map[string]resource {
		found := map[string]resource{}
		for id, r := range s.stack(t, "snapped").Resources {
			if r.Type == "AWS::Lambda::Permission" || r.Type == "AWS::Lambda::Function" {
				delete(r.Properties, "SnapStart")
				found[id] = r
			}
		}
		return found
	}
	if got, want := kept(without), kept(with); !reflect.DeepEqual(got, want) || len(want) != 3 {
		t.Errorf("got the function and permissions %v, want %v", got, want)
	}
}

// API Gateway's own answers are those of the one table, which the local gateway
// gives as well.
func TestGatewayResponses(t *testing.T) {
	shared := all()[config.Dev].stack(t, config.SharedPart)
	want := map[string]string{}
	for _, r := range gatewayresponse.Table() {
		if body, ok := r.Template(); ok {
			want[r.Type] = r.StatusCode() + " " + body
		}
	}
	got := map[string]string{}
	for _, r := range shared.of("AWS::ApiGateway::GatewayResponse") {
		status, _ := r.Properties["StatusCode"].(string)
		got[fmt.Sprint(r.Properties["ResponseType"])] = status + " " + fmt.Sprint(at(r.Properties, "ResponseTemplates", "application/json"))
		if kind := at(r.Properties, "ResponseParameters", "gatewayresponse.header.Content-Type"); kind != "'application/problem+json'" {
			t.Errorf("%v: got the content type %v", r.Properties["ResponseType"], kind)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if want["MISSING_AUTHENTICATION_TOKEN"][:3] != "404" {
		t.Error("a path that is not there must be a 404")
	}
}

// choosy is a deployment with every choice made otherwise.
var choosy = sync.OnceValues(func() (synthesis, error) {
	return synthRuntimes(map[string]any{
		"environment": config.Prod, "memory": "512", "architecture": config.ARM64, "runtimes": "plain", "apiKey": "false",
		"tracing": "true", "reservedConcurrency": "5", "accessLogs": "true", "allowedCidrs": "203.0.113.0/24,2001:db8::/32",
		"rate": "50", "accountKey": "true", "budget": "20", "alertEmail": "ops@example.com", "firewall": "true", "regionalDashboard": "true",
		"domain": "api.example.com", "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/1",
	}, imaginary())
})

// Each choice of the context changes what it says, and only then.
func TestChoices(t *testing.T) {
	s, err := choosy()
	if err != nil {
		t.Fatal(err)
	}
	shared := s.stack(t, config.SharedPart)
	function := s.stack(t, "plain").only(t, "AWS::Lambda::Function").Properties
	stage := shared.only(t, "AWS::ApiGateway::Stage").Properties
	for what, pair := range map[string][2]any{
		"memory":       {function["MemorySize"], 512.0},
		"architecture": {at(function, "Architectures", 0), config.ARM64},
		"concurrency":  {function["ReservedConcurrentExecutions"], 5.0},
		"X-Ray":        {at(function, "TracingConfig", "Mode"), "Active"},
		"stage X-Ray":  {stage["TracingEnabled"], true},
		"keys":         {len(shared.of("AWS::ApiGateway::ApiKey")), 0},
		// The role of API Gateway's logs is the account's: made here, it would overwrite
		// another's and stay behind.
		"accounts": {len(shared.of("AWS::ApiGateway::Account")) + len(shared.of("AWS::IAM::Role")), 0},
		"rate":     {at(stage, "MethodSettings", 0, "ThrottlingRateLimit"), 50.0},
		"burst":    {at(stage, "MethodSettings", 0, "ThrottlingBurstLimit"), 100.0},
		"budget":   {at(s.stack(t, config.MonitoringPart).only(t, "AWS::Budgets::Budget").Properties, "Budget", "BudgetLimit", "Amount"), 20.0},
		"key":      {at(shared.only(t, "AWS::DynamoDB::Table").Properties, "SSESpecification", "SSEEnabled"), true},
		"firewall": {len(shared.of("AWS::WAFv2::WebACL")) + len(shared.of("AWS::WAFv2::WebACLAssociation")), 2},
		"domain":   {shared.only(t, "AWS::ApiGateway::DomainName").Properties["DomainName"], "api.example.com"},
		"mapping":  {shared.only(t, "AWS::ApiGateway::BasePathMapping").Properties["BasePath"], nil},
		"stacks":   {len(s.stacks), 3},
		"addresses": {at(shared.only(t, "AWS::ApiGateway::RestApi").Properties, "Policy", "Statement", 1, "Condition", "NotIpAddress", "aws:SourceIp"),
			[]any{"203.0.113.0/24", "2001:db8::/32"}},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
		}
	}
	format := fmt.Sprint(at(stage, "AccessLogSetting", "Format"))
	if format == "<nil>" || strings.Contains(format, "sourceIp") || strings.Contains(format, "caller") {
		t.Errorf("access logs: got the format %s, want one without the caller", format)
	}
	if !strings.Contains(format, `"requestId":"$context.requestId","lambdaRequestId":"$context.integration.requestId"`) {
		t.Errorf("access logs: got the format %s, want Lambda's id of a request beside the API's", format)
	}
	logs := shared.only(t, "AWS::Logs::LogGroup")
	if logs.Properties["RetentionInDays"] != 90.0 || logs.DeletionPolicy != "RetainExceptOnCreate" {
		t.Errorf("access logs: got %+v, want them for 90 days, kept when the stack goes", logs)
	}
	if _, told := shared.Outputs["AccessLogs"]; !told {
		t.Error("access logs: got no output that names their group")
	}
	if _, told := shared.Outputs["DomainTarget"]; !told {
		t.Error("got no output DomainTarget: where must the DNS record lead?")
	}
}

// Who is told of the costs must be let in by the topic, and there must be somebody.
func TestBudgetReachesItsTopic(t *testing.T) {
	s, err := choosy()
	if err != nil {
		t.Fatal(err)
	}
	stack := s.stack(t, config.MonitoringPart)
	topic := ""
	for id, r := range stack.Resources {
		if r.Type == "AWS::SNS::Topic" {
			topic = id
		}
	}
	notifications, _ := stack.only(t, "AWS::Budgets::Budget").Properties["NotificationsWithSubscribers"].([]any)
	var when []string
	for _, n := range notifications {
		when = append(when, fmt.Sprint(at(n, "Notification", "NotificationType"), at(n, "Notification", "Threshold")))
		if at(n, "Subscribers", 0, "SubscriptionType") != "SNS" || ref(at(n, "Subscribers", 0, "Address")) != topic {
			t.Errorf("got %v, want the topic to hear", n)
		}
	}
	if want := []string{"ACTUAL50", "ACTUAL100", "FORECASTED100"}; !slices.Equal(when, want) {
		t.Errorf("got %v, want %v", when, want)
	}
	statements, _ := at(stack.only(t, "AWS::SNS::TopicPolicy").Properties, "PolicyDocument", "Statement").([]any)
	if !slices.ContainsFunc(statements, func(v any) bool {
		return at(v, "Effect") == "Allow" && at(v, "Principal", "Service") == "budgets.amazonaws.com" && at(v, "Action") == "sns:Publish"
	}) {
		t.Errorf("got %v, want budgets let in", statements)
	}
	if got := len(all()[config.Prod].stack(t, config.MonitoringPart).of("AWS::Budgets::Budget")); got != 0 {
		t.Errorf("got %d budgets that nobody asked for", got)
	}
}
