// Package contract asks an implementation of the API everything that the
// contract says, and reports where it answers differently. The cases are data,
// in the package api; this package is their one runner, for any number of
// implementations, in-process, behind HTTP or behind events.
//
// It refuses to know how an implementation is started, and what it is written
// in. It judges answers to the byte: order of members, digits of numbers, every
// header of the function's own.
//
//	suite, err := contract.Load(api.Files)
//	report, err := contract.Run(ctx, suite, contract.NewHTTPClient("http://127.0.0.1:8080"), contract.Options{
//		Runtime: "go", Levels: []contract.Level{contract.HTTP},
//	})
//	report.Print(os.Stderr)
//	if report.Failed() { … }
package contract
