package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// deployable are two runtimes: ada has everything, brook lacks arm64 and small sizes.
func deployable() []config.Runtime {
	runtime := func(name string, least int, architectures ...string) config.Runtime {
		artifact := func(name string) config.Artifact {
			return config.Artifact{Name: name, Architectures: architectures, LambdaRuntime: "provided.al2023", Handler: "bootstrap"}
		}
		return config.Runtime{
			Name: name, Prefixes: []string{"/" + name},
			Artifacts: map[string]config.Artifact{"api": artifact("api"), "bare": artifact("bare")},
			Variants: map[string]config.Variant{
				"api":  {Name: "api", Artifact: "api", Handler: "bootstrap", Kind: config.API, Env: map[string]string{"THREADS": "1"}, Default: true},
				"snap": {Name: "snap", Artifact: "api", Handler: "bootstrap", Kind: config.API, SnapStart: true},
				"bare": {Name: "bare", Artifact: "bare", Handler: "bootstrap", Kind: config.Bare},
			},
			Memory: config.Memory{Min: least, Default: config.DefaultMemoryMB},
		}
	}
	return []config.Runtime{runtime("ada", config.MinMemoryMB, config.X8664, config.ARM64), runtime("brook", 256, config.X8664)}
}

func TestParseContextDefaults(t *testing.T) {
	// What is the CDK's own is left alone.
	d, err := config.ParseContext(map[string]any{"@aws-cdk/core:flag": true, "aws:cdk:enable-path-metadata": true, "cli-telemetry": false}, deployable(), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	if d.Environment.Name != config.Dev || d.Architecture != config.X8664 || d.AlertEmail != "" || len(d.Runtimes) != 2 {
		t.Errorf("got %+v", d)
	}
	f := d.Runtimes[0].Function
	if f.Name != "multi-runtime-benchmark-ada-dev" || f.MemoryMB != config.DefaultMemoryMB || f.ArtifactID != "ada-x86_64" || len(d.Runtimes[0].Layers) != 0 {
		t.Errorf("got %+v", f)
	}
	if f.Variables["THREADS"] != "1" || f.Variables["APP_VERSION"] != "1.2.3" {
		t.Errorf("got the variables %v, want the variant's own, too", f.Variables)
	}
}

func TestParseContextChoices(t *testing.T) {
	d, err := config.ParseContext(map[string]any{
		"environment": "prod", "alertEmail": "ops@example.com", "runtimes": "brook, ada", "variant": "ada:snap",
		"memory": float64(512), "layers": true, // as a file may have them
		"reservedConcurrency": "7", "tracing": "true", "apiKey": "false", "accessLogs": "true", "allowedCidrs": "203.0.113.0/24,2001:db8::/32",
		"rate": "50", "budget": "20", "firewall": "true", "domain": "api.example.com", "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/1",
	}, deployable(), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	e := d.Environment
	if e.Name != config.Prod || !e.Tracing || e.APIKey || !e.AccessLogs || e.ReservedConcurrency != 7 || len(e.AllowedCIDRs) != 2 || d.AlertEmail != "ops@example.com" {
		t.Errorf("got %+v", d)
	}
	if e.ThrottleRate != 50 || e.ThrottleBurst != 100 || d.BudgetUSD != 20 || !e.Firewall || e.Domain != "api.example.com" || !strings.HasSuffix(e.Certificate, "/1") {
		t.Errorf("got %+v, budget %d", e, d.BudgetUSD)
	}
	ada, brook := d.Runtimes[0], d.Runtimes[1]
	if !ada.Function.Variant.SnapStart || brook.Function.Variant.SnapStart || ada.Function.MemoryMB != 512 {
		t.Errorf("got %+v and %+v", ada.Function, brook.Function)
	}
	var names []string
	for _, f := range brook.Functions() {
		names = append(names, f.Name)
	}
	if want := []string{"multi-runtime-benchmark-brook-prod", "multi-runtime-benchmark-brook-bare-prod"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func TestParseContextRefuses(t *testing.T) {
	for context, want := range map[string]struct{ message, hint string }{
		"environment=foo":          {`unknown environment "foo"`, "known environments: dev, staging, prod"},
		"environment=":             {`unknown environment ""`, "known environments: dev, staging, prod"},
		"suffix=Anna":              {`suffix: got "Anna", want up to 12 small letters and digits`, "-c suffix=anna"},
		"suffix=":                  {`suffix: got "", want up to 12 small letters and digits`, "-c suffix=anna"},
		"suffix=annaannaannaa":     {`suffix: got "annaannaannaa", want up to 12 small letters and digits`, "-c suffix=anna"},
		"memory=64":                {`memory: got "64", want a whole number from 128 to 10240`, "-c memory=128"},
		"memory=1.5":               {`memory: got "1.5", want a whole number from 128 to 10240`, "-c memory=128"},
		"memory=":                  {`memory: got "", want a whole number from 128 to 10240`, "-c memory=128"},
		"memory=20000":             {`memory: got "20000", want a whole number from 128 to 10240`, "-c memory=10240"},
		"memory=128":               {`memory: got "128", want at least 256 MB for brook`, "-c memory=256"},
		"alertEmail=ops":           {`alertEmail: got "ops", want an e-mail address`, "-c alertEmail=ops@example.com"},
		"alertEmail=Ops <ops@a.b>": {`alertEmail: got "Ops <ops@a.b>", want an e-mail address`, "-c alertEmail=ops@example.com"},
		"runtimes=":                {`runtimes: got "", want words with commas between them`, "-c runtimes=go,rust, or leave it out"},
		"runtimes=ada,":            {`runtimes: got "ada,", want words with commas between them`, "-c runtimes=go,rust, or leave it out"},
		"alertEmail=":              {`alertEmail: got "", want an e-mail address`, "-c alertEmail=ops@example.com, or leave it out"},
		"architecture=":            {`architecture: got "", want x86_64 or arm64`, "-c architecture=arm64"},
		"runtimes=ruby":            {`runtimes: unknown runtime "ruby"`, "known runtimes: ada, brook"},
		"variant=ada":              {`variant: got "ada", want runtime:variant`, "-c variant=kotlin:snapstart"},
		"variant=ruby:api":         {`variant: unknown runtime "ruby"`, "known runtimes: ada, brook"},
		"variant=ada:fast":         {`variant: unknown variant "fast" of runtime "ada"`, "of ada these answer the API: api, snap"},
		"variant=ada:bare":         {`variant: got "ada:bare", want a variant that answers the API`, "-c layers=true deploys it beside the default variant"},
		"variant=ada:api,ada:snap": {`variant: got "ada:snap beside ada:api", want one variant a runtime`, "leave one out"},
		"layers=maybe":             {`layers: got "maybe", want true or false`, "-c layers=true"},
		"apiKey=1":                 {`apiKey: got "1", want true or false`, "-c apiKey=true"},
		"architecture=arm":         {`architecture: got "arm", want x86_64 or arm64`, "-c architecture=arm64"},
		"architecture=arm64":       {`architecture: got "arm64", which the variant api of brook does not have`, "it has x86_64: choose -c architecture=x86_64, or leave it out with -c runtimes=…"},
		"reservedConcurrency=0":    {`reservedConcurrency: got "0", want a whole number from 1 to 1000`, "-c reservedConcurrency=1"},
		"reservedConcurrency=451":  {`reservedConcurrency: got "451", want at most 450 for each of 2 functions: an account's 1000 less the 100 that stay unreserved`, "-c reservedConcurrency=450"},
		"allowedCidrs=203.0.113.5": {`allowedCidrs: got "203.0.113.5", want an address range`, "-c allowedCidrs=203.0.113.0/24,2001:db8::/32"},
		"without=ruby":             {`without: unknown runtime "ruby"`, "known runtimes: ada, brook"},
		"without=ada,brook":        {`without: got "ada,brook", want at least one runtime left`, "cdk destroy --all takes the whole environment down"},
		"rate=0":                   {`rate: got "0", want a whole number from 1 to 10000`, "-c rate=1"},
		"budget=20":                {`budget: got "20", want alertEmail beside it: nobody would hear`, "-c alertEmail=ops@example.com"},
		"budget=ten":               {`budget: got "ten", want a whole number from 1 to 1000000`, "-c budget=1"},
		"domain=localhost":         {`domain: got "localhost", want a name such as api.example.com`, "-c domain=api.example.com"},
		"domain=api.example.com":   {`certificate: got "", want the ARN of a certificate of ACM in the API's region`, "-c certificate=arn:aws:acm:REGION:ACCOUNT:certificate/ID"},
		"certificate=arn":          {`domain: got "", want the name that the certificate is for`, "-c domain=api.example.com"},
		"load=yes":                 {`load: got "yes", want true or false`, "-c load=true"},
		"runtime=ada":              {`unknown context "runtime"`, "known: environment, suffix, alertEmail, runtimes, without, variant, hosting, imageRepository, capacityProvider, layers, architecture, memory, reservedConcurrency, tracing, apiKey, rate, allowedCidrs, budget, regionalDashboard, firewall, domain, certificate, accountKey, load, accessLogs"},
	} {
		name, value, _ := strings.Cut(context, "=")
		_, err := config.ParseContext(map[string]any{name: value}, deployable(), "1.2.3")
		if err == nil || err.Error() != want.message || fault.Hint(err) != want.hint || !fault.IsUsage(err) {
			t.Errorf("%s:\ngot  %v\nhint %s\nwant %s\nhint %s", context, err, fault.Hint(err), want.message, want.hint)
		}
	}
	if _, err := config.ParseContext(map[string]any{"memory": []any{"512"}}, deployable(), "1"); !fault.IsUsage(err) {
		t.Errorf("a list: got %v", err)
	}
	// From cdk.json a number comes as JSON has it.
	if d, err := config.ParseContext(map[string]any{"budget": 1e6, "alertEmail": "ops@example.com"}, deployable(), "1"); err != nil || d.BudgetUSD != 1_000_000 {
		t.Errorf("a million: got %d, %v", d.BudgetUSD, err)
	}
	if _, err := config.ParseContext(nil, nil, "1"); !fault.IsUsage(err) {
		t.Errorf("no runtimes: got %v", err)
	}
}

// Two developers share an account: everything that has a name has another one.
func TestSuffix(t *testing.T) {
	d, err := config.ParseContext(map[string]any{"environment": "staging", "suffix": "anna", "layers": "true"}, deployable(), "1")
	if err != nil {
		t.Fatal(err)
	}
	e := d.Environment
	if e.Name != "staging-anna" || !e.RetainData {
		t.Errorf("got %+v, want staging under another name", e)
	}
	f := d.Runtimes[0].Function
	for got, want := range map[string]string{
		f.Name:                       "multi-runtime-benchmark-ada-staging-anna",
		d.Runtimes[0].Layers[0].Name: "multi-runtime-benchmark-ada-bare-staging-anna",
		f.Variables["TABLE_NAME"]:    "multi-runtime-benchmark-items-staging-anna",
		config.StackName(config.SharedPart, e.Name): "MultiRuntimeBenchmarkSharedStackStagingAnna",
		config.StackName("ada", config.Dev+"-anna"): "MultiRuntimeBenchmarkAdaStackDevAnna",
		config.DashboardName(e.Name):                "multi-runtime-benchmark-staging-anna",
		config.MetricNamespace(e.Name):              "multi-runtime-benchmark/staging-anna",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	long := deployable()[:1]
	long[0].Name = strings.Repeat("a", 40)
	if _, err := config.ParseContext(map[string]any{"suffix": "anna"}, long, "1"); !fault.IsUsage(err) || !strings.Contains(err.Error(), "more than 64 characters") {
		t.Errorf("got %v, want the name refused, which Lambda does not take", err)
	}
}

// Whoever finds the API's address must not be able to spend much: no environment is
// both open to all and fast, unless somebody says so.
func TestNoOpenAPIIsFast(t *testing.T) {
	for _, e := range config.Environments() {
		for context, want := range map[string]struct {
			rate int
			key  bool
		}{
			"":             {e.ThrottleRate, true},
			"apiKey=false": {config.OpenRate, false},
			"apiKey=false allowedCidrs=203.0.113.0/24": {e.ThrottleRate, false},
			"apiKey=false rate=300":                    {300, false},
		} {
			values := map[string]any{"environment": e.Name}
			for _, pair := range strings.Fields(context) {
				name, value, _ := strings.Cut(pair, "=")
				values[name] = value
			}
			d, err := config.ParseContext(values, deployable(), "1")
			if err != nil || d.Environment.ThrottleRate != want.rate || d.Environment.APIKey != want.key {
				t.Errorf("%s %q: got %d requests a second, key %v, %v; want %d and %v", e.Name, context, d.Environment.ThrottleRate, d.Environment.APIKey, err, want.rate, want.key)
			}
		}
	}
}

// What an environment has and what is deployed now are two things: deploying one
// runtime takes nothing from the others.
func TestParts(t *testing.T) {
	for context, want := range map[string]string{
		"":                           "ada now, brook now",
		"runtimes=ada":               "ada now, brook",
		"without=brook":              "ada now; without brook",
		"runtimes=ada without=brook": "ada now; without brook",
		// Their limits are nobody's business while they are not deployed.
		"runtimes=ada memory=128 architecture=arm64": "ada now, brook",
	} {
		values := map[string]any{}
		for _, pair := range strings.Fields(context) {
			name, value, _ := strings.Cut(pair, "=")
			values[name] = value
		}
		d, err := config.ParseContext(values, deployable(), "1")
		if err != nil {
			t.Errorf("%q: %v", context, err)
			continue
		}
		var parts []string
		for _, r := range d.Runtimes {
			part := r.Runtime.Name
			if r.Now {
				part += " now"
			}
			parts = append(parts, part)
		}
		got := strings.Join(parts, ", ")
		if d.Without != nil {
			got += "; without " + strings.Join(d.Without, ", ")
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", context, got, want)
		}
	}
	_, err := config.ParseContext(map[string]any{"runtimes": "ada", "without": "ada"}, deployable(), "1")
	if want := `without: got "ada", want a runtime that -c runtimes does not deploy`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Each choice stands in the documentation's table.
func TestChoicesAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "deployment.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range config.ContextKeys() {
		rows := regexp.MustCompile("(?m)^\\| [^|]*`"+key.Name+"`").FindAllString(string(page), -1)
		if len(rows) != 1 {
			t.Errorf("%s: got %d rows in docs/deployment.md, want 1", key.Name, len(rows))
		}
	}
}

// CloudWatch reads a metric filter's pattern and value as one expression of JSON.
func TestLogMetrics(t *testing.T) {
	names := map[string]bool{}
	for _, m := range config.LogMetrics() {
		if names[m.Name] || m.Unit == "" || !strings.HasPrefix(m.Pattern, "{ $.") || !strings.HasSuffix(m.Pattern, " }") {
			t.Errorf("got %+v", m)
		}
		names[m.Name] = true
	}
	if got := config.MetricName("ada", config.InitDuration); got != "ada-InitDuration" {
		t.Errorf("got %s", got)
	}
	if config.MetricNamespace(config.Dev) == config.MetricNamespace(config.Prod) {
		t.Error("got one namespace for two environments, whose metrics have no dimensions")
	}
}
