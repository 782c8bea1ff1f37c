// Package dynamodb gives a run its database: it starts and stops a local
// DynamoDB, creates the items table in it from the one definition in config,
// warms it, and puts a tap in front of it that clocks, delays and spoils calls.
//
// Builtin (the default) is this very program, started again: package builtin.
// Dynalite knows more operations; it is installed from an embedded lock file into
// the cache folder. Dynoxide is one that the user has installed. Local is Amazon's
// DynamoDB Local, fetched by Maven when the user asks for it by name: see Notice
// for its licence. Endpoint is any URL. All but these last two listen on 127.0.0.1
// only, and all that are started here live in memory.
//
// The package refuses to keep data beyond Close, to make a table anywhere but
// on this machine, and to guess: where node, npm, java or mvn is missing, the
// error says what to install.
//
//	db, err := dynamodb.Start(ctx, dynamodb.Options{CacheDir: cache, Table: table})
//	defer db.Close()
//	tap, err := dynamodb.NewTap(db.Endpoint(), dynamodb.TapOptions{})
//	defer tap.Close()
//	port, err := tap.Open()            // one per execution environment
//	env["AWS_ENDPOINT_URL_DYNAMODB"] = port.URL()
//	// … an invocation …
//	usage := port.Take()               // what it asked of the database, and how long that took
package dynamodb
