package dynamodb

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// Kind says which database.
type Kind string

// The kinds of database.
const (
	// Builtin is the default: bench's own, in memory, with nothing to install. It
	// knows the operations of the API's store, and refuses others.
	Builtin Kind = "builtin"
	// Dynalite knows most of DynamoDB: free, in memory, on Node.js.
	Dynalite Kind = "dynalite"
	// Dynoxide knows nearly all of DynamoDB: free, in memory, a program that the
	// user has installed. Print its Notice.
	Dynoxide Kind = "dynoxide"
	// Local is Amazon's DynamoDB Local, in memory, on Java. Print its Notice.
	Local Kind = "local"
	// Endpoint is a database that somebody else started.
	Endpoint Kind = "endpoint"
)

// Kinds are those that Start starts by name.
var Kinds = []Kind{Builtin, Dynalite, Dynoxide, Local}

// Tools are the programs that a kind of database needs on this machine. The
// built-in one needs none.
func Tools(k Kind) []config.Tool {
	return map[Kind][]config.Tool{
		Dynalite: {nodeTool, npmTool},
		Dynoxide: {dynoxideTool},
		Local:    {javaTool, mavenTool},
	}[k]
}

// Options say which database, and where its files may lie.
type Options struct {
	// Kind is Builtin if empty, or Endpoint if there is an Endpoint.
	Kind Kind
	// Endpoint is the URL for the kind Endpoint: http(s)://host[:port]. On a
	// loopback address the table is made if it is missing, and dummy
	// credentials are used; it is left there by Close. Anywhere else the table
	// must exist, nothing but the warm-up's reads is asked of the database by
	// this package, and credentials are those of the AWS SDK's default chain.
	Endpoint string
	// Port is the one to listen on; 0 is any free one.
	Port int
	// CacheDir is where dynalite or DynamoDB Local is installed once.
	CacheDir string
	// TableName is the items table of the environment "dev" if empty, Table the
	// one definition in config if it has no keys.
	TableName string
	Table     config.Table
	// Find finds interpreters; nil: toolchain.Find.
	Find func(context.Context, config.Tool) (toolchain.Found, error)
	// Progress hears about slow steps (the one installation). May be nil.
	Progress func(step string)
}

// Description is what a result says about the database.
type Description struct {
	Kind     Kind   `json:"kind"`
	Name     string `json:"name"`
	Version  string `json:"version,omitempty"`
	Runtime  string `json:"runtime,omitempty"`
	Endpoint string `json:"endpoint"`
}

// Database is one that runs, with the table in it.
type Database struct {
	description Description
	table       string
	scratch     string   // removed by Close; "" if there is none
	process     *process // nil for the kind Endpoint
	client      *client
	closing     sync.Once
	closed      chan struct{}
}

// startTimeout bounds a start (not an installation): 0.25 s is usual for
// dynalite, 4 s for DynamoDB Local, more on a loaded machine.
const startTimeout = 30 * time.Second

// Start starts the database, or connects to it, and returns once its table
// answers and is ACTIVE.
func Start(ctx context.Context, o Options) (*Database, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	switch o.Kind {
	case Builtin:
		return startChild(ctx, o, builtinCommand)
	case Dynalite:
		return startChild(ctx, o, dynaliteCommand)
	case Dynoxide:
		return startChild(ctx, o, dynoxideCommand)
	case Local:
		return startChild(ctx, o, localCommand)
	default:
		return connect(ctx, o)
	}
}

func (o Options) withDefaults() (Options, error) {
	if o.Kind == "" {
		o.Kind = Builtin
		if o.Endpoint != "" {
			o.Kind = Endpoint
		}
	}
	const known = "known databases: builtin, dynalite, dynoxide, local, endpoint"
	switch {
	case slices.Contains(Kinds, o.Kind):
		if o.Endpoint != "" {
			return o, fault.Usage("leave the endpoint out, or leave the kind out", "the database %s is started here, so it takes no endpoint, got %q", o.Kind, o.Endpoint)
		}
	case o.Kind == Endpoint:
		if _, err := parseEndpoint(o.Endpoint); err != nil {
			return o, err
		}
	default:
		return o, fault.Usage(known, "unknown database %q", o.Kind)
	}
	if o.Port < 0 || o.Port > 65535 {
		return o, fault.Usage("use 0 for any free port", "database port %d: want 0 to 65535", o.Port)
	}
	if o.TableName == "" {
		o.TableName = config.ItemsTableName(config.Dev)
	}
	if len(o.Table.Keys) == 0 {
		o.Table = config.ItemsTable()
	}
	if o.Find == nil {
		o.Find = toolchain.Find
	}
	return o, nil
}

// startChild starts a database of ours. Where a free port was chosen for a
// program that can't choose itself, somebody may have been faster: it gets
// three tries.
func startChild(ctx context.Context, o Options, prepare func(context.Context, Options) (launch, error)) (*Database, error) {
	var err error
	for range 3 {
		var l launch
		if l, err = prepare(ctx, o); err != nil {
			return nil, err
		}
		var db *Database
		if db, err = run(ctx, o, l); err == nil {
			return db, nil
		}
		if !portTaken(err) {
			return nil, err
		}
		if o.Port != 0 {
			return nil, fault.New("name another port, or 0 for any free one", "start %s on port %d: %w", l.description.Name, o.Port, err)
		}
	}
	return nil, err
}

func portTaken(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "eaddrinuse") || strings.Contains(text, "already in use")
}

// launch is a database that can be started.
type launch struct {
	command     *exec.Cmd
	description Description // without an endpoint where the program tells it
	scratch     string      // a folder to remove afterwards, "" if there is none
}

func run(ctx context.Context, o Options, l launch) (*Database, error) {
	d := l.description
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	child, err := startProcess(l.command)
	if err != nil {
		os.RemoveAll(l.scratch)
		return nil, err
	}
	if d.Endpoint == "" {
		if d.Endpoint, err = child.announced(ctx); err != nil {
			child.kill()
			os.RemoveAll(l.scratch)
			return nil, fmt.Errorf("start %s: %w", d.Name, err)
		}
	}
	db := newDatabase(o, d)
	db.process, db.scratch = child, l.scratch
	db.client = localClient(d.Endpoint)
	if err := db.ready(ctx, o); err != nil {
		db.Close()
		return nil, fmt.Errorf("start %s: %w", d.Name, err)
	}
	return db, nil
}

// ready asks until the database answers, then makes the table.
func (db *Database) ready(ctx context.Context, o Options) error {
	for {
		err := db.client.ping(ctx, db.table)
		if err == nil {
			return db.client.ensureTable(ctx, db.table, o.Table)
		}
		select {
		case <-db.process.done:
			return db.process.err
		case <-ctx.Done():
			return fmt.Errorf("wait for the first answer: %w: %w%s", ctx.Err(), err, lastWords(db.process.stderr.bytes()))
		case <-time.After(pollInterval):
		}
	}
}

func connect(ctx context.Context, o Options) (*Database, error) {
	db := newDatabase(o, Description{Kind: Endpoint, Name: "endpoint", Endpoint: strings.TrimSuffix(o.Endpoint, "/")})
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var err error
	if isLoopback(o.Endpoint) {
		db.client = localClient(db.description.Endpoint)
		err = db.client.ensureTable(ctx, db.table, o.Table)
	} else {
		if db.client, err = remoteClient(ctx, db.description.Endpoint); err != nil {
			return nil, err
		}
		err = db.client.checkTable(ctx, db.table, o.Table)
	}
	if err != nil {
		return nil, fault.New(orElse(fault.Hint(err), "is a DynamoDB listening there?"), "use the database at %s: %w", o.Endpoint, err)
	}
	return db, nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// isLoopback tells whether a URL names this machine beyond doubt: by the name
// localhost, or by an address that never leaves it.
func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (ip != nil && ip.IsLoopback())
}

func newDatabase(o Options, d Description) *Database {
	return &Database{description: d, table: o.TableName, closed: make(chan struct{})}
}

// Endpoint is the database's URL. Give functions a tap's instead.
func (db *Database) Endpoint() string { return db.description.Endpoint }

// Client is the SDK's own, straight to the database, with the credentials that
// go with it.
func (db *Database) Client() *dynamodb.Client { return db.client.Client }

// TableName is the table that the database has been given.
func (db *Database) TableName() string { return db.table }

// Describe says what the database is.
func (db *Database) Describe() Description { return db.description }

// PID is the process group of a database started here, for a guard that kills
// it should this program die; 0 where there is none.
func (db *Database) PID() int {
	if db.process == nil {
		return 0
	}
	return db.process.command.Process.Pid
}

// Done is closed when a database started here has ended, be it by Close. It
// is never closed for the kind Endpoint.
func (db *Database) Done() <-chan struct{} {
	if db.process == nil {
		return nil
	}
	return db.process.done
}

// Err is nil while the database runs and after Close. Where it ended by
// itself, Err says how, with what it last wrote to standard error.
func (db *Database) Err() error {
	select {
	case <-db.closed:
		return nil
	default:
	}
	select {
	case <-db.Done():
		return db.process.err
	default:
		return nil
	}
}

// Close ends a database started here, with all it holds, and waits until it is
// gone. It can be called more than once. A database of the kind Endpoint is
// left as it is.
func (db *Database) Close() error {
	db.closing.Do(func() {
		if db.Err() == nil {
			close(db.closed)
		}
		db.client.close()
		if db.process != nil {
			db.process.kill()
		}
		os.RemoveAll(db.scratch)
	})
	return nil
}
