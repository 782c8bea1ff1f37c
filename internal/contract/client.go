package contract

import (
	"context"
	"net/http"
)

// Level is where a case holds.
type Level string

// The levels.
const (
	// Event: a function that is handed proxy events.
	Event Level = "event"
	// HTTP: any HTTP server, be it the application alone or a gateway.
	HTTP Level = "http"
	// AWS: only behind API Gateway, or a gateway that does as it does.
	AWS Level = "aws"
)

// Client brings a request to an implementation.
type Client interface {
	// Do returns an error only where there was no answer.
	Do(ctx context.Context, r Request) (Response, error)
}

// Request is what a case sends.
type Request struct {
	Method string
	// Path is the raw path, beginning with "/", and Query the raw query
	// without the "?". Both go out as they are.
	Path, Query string
	Header      http.Header
	Body        []byte
	// Base64 asks for an event whose body is base64, and SourceIP for the
	// caller's address. Only clients of the level Event know them.
	Base64   bool
	SourceIP string
}

// Response is what came back. Header has the function's own headers only:
// clients leave out what the transport adds.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Rows looks into the table behind an implementation, and writes what the API
// itself cannot. Cases that need it are skipped where there is none.
type Rows interface {
	// Get returns nil where there is no such row.
	Get(ctx context.Context, id string) (Row, error)
	Put(ctx context.Context, row Row) error
	Delete(ctx context.Context, id string) error
}

// Row is a row of the items table.
type Row map[string]Attribute

// Attribute is a value of a row: Type is "S" or "N".
type Attribute struct{ Type, Value string }

// Faults spoils the database behind an implementation, and counts what it is
// asked. Cases that need it are skipped where there is none.
type Faults interface {
	// Set replaces all faults, and begins to count anew.
	Set(faults []Fault) error
	// Attempts returns the operations asked for since Set or the last Attempts,
	// each as often as it was tried.
	Attempts() []string
}

// Fault is one way to spoil the database. Its words are those of the case
// files; see api/contract.schema.json.
type Fault struct {
	Operation string `yaml:"operation"` // "" means any
	Kind      string `yaml:"kind"`
	From      int    `yaml:"from"`   // the first attempt, from 1; 0 is 1
	Count     int    `yaml:"count"`  // attempts in a row; 0 means all
	HoldMs    int    `yaml:"holdMs"` // of a slow answer
}
