package config

import (
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
	Name string
	// RetainData keeps the table when the stack is destroyed.
	RetainData bool
	// DeletionProtection makes DynamoDB refuse to delete the table.
	DeletionProtection bool
	// PointInTimeRecovery backs the table up continuously.
	PointInTimeRecovery bool
	LogRetentionDays    int
	// LogLevel of the functions. The request line is written at every level.
	LogLevel string
	// ThrottleRate (requests per second) and ThrottleBurst of the API's stage.
	ThrottleRate, ThrottleBurst int
	// DetailedMetrics are API Gateway's figures per method: they cost money.
	DetailedMetrics bool
	// Tracing switches X-Ray on. It adds to what is measured.
	Tracing bool
	// APIKey asks callers for a key.
	APIKey bool
	// AccessLogs of the stage need the account-wide CloudWatch role.
	AccessLogs bool
	// Alarms are made (in dev there is nobody to wake).
	Alarms bool
}

// Environments lists the known ones.
func Environments() []Environment {
	return []Environment{
		{
			Name: Dev, LogRetentionDays: 7, LogLevel: "INFO",
			ThrottleRate: 500, ThrottleBurst: 1000, DetailedMetrics: true, Alarms: false,
		},
		{
			Name: Staging, LogRetentionDays: 14, LogLevel: "INFO",
			ThrottleRate: 500, ThrottleBurst: 1000, DetailedMetrics: true, Alarms: true,
		},
		{
			Name: Prod, RetainData: true, DeletionProtection: true, PointInTimeRecovery: true,
			LogRetentionDays: 90, LogLevel: "WARN",
			ThrottleRate: 200, ThrottleBurst: 400, DetailedMetrics: true,
			APIKey: true, AccessLogs: true, Alarms: true,
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

// FunctionVariables are the environment variables that every function gets, in
// AWS as locally. A variant's own come on top.
func FunctionVariables(e Environment, version string) map[string]string {
	return map[string]string{
		"TABLE_NAME":                  ItemsTableName(e.Name),
		"ITEM_TTL_DAYS":               strconv.Itoa(ItemTTLDays),
		"DYNAMODB_ATTEMPT_TIMEOUT_MS": strconv.FormatInt(DatabaseAttemptTimeout.Milliseconds(), 10),
		"APP_VERSION":                 version,
		"LOG_LEVEL":                   e.LogLevel,
	}
}
