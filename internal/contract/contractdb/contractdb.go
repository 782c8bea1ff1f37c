// Package contractdb lets the contract look behind an implementation: into the
// rows of its table, and into the tap that its calls go through. It refuses to
// start either.
//
//	options.Rows = contractdb.Rows{Client: db.Client(), Table: db.TableName()}
//	options.Faults = contractdb.Faults{Port: port} // of a tap that records
package contractdb

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
)

// Rows are those of a table. The client must not go through the tap whose calls
// are counted.
type Rows struct {
	Client *sdk.Client
	Table  string
}

// Get reads a row; nil if there is none.
func (r Rows) Get(ctx context.Context, id string) (contract.Row, error) {
	output, err := r.Client.GetItem(ctx, &sdk.GetItemInput{TableName: &r.Table, Key: key(id), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, fmt.Errorf("read the row %s: %w", id, err)
	}
	if output.Item == nil {
		return nil, nil
	}
	return fromItem(output.Item), nil
}

// All returns every row.
func (r Rows) All(ctx context.Context) ([]contract.Row, error) {
	var rows []contract.Row
	pages := sdk.NewScanPaginator(r.Client, &sdk.ScanInput{TableName: &r.Table, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the rows of %s: %w", r.Table, err)
		}
		for _, item := range page.Items {
			rows = append(rows, fromItem(item))
		}
	}
	return rows, nil
}

func fromItem(item map[string]types.AttributeValue) contract.Row {
	row := contract.Row{}
	for name, value := range item {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			row[name] = contract.Attribute{Type: "S", Value: v.Value}
		case *types.AttributeValueMemberN:
			row[name] = contract.Attribute{Type: "N", Value: v.Value}
		default:
			row[name] = contract.Attribute{Type: fmt.Sprintf("%T", value)}
		}
	}
	return row
}

// Put writes a row.
func (r Rows) Put(ctx context.Context, row contract.Row) error {
	item := map[string]types.AttributeValue{}
	for name, a := range row {
		switch a.Type {
		case "S":
			item[name] = &types.AttributeValueMemberS{Value: a.Value}
		case "N":
			item[name] = &types.AttributeValueMemberN{Value: a.Value}
		default:
			return fmt.Errorf("write a row: the attribute %s has the type %q, want S or N", name, a.Type)
		}
	}
	if _, err := r.Client.PutItem(ctx, &sdk.PutItemInput{TableName: &r.Table, Item: item}); err != nil {
		return fmt.Errorf("write a row: %w", err)
	}
	return nil
}

// Delete removes a row, if it is there.
func (r Rows) Delete(ctx context.Context, id string) error {
	if _, err := r.Client.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: &r.Table, Key: key(id)}); err != nil {
		return fmt.Errorf("delete the row %s: %w", id, err)
	}
	return nil
}

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}
}

// Faults are those of a tap's port. The tap must have been made with Record.
type Faults struct{ Port *dynamodb.Port }

// Set replaces the port's faults.
func (f Faults) Set(faults []contract.Fault) error {
	f.Port.TakeAttempts()
	var rules []dynamodb.Fault
	for _, fault := range faults {
		rules = append(rules, dynamodb.Fault{
			Operation: fault.Operation,
			Kind:      dynamodb.FaultKind(fault.Kind),
			From:      fault.From,
			Count:     fault.Count,
			Hold:      time.Duration(fault.HoldMs) * time.Millisecond,
		})
	}
	return f.Port.SetFaults(rules...)
}

// Attempts are the calls since the last time.
func (f Faults) Attempts() []string {
	operations := []string{}
	for _, a := range f.Port.TakeAttempts() {
		operations = append(operations, a.Operation)
	}
	return operations
}
