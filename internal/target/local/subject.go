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

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract/contractdb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// verifyAttemptTimeout shortens the SDK's attempts, so that a slow database is
// met three times in some seconds instead of half a minute.
const verifyAttemptTimeout = 2500 * time.Millisecond

// Subject is one function that is held to the contract: one environment at a
// time, with the database's faults in the suite's hands. It is not safe for
// concurrent use, but several of a lab may be in use at the same time where each
// has a table of its own, see Lab.Apart.
type Subject struct {
	lab      *Lab
	function engine.Function
	tap      *dynamodb.Tap
	rows     contractdb.Rows

	env    *engine.Environment
	port   *dynamodb.Port
	faults []dynamodb.Fault
}

// Apart reports whether each Subject has a table of its own. In a database that
// is somebody else's no tables are made.
func (l *Lab) Apart() bool { return l.options.Database.Kind != dynamodb.Endpoint }

// Subject prepares c for the contract suite. Close it.
func (l *Lab) Subject(ctx context.Context, c target.Config) (*Subject, error) {
	function, err := l.Prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	attempts(function, verifyAttemptTimeout)
	rows := l.rows(config.ItemsTableName(config.Dev))
	if l.Apart() {
		if rows, err = l.table(ctx, "contract-"+c.Runtime.Name+"-"+c.Variant); err != nil {
			return nil, err
		}
		replace(function, "TABLE_NAME", rows.Table)
	}
	tap, err := dynamodb.NewTap(l.database.Endpoint(), dynamodb.TapOptions{Record: true, Certificate: l.options.Tap.Certificate})
	if err != nil {
		return nil, err
	}
	return &Subject{lab: l, function: function, tap: tap, rows: rows}, nil
}

// Patient gives the function all the time for a database that a loaded machine
// makes slow. It is for those that are not met with faults.
func (s *Subject) Patient() {
	attempts(s.function, config.DatabaseAttemptTimeout)
}

// attempts sets how long one attempt at the database may take.
func attempts(f engine.Function, limit time.Duration) {
	replace(f, "DYNAMODB_ATTEMPT_TIMEOUT_MS", strconv.FormatInt(limit.Milliseconds(), 10))
}

// replace gives a variable another value, if the function has it: a guest may not.
func replace(f engine.Function, name, value string) {
	if _, ok := f.Env[name]; ok {
		f.Env[name] = value
	}
}

// Rows looks into the function's table past the tap.
func (s *Subject) Rows() contract.Table { return s.rows }

// Invoke hands the function an event; a contract.EventClient calls it.
func (s *Subject) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if err := s.ensure(ctx); err != nil {
		return nil, err
	}
	answer, err := s.env.Invoke(ctx, engine.Request{Payload: event})
	if err != nil {
		return nil, errors.Join(err, s.Fresh(ctx))
	}
	if answer.FunctionError != "" { // the environment may be dead now
		return nil, errors.Join(fmt.Errorf("the function failed: %s", answer.Payload), s.Fresh(ctx))
	}
	return answer.Payload, nil
}

func (s *Subject) ensure(ctx context.Context) error {
	if s.env != nil {
		return nil
	}
	env, port, err := spawn(ctx, s.lab.engine.Start, s.tap, s.function)
	if err != nil {
		return err
	}
	s.env, s.port = env, port
	// What a primed variant asks of the database in its init is no request's doing,
	// and must not use up a fault that is meant for one.
	port.TakeAttempts()
	return port.SetFaults(s.faults...)
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

// table makes one of that name in the lab's database.
func (l *Lab) table(ctx context.Context, name string) (contractdb.Rows, error) {
	own, err := dynamodb.Start(ctx, dynamodb.Options{Kind: dynamodb.Endpoint, Endpoint: l.database.Endpoint(), TableName: name})
	if err != nil {
		return contractdb.Rows{}, err
	}
	// The database itself runs on.
	return l.rows(name), own.Close()
}

func (l *Lab) rows(table string) contractdb.Rows {
	return contractdb.Rows{Table: table, Client: sdk.New(sdk.Options{
		Region:       dynamodb.LocalRegion,
		BaseEndpoint: aws.String(l.database.Endpoint()),
		Credentials:  credentials.NewStaticCredentialsProvider(dynamodb.LocalAccessKeyID, dynamodb.LocalSecretAccessKey, ""),
	})}
}
