package builtin

import (
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"
)

// database holds the tables.
type database struct {
	mu     sync.RWMutex
	tables map[string]*table
}

type attributeDefinition struct{ AttributeName, AttributeType string }

type keyElement struct{ AttributeName, KeyType string }

// definition is what CreateTable knows of a table.
type definition struct {
	TableName             string
	AttributeDefinitions  []attributeDefinition
	KeySchema             []keyElement
	BillingMode           string                                               `json:",omitempty"`
	ProvisionedThroughput *struct{ ReadCapacityUnits, WriteCapacityUnits int } `json:",omitempty"`
}

// description is a table as answers have it.
type description struct {
	definition
	TableStatus               string
	TableArn                  string
	CreationDateTime          float64 // seconds since 1970
	ItemCount, TableSizeBytes int
	BillingModeSummary        struct{ BillingMode string }
}

var tableName = regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`)

func (d *database) table(name string) (*table, error) {
	if !tableName.MatchString(name) {
		return nil, invalid("1 validation error detected: Value '%s' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+, of 3 to 255 characters", name)
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	t, there := d.tables[name]
	if !there {
		return nil, noTable()
	}
	return t, nil
}

func (d *database) createTable(in definition) (any, error) {
	switch keys, attributes := in.KeySchema, in.AttributeDefinitions; {
	case !tableName.MatchString(in.TableName):
		_, err := d.table(in.TableName)
		return nil, err
	case len(keys) == 0 || keys[0].KeyType != "HASH":
		return nil, invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
	case len(keys) > 1:
		return nil, beyond("tables with a sort key")
	case len(attributes) != 1 || attributes[0].AttributeName != keys[0].AttributeName:
		return nil, invalid("One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	case !slices.Contains([]string{"S", "N", "B"}, attributes[0].AttributeType):
		return nil, invalid("1 validation error detected: Value '%s' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]", attributes[0].AttributeType)
	case in.BillingMode != "PAY_PER_REQUEST":
		return nil, beyond("any BillingMode but PAY_PER_REQUEST")
	case in.ProvisionedThroughput != nil:
		return nil, invalid("One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tables[in.TableName] != nil {
		return nil, &failure{Type: ofService + "ResourceInUseException", Message: "Table already exists: " + in.TableName}
	}
	t := &table{definition: in, attribute: in.KeySchema[0].AttributeName, kind: in.AttributeDefinitions[0].AttributeType, created: time.Now()}
	d.tables[in.TableName] = t
	return struct{ TableDescription description }{t.describe("ACTIVE")}, nil
}

// describe may be called with the table locked or not yet known to others.
func (t *table) describe(status string) description {
	out := description{definition: t.definition, TableStatus: status, CreationDateTime: float64(t.created.UnixMilli()) / 1000,
		TableArn: "arn:aws:dynamodb:us-east-1:000000000000:table/" + t.definition.TableName, ItemCount: t.count, TableSizeBytes: t.bytes}
	out.BillingModeSummary.BillingMode, out.BillingMode = out.BillingMode, ""
	return out
}

func (d *database) describeTable(in struct{ TableName string }) (any, error) {
	t, err := d.table(in.TableName)
	if err != nil {
		return nil, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return struct{ Table description }{t.describe("ACTIVE")}, nil
}

func (d *database) deleteTable(in struct{ TableName string }) (any, error) {
	t, err := d.table(in.TableName)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	delete(d.tables, in.TableName)
	d.mu.Unlock()
	t.mu.RLock()
	defer t.mu.RUnlock()
	return struct{ TableDescription description }{t.describe("DELETING")}, nil
}

func (d *database) listTables(in struct {
	Limit                   *int
	ExclusiveStartTableName string
}) (any, error) {
	limit := 100
	if in.Limit != nil {
		if limit = *in.Limit; limit < 1 || limit > 100 {
			return nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and 100", limit)
		}
	}
	d.mu.RLock()
	names := slices.Sorted(maps.Keys(d.tables))
	d.mu.RUnlock()
	from, found := slices.BinarySearch(names, in.ExclusiveStartTableName)
	if found {
		from++
	}
	names = names[from:]
	out := struct {
		TableNames             []string
		LastEvaluatedTableName string `json:",omitempty"`
	}{TableNames: names}
	if len(names) > limit {
		out.TableNames, out.LastEvaluatedTableName = names[:limit], names[limit-1]
	}
	return out, nil
}
