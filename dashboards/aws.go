package dashboards

// AWSMetric is a metric that AWS emits by itself, as its documentation has it.
type AWSMetric struct {
	Namespace, Name string
	// Dimensions are the sets, sorted and joined by commas, under which the metric
	// is emitted and that we use.
	Dimensions []string
	// Percentiles tells whether the page lists more than the five plain statistics.
	Percentiles bool
}

// The pages that AWSMetrics was taken from, by namespace.
var AWSMetricPages = map[string]string{
	"AWS/Lambda":     "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
	"AWS/ApiGateway": "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
	"AWS/DynamoDB":   "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html",
}

// AWSMetrics lists what the board and the alarms use of AWS's own metrics. The
// dimensions matter: DynamoDB's SystemErrors, for one, does not exist per table.
func AWSMetrics() []AWSMetric {
	var (
		function  = []string{"FunctionName"}
		api       = []string{"ApiName,Stage", "ApiName,Method,Resource,Stage"}
		table     = []string{"TableName"}
		operation = []string{"Operation,TableName"}
	)
	return []AWSMetric{
		{"AWS/Lambda", "Invocations", function, false},
		{"AWS/Lambda", "Errors", function, false},
		{"AWS/Lambda", "Throttles", function, false},
		{"AWS/Lambda", "Duration", function, true},
		{"AWS/Lambda", "ConcurrentExecutions", function, false},
		{"AWS/ApiGateway", "Count", api, false},
		{"AWS/ApiGateway", "4XXError", api, false},
		{"AWS/ApiGateway", "5XXError", api, false},
		{"AWS/ApiGateway", "Latency", api, true},
		{"AWS/ApiGateway", "IntegrationLatency", api, true},
		{"AWS/DynamoDB", "SuccessfulRequestLatency", operation, false},
		{"AWS/DynamoDB", "ThrottledRequests", operation, false},
		{"AWS/DynamoDB", "SystemErrors", operation, false},
		{"AWS/DynamoDB", "ReadThrottleEvents", table, false},
		{"AWS/DynamoDB", "WriteThrottleEvents", table, false},
		{"AWS/DynamoDB", "ConsumedReadCapacityUnits", table, false},
		{"AWS/DynamoDB", "ConsumedWriteCapacityUnits", table, false},
		{"AWS/DynamoDB", "ConditionalCheckFailedRequests", table, false},
	}
}
