package config_test

import (
	"reflect"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// These are promises: users type them.
func TestNames(t *testing.T) {
	tests := []struct{ got, want string }{
		{config.FunctionName("go", "dev"), "multi-runtime-benchmark-go-dev"},
		{config.VariantFunctionName("go", "primed", "prod"), "multi-runtime-benchmark-go-primed-prod"},
		{config.LogGroupName(config.FunctionName("go", "dev")), "/aws/lambda/multi-runtime-benchmark-go-dev"},
		{config.DashboardName("dev"), "multi-runtime-benchmark-dev"},
		{config.StageName("dev"), "dev"},
		{config.StackName(config.SharedPart, "dev"), "MultiRuntimeBenchmarkSharedStack"},
		{config.StackName("kotlin", "dev"), "MultiRuntimeBenchmarkKotlinStack"},
		{config.StackName("my-function", "prod"), "MultiRuntimeBenchmarkMyFunctionStackProd"},
		{config.ItemsTableName("dev"), "multi-runtime-benchmark-items-dev"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestLookupEnvironment(t *testing.T) {
	for _, e := range config.Environments() {
		if got, err := config.LookupEnvironment(e.Name); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("%s: got %+v, %v", e.Name, got, err)
		}
		if e.LogRetentionDays == 0 || e.ThrottleRate == 0 || e.ThrottleBurst < e.ThrottleRate || e.LogLevel == "" {
			t.Errorf("%s: got an unset value in %+v", e.Name, e)
		}
	}
	prod, _ := config.LookupEnvironment(config.Prod)
	dev, _ := config.LookupEnvironment(config.Dev)
	if !prod.RetainData || !prod.DeletionProtection || dev.RetainData {
		t.Error("got data that prod loses or dev keeps")
	}
	_, err := config.LookupEnvironment("production")
	if !fault.IsUsage(err) || fault.Hint(err) != "known environments: dev, staging, prod" {
		t.Errorf("got %v, hint %q", err, fault.Hint(err))
	}
}

func TestDefaultsAddUp(t *testing.T) {
	sum := 0
	for _, s := range config.Defaults().Mix {
		sum += s.Percent
	}
	if sum != 100 {
		t.Errorf("mix: got %d percent, want 100", sum)
	}
	// 8 s an attempt, 3 attempts, and 29 s is where API Gateway gives up.
	if 3*config.DatabaseAttemptTimeout >= config.FunctionTimeout || config.FunctionTimeout.Seconds() >= 29 {
		t.Error("got a function timeout that the retries or API Gateway break")
	}
}

func TestItemsTable(t *testing.T) {
	table := config.ItemsTable()
	if len(table.Keys) != 1 || len(table.Attributes) != 1 || table.Keys[0].Attribute != table.Attributes[0].Name {
		t.Errorf("got keys %v and attributes %v, want the same one", table.Keys, table.Attributes)
	}
	variables := config.FunctionVariables(config.Environments()[0], "1.2.3")
	if variables["TABLE_NAME"] != "multi-runtime-benchmark-items-dev" || variables["APP_VERSION"] != "1.2.3" || variables["DYNAMODB_ATTEMPT_TIMEOUT_MS"] != "8000" {
		t.Errorf("got %v", variables)
	}
	own := map[string]string{"LOG_LEVEL": "own"}
	for kind, want := range map[config.Kind]int{config.API: len(variables), config.Bare: len(variables), config.Guest: 1} {
		got := config.Variant{Kind: kind, Env: own}.Variables(config.Environments()[0], "1.2.3")
		if len(got) != want || got["LOG_LEVEL"] != "own" {
			t.Errorf("%s: got %v, want %d, with its own", kind, got, want)
		}
	}
}
