package config

import (
	"maps"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// The environments' names.
const (
	Dev     = "dev"
	Staging = "staging"
	Prod    = "prod"
)

// Environment is what differs between deployments, as plain values: the CDK app
// translates them.
type Environment struct {
	// Name is dev, staging or prod, with a dash and a suffix for one of somebody's own.
	Name string
	// RetainData keeps the table when the stack is destroyed.
	RetainData bool
	// DeletionProtection makes DynamoDB refuse to delete the table.
	DeletionProtection bool
	// PointInTimeRecovery backs the table up continuously.
	PointInTimeRecovery bool
	// AccountKey encrypts the table with the account's own key for DynamoDB.
	AccountKey bool
	// TerminationProtection makes CloudFormation refuse to delete the stacks.
	TerminationProtection bool
	LogRetentionDays      int
	// RetainLogs keeps the log groups when a stack is destroyed: they tell why it was.
	RetainLogs bool
	// LogLevel of the functions and of Lambda's own filter on their logs. It stays
	// at INFO: above that, Lambda would drop the request lines that alarms read.
	LogLevel string
	// ThrottleRate (requests per second) and ThrottleBurst of the API's stage.
	ThrottleRate, ThrottleBurst int
	// DetailedMetrics are API Gateway's figures of the routes that the board shows: they
	// cost money.
	DetailedMetrics bool
	// APIKey asks callers for a key: the API writes to a database.
	APIKey bool
	// Tracing switches X-Ray on. It adds to what is measured.
	Tracing bool
	// AccessLogs of the stage need the account's role for CloudWatch, which is the
	// account's own: no stack of ours makes or changes it.
	AccessLogs bool
	// ReservedConcurrency caps each function; 0 leaves it unset.
	ReservedConcurrency int
	// AllowedCIDRs limit who may call the API; none means everybody.
	AllowedCIDRs []string
	// Firewall puts AWS WAF before the stage: one address's rate, and known bad ones.
	Firewall bool
	// Load puts workers that send load tests beside the API.
	Load bool
	// Domain is a name of one's own for the API, with the ARN of its certificate in
	// the API's region; empty for AWS's alone.
	Domain, Certificate string
}

// OpenRate and OpenBurst limit an API that anybody may call, without a key and
// from any address: every request writes to a table that is paid for.
const (
	OpenRate  = 20
	OpenBurst = 40
)

// Environments lists the known ones. All ask for a key. Tracing, access logs,
// reserved concurrency, allowed addresses, firewall, domain, load workers and the
// account's key are off everywhere:
// each is somebody's explicit choice.
func Environments() []Environment {
	return []Environment{
		{
			Name: Dev, LogRetentionDays: 7, LogLevel: "INFO",
			ThrottleRate: 500, ThrottleBurst: 1000, APIKey: true,
		},
		{
			Name: Staging, RetainData: true, DeletionProtection: true, PointInTimeRecovery: true,
			LogRetentionDays: 14, LogLevel: "INFO",
			ThrottleRate: 500, ThrottleBurst: 1000, DetailedMetrics: true, APIKey: true,
		},
		{
			Name: Prod, RetainData: true, DeletionProtection: true, PointInTimeRecovery: true,
			TerminationProtection: true, LogRetentionDays: 90, LogLevel: "INFO", RetainLogs: true,
			ThrottleRate: 200, ThrottleBurst: 400, DetailedMetrics: true, APIKey: true,
		},
	}
}

// LookupEnvironment returns the named environment.
func LookupEnvironment(name string) (Environment, error) {
	var known []string
	for _, e := range Environments() {
		if e.Name == name {
			return e, nil
		}
		known = append(known, e.Name)
	}
	return Environment{}, fault.Usage("known environments: "+strings.Join(known, ", "), "unknown environment %q", name)
}

// FunctionVariables are the environment variables of the API's functions and the layers
// below, in AWS as locally. A variant's own come on top: Variant.Variables.
func FunctionVariables(e Environment, version string) map[string]string {
	return map[string]string{
		"TABLE_NAME":                  ItemsTableName(e.Name),
		"ITEM_TTL_DAYS":               strconv.Itoa(ItemTTLDays),
		"DYNAMODB_ATTEMPT_TIMEOUT_MS": strconv.FormatInt(DatabaseAttemptTimeout.Milliseconds(), 10),
		"APP_VERSION":                 version,
		"LOG_LEVEL":                   e.LogLevel,
	}
}

// Variables are all environment variables of the variant. A guest has its own alone.
func (v Variant) Variables(e Environment, version string) map[string]string {
	variables := map[string]string{}
	if v.Kind != Guest {
		variables = FunctionVariables(e, version)
	}
	maps.Copy(variables, v.Env)
	return variables
}
