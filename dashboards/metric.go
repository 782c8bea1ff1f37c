package dashboards

import (
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// Period is the length of every point on the board and of every alarm's periods.
const Period = 5 * time.Minute

// Metric is one CloudWatch metric and the statistic that makes points of it.
type Metric struct {
	Namespace, Name string
	Dimensions      []Dimension
	Stat            string
}

// Dimension narrows a metric down.
type Dimension struct{ Name, Value string }

// The statistics in use.
const (
	average = "Average"
	maximum = "Maximum"
	sum     = "Sum"
	samples = "SampleCount"
	p50     = "p50"
	p95     = "p95"
	p99     = "p99"
)

// The operations of DynamoDB that the API's calls become.
var tableOperations = []string{"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Scan"}

// watched is one runtime as the board sees it.
type watched struct {
	config.DeployedRuntime
	deployment config.Deployment
}

func runtimes(d config.Deployment) []watched {
	var all []watched
	for _, r := range d.Runtimes {
		all = append(all, watched{DeployedRuntime: r, deployment: d})
	}
	return all
}

// lambda is one of Lambda's own metrics. FunctionName without a version covers
// them all, whatever the alias of a SnapStart variant points to.
func (w watched) lambda(name, stat string) Metric {
	return Metric{"AWS/Lambda", name, []Dimension{{"FunctionName", w.Function.Name}}, stat}
}

// logged is a metric that a filter reads from the function's log.
func (w watched) logged(measure, stat string) Metric {
	return Metric{config.MetricNamespace(w.deployment.Environment.Name), config.MetricName(w.Runtime.Name, measure), nil, stat}
}

// cold is what an environment takes before its first request: init, or the
// restore of a snapshot.
func (w watched) cold(stat string) Metric {
	if w.Function.Variant.SnapStart {
		return w.logged(config.RestoreDuration, stat)
	}
	return w.logged(config.InitDuration, stat)
}

// route is API Gateway's metric of the runtime's busiest route. Only stages with
// detailed metrics have it.
func (w watched) route(name, stat string) Metric {
	e := w.deployment.Environment.Name
	r := busiestRoute(w.Runtime.Prefixes[0])
	return Metric{"AWS/ApiGateway", name, []Dimension{
		{"ApiName", config.APIName(e)}, {"Method", r.method}, {"Resource", r.resource}, {"Stage", config.StageName(e)},
	}, stat}
}

// MeasuredRoute is the one route of a runtime that the board has figures of: a
// prefix and an HTTP method. It is ok only where there are such figures.
func MeasuredRoute(d config.Deployment, r config.DeployedRuntime) (prefix, method string, ok bool) {
	if w := (watched{DeployedRuntime: r, deployment: d}); w.hasRoute() {
		return r.Runtime.Prefixes[0], busiestRoute("").method, true
	}
	return "", "", false
}

// hasRoute reports whether the runtime has a metric of a route.
func (w watched) hasRoute() bool {
	return w.deployment.Environment.DetailedMetrics && len(w.Runtime.Prefixes) > 0
}

func stage(d config.Deployment, name, stat string) Metric {
	e := d.Environment.Name
	return Metric{"AWS/ApiGateway", name, []Dimension{{"ApiName", config.APIName(e)}, {"Stage", config.StageName(e)}}, stat}
}

func table(d config.Deployment, name, stat string) Metric {
	return Metric{"AWS/DynamoDB", name, []Dimension{{"TableName", config.ItemsTableName(d.Environment.Name)}}, stat}
}

func tableOperation(d config.Deployment, name, operation, stat string) Metric {
	return Metric{"AWS/DynamoDB", name, []Dimension{
		{"Operation", operation}, {"TableName", config.ItemsTableName(d.Environment.Name)},
	}, stat}
}

// route is a method of a resource of the API. Each prefix has one resource,
// everything below it, so that a prefix has a route per HTTP method.
type route struct{ method, resource string }

var methods = map[config.Operation]string{
	config.Create: "POST", config.Read: "GET", config.List: "GET", config.Update: "PUT", config.Delete: "DELETE",
}

// busiestRoute is the route below a prefix with the largest share of the
// workload's mix.
func busiestRoute(prefix string) route {
	shares := map[string]int{}
	busiest := ""
	for _, s := range config.Defaults().Mix {
		method := methods[s.Operation]
		if shares[method] += s.Percent; shares[method] > shares[busiest] {
			busiest = method
		}
	}
	return route{busiest, prefix + "/{proxy+}"}
}
