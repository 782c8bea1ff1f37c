package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	cdk "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// ItemsTableProps of an ItemsTable.
type ItemsTableProps struct {
	// Name of the table; CloudFormation makes one up when empty.
	Name string
	// Table is its definition: config.ItemsTable when empty.
	Table config.Table
	// RetainData keeps the table when the stack is destroyed.
	RetainData bool
	// DeletionProtection makes DynamoDB refuse to delete it.
	DeletionProtection bool
	// PointInTimeRecovery backs it up continuously.
	PointInTimeRecovery bool
	// AccountKey encrypts it with the account's key for DynamoDB, whose uses are billed
	// and logged, instead of a key that AWS owns.
	AccountKey bool
	// Tags of the table.
	Tags map[string]string
}

// ItemsTable is a table on demand, encrypted, whose items expire.
type ItemsTable struct {
	Construct
	Table awsdynamodb.Table
}

// NewItemsTable makes the table; without props, one like config.ItemsTable.
func NewItemsTable(scope Construct, id string, props *ItemsTableProps) *ItemsTable {
	props = given(props)
	this := cdk.NewConstruct(scope, jsii.String(id))
	tag(this, props.Tags)
	definition := props.Table
	if len(definition.Keys) == 0 {
		definition = config.ItemsTable()
	}
	table := &awsdynamodb.TableProps{
		TableName:           optional(props.Name),
		BillingMode:         awsdynamodb.BillingMode(definition.BillingMode),
		TimeToLiveAttribute: optional(definition.TimeToLiveAttribute),
		Encryption:          awsdynamodb.TableEncryption_DEFAULT,
		DeletionProtection:  jsii.Bool(props.DeletionProtection),
		RemovalPolicy:       awscdk.RemovalPolicy_DESTROY,
	}
	if props.AccountKey {
		table.Encryption = awsdynamodb.TableEncryption_AWS_MANAGED
	}
	if props.RetainData {
		table.RemovalPolicy = awscdk.RemovalPolicy_RETAIN
	}
	if props.PointInTimeRecovery {
		table.PointInTimeRecoverySpecification = &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)}
	}
	types := map[string]awsdynamodb.AttributeType{
		"S": awsdynamodb.AttributeType_STRING, "N": awsdynamodb.AttributeType_NUMBER, "B": awsdynamodb.AttributeType_BINARY,
	}
	for _, key := range definition.Keys {
		attribute := &awsdynamodb.Attribute{Name: jsii.String(key.Attribute)}
		for _, a := range definition.Attributes {
			if a.Name == key.Attribute {
				attribute.Type = types[a.Type]
			}
		}
		if key.Type == "RANGE" {
			table.SortKey = attribute
		} else {
			table.PartitionKey = attribute
		}
	}
	return &ItemsTable{Construct: this, Table: awsdynamodb.NewTable(this, jsii.String("Resource"), table)}
}

// GrantItems allows the five operations of the Items API on this table, and
// nothing else: no batches, no queries, no description of the table.
func (t *ItemsTable) GrantItems(grantee awsiam.IGrantable) {
	t.Table.Grant(grantee, *jsii.Strings(
		"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan", "dynamodb:UpdateItem")...)
}
