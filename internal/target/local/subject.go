package local

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// verifyAttemptTimeout shortens the SDK's attempts, so that a slow database is
// met three times in a few seconds instead of half a minute.
const verifyAttemptTimeout = 1500 * time.Millisecond

// Subject is one function that is held to the contract: one environment at a
// time, with the database's faults in the suite's hands. It is not safe for
// concurrent use.
type Subject struct {
	lab      *Lab
	function engine.Function
	tap      *dynamodb.Tap

	env    *engine.Environment
	port   *dynamodb.Port
	faults []dynamodb.Fault
}

// Subject prepares c for the contract suite. Close it.
func (l *Lab) Subject(ctx context.Context, c target.Config) (*Subject, error) {
	function, err := l.Prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	function.Env["DYNAMODB_ATTEMPT_TIMEOUT_MS"] = strconv.FormatInt(verifyAttemptTimeout.Milliseconds(), 10)
	tap, err := dynamodb.NewTap(l.database.Endpoint(), dynamodb.TapOptions{Record: true})
	if err != nil {
		return nil, err
	}
	return &Subject{lab: l, function: function, tap: tap}, nil
}

// Invoke hands the function an event; a contract.EventClient calls it.
func (s *Subject) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if err := s.ensure(ctx); err != nil {
		return nil, err
	}
	answer, err := s.env.Invoke(ctx, engine.Request{Payload: event})
	if err != nil {
		return nil, err
	}
	if answer.FunctionError != "" {
		return nil, fmt.Errorf("the function failed: %s", answer.Payload)
	}
	return answer.Payload, nil
}

func (s *Subject) ensure(ctx context.Context) error {
	if s.env != nil {
		return nil
	}
	port, err := s.tap.Open()
	if err != nil {
		return err
	}
	if err := port.SetFaults(s.faults...); err != nil {
		return errors.Join(err, port.Close())
	}
	function := s.function
	function.PerEnvironment = func(string) (map[string]string, func(), error) {
		return portVariables(port), closing(port), nil
	}
	env, err := s.lab.engine.Start(ctx, function)
	if err != nil {
		return errors.Join(err, port.Close())
	}
	s.env, s.port = env, port
	return nil
}

// Fresh makes a new environment answer the next event.
func (s *Subject) Fresh(context.Context) error {
	if s.env == nil {
		return nil
	}
	err := s.env.Close()
	s.env, s.port = nil, nil
	return err
}

// Set replaces all faults of the database, and begins to count anew.
func (s *Subject) Set(faults []contract.Fault) error {
	s.faults = nil
	for _, f := range faults {
		s.faults = append(s.faults, dynamodb.Fault{
			Operation: f.Operation, Kind: dynamodb.FaultKind(f.Kind), From: f.From, Count: f.Count,
			Hold: time.Duration(f.HoldMs) * time.Millisecond,
		})
	}
	if s.port == nil {
		return nil
	}
	s.port.TakeAttempts()
	return s.port.SetFaults(s.faults...)
}

// Attempts returns the operations asked of the database since Set or the last
// Attempts.
func (s *Subject) Attempts() []string {
	if s.port == nil {
		return nil
	}
	var operations []string
	for _, attempt := range s.port.TakeAttempts() {
		operations = append(operations, attempt.Operation)
	}
	return operations
}

// Close ends the environment.
func (s *Subject) Close() error {
	return errors.Join(s.Fresh(context.Background()), s.tap.Close())
}

// Rows looks into the items table past the tap.
func (l *Lab) Rows() contract.Rows {
	return rows{table: config.ItemsTableName(config.Dev), client: sdk.New(sdk.Options{
		Region:       dynamodb.LocalRegion,
		BaseEndpoint: aws.String(l.database.Endpoint()),
		Credentials:  credentials.NewStaticCredentialsProvider(dynamodb.LocalAccessKeyID, dynamodb.LocalSecretAccessKey, ""),
	})}
}

type rows struct {
	table  string
	client *sdk.Client
}

func (r rows) Get(ctx context.Context, id string) (contract.Row, error) {
	out, err := r.client.GetItem(ctx, &sdk.GetItemInput{TableName: &r.table, Key: rowKey(id), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, fmt.Errorf("look at row %s: %w", id, err)
	}
	if out.Item == nil {
		return nil, nil
	}
	row := contract.Row{}
	for name, value := range out.Item {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			row[name] = contract.Attribute{Type: "S", Value: v.Value}
		case *types.AttributeValueMemberN:
			row[name] = contract.Attribute{Type: "N", Value: v.Value}
		default:
			row[name] = contract.Attribute{Type: fmt.Sprintf("%T", value)}
		}
	}
	return row, nil
}

func (r rows) Put(ctx context.Context, row contract.Row) error {
	item := map[string]types.AttributeValue{}
	for name, a := range row {
		if a.Type == "N" {
			item[name] = &types.AttributeValueMemberN{Value: a.Value}
		} else {
			item[name] = &types.AttributeValueMemberS{Value: a.Value}
		}
	}
	if _, err := r.client.PutItem(ctx, &sdk.PutItemInput{TableName: &r.table, Item: item}); err != nil {
		return fmt.Errorf("put row %s: %w", row["id"].Value, err)
	}
	return nil
}

func (r rows) Delete(ctx context.Context, id string) error {
	if _, err := r.client.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: &r.table, Key: rowKey(id)}); err != nil {
		return fmt.Errorf("delete row %s: %w", id, err)
	}
	return nil
}

func rowKey(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}
}
