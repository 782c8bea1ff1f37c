// Package constructs holds the CDK constructs that the stacks are made of, for
// others to import: an items table, a REST API whose routes lead to functions by
// name, a function with its log group, role, permission and log metrics, and the
// alarms, their topic and the dashboard that package dashboards describes.
//
//	table := constructs.NewItemsTable(stack, "Items", &constructs.ItemsTableProps{Name: "items"})
//	function := constructs.NewRuntimeFunction(stack, "Function", &constructs.RuntimeFunctionProps{
//		Name: "hello", Zip: "dist/hello.zip", LambdaRuntime: "provided.al2023", Handler: "bootstrap",
//	})
//	table.GrantItems(function.Function)
//
// Props are plain Go values, or nil: what is left out has the default that its
// comment names. What others need is an exported field; what AWS would refuse late
// panics at once, as in the CDK. It refuses to know environments,
// to read files other than the zip it is given, and to name things beyond what
// its caller names.
package constructs

import "github.com/aws/constructs-go/constructs/v10"

// Construct is the CDK's own: the alias keeps the two packages' names apart.
type Construct = constructs.Construct
