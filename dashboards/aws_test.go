package dashboards

// awsMetric is a metric that AWS emits by itself, as its documentation has it.
type awsMetric struct {
	namespace, name string
	// dimensions are the sets, sorted and joined by commas, under which the metric
	// is emitted and that we use.
	dimensions []string
	// percentiles tells whether there are any: of DynamoDB the page lists the plain
	// statistics alone.
	percentiles bool
}

// awsPages are the pages that awsMetrics was taken from, by namespace.
var awsPages = map[string]string{
	"AWS/Lambda":     "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
	"AWS/ApiGateway": "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
	"AWS/DynamoDB":   "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html",
}

// awsMetrics lists what the board and the alarms use of AWS's own metrics. The
// dimensions matter: DynamoDB's SystemErrors, for one, does not exist per table.
func awsMetrics() []awsMetric {
	var (
		function  = []string{"FunctionName"}
		api       = []string{"ApiName,Stage", "ApiName,Method,Resource,Stage"}
		table     = []string{"TableName"}
		operation = []string{"Operation,TableName"}
	)
	return []awsMetric{
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
