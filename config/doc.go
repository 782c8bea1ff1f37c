// Package config holds what every program of this project agrees on: the
// runtimes (one runtime.yaml a folder), the environments, the names, the table
// and the benchmark's default sizes. All of it is plain data.
//
// It refuses to know anything else of ours: no CDK, no AWS SDK, no engine. It
// runs nothing and writes nothing, so that it can be read from everywhere.
//
//	runtimes, err := config.Discover(".")
//	if err != nil {
//		return err // names file, line, field, what was got and what was wanted
//	}
//	for _, r := range runtimes {
//		fmt.Println(r.DisplayName, config.FunctionName(r.Name, "dev"))
//	}
package config
