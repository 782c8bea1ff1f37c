// Package stacks is the CDK application: one SharedStack with table and API, one
// RuntimeStack a language, one MonitoringStack and, where asked for, a LoadStack.
//
//	app := awscdk.NewApp(nil)
//	stacks.Build(app, stacks.Config{Deployment: deployment, Zips: zips})
//	app.Synth(nil)
//
// SharedStack depends on nothing: its routes name the functions by the ARNs that
// their promised names give. Each RuntimeStack depends on SharedStack alone, so
// that a language can be added, removed or destroyed by itself. MonitoringStack
// knows names only. Both are made from all runtimes that the environment has, also
// from those whose stacks are not deployed now.
//
// It refuses to read context, files or the environment: its caller has checked
// everything and passes plain values.
package stacks
