// Package dashboards says what an environment's operators see and when they are
// woken: one board and a list of alarms, made from a deployment as plain data.
//
// It refuses to know the CDK: Board.Body is the dashboard's JSON with
// CloudFormation's pseudo parameters in it, and constructs puts it into a stack.
// It refuses to invent metrics: what it names is among config.LogMetrics or in
// AWS's documentation, which a test holds as a table. It holds no names of
// languages: colours, titles and order come from the runtimes' manifests.
//
//	alarms := dashboards.Alarms(deployment)
//	body := dashboards.New(deployment).Body()
package dashboards
