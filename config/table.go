package config

// Attribute is a key attribute of a table: only those are declared.
type Attribute struct {
	Name string
	// Type is "S", "N" or "B".
	Type string
}

// Key is one part of a table's primary key.
type Key struct {
	Attribute string
	// Type is "HASH" or "RANGE".
	Type string
}

// Table is a DynamoDB table as both the stack and the local database make it.
// The fields are the arguments of CreateTable, save TimeToLiveAttribute, which
// has a call of its own (UpdateTimeToLive).
type Table struct {
	Attributes  []Attribute
	Keys        []Key
	BillingMode string
	// TimeToLiveAttribute holds epoch seconds. Local DynamoDBs leave it out:
	// dynalite has no such call, and nothing here waits long enough to expire.
	TimeToLiveAttribute string
}

// ItemsTable is the one table of the API. All runtimes share it, so that none
// owns a warmer one.
func ItemsTable() Table {
	return Table{
		Attributes:          []Attribute{{Name: "id", Type: "S"}},
		Keys:                []Key{{Attribute: "id", Type: "HASH"}},
		BillingMode:         "PAY_PER_REQUEST",
		TimeToLiveAttribute: "expiresAt",
	}
}

// ItemsTableName is the table's name in an environment.
func ItemsTableName(environment string) string { return Prefix + "-items-" + environment }
