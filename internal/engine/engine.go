// Package engine is Lambda on this machine: it starts a function's runtime in a
// sandbox, speaks the Runtime API 2018-06-01 to it, and gives it the limits, the
// life cycle, the clocks and the words that Lambda would give it.
//
// It refuses to know HTTP events, benchmarks or languages: what starts a runtime
// is data in Function. It refuses to smooth things over: what a function does
// wrong is answered as Lambda answers it, and a figure that this machine cannot
// know is not made up.
//
//	host, err := sandbox.Open(ctx, sandbox.Options{})
//	e := engine.New(engine.OnHost(host), engine.Options{})
//	env, err := e.Start(ctx, engine.Function{
//		Name: "hello", Handler: "bootstrap", LambdaRuntime: "provided.al2023",
//		Command: []string{"./bootstrap"}, CodeDir: dir, MemoryMB: 1769,
//	})
//	defer env.Close()
//	invocation, err := env.Invoke(ctx, engine.Request{Payload: []byte(`{}`)})
package engine

import (
	"context"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
)

// Starter makes sandboxes. OnHost makes one of a sandbox.Host.
type Starter interface {
	Start(ctx context.Context, s sandbox.Spec) (Box, error)
	Namespaces() bool // false: no Mounts; Dir and Env must name true paths
	PrivateNetwork() bool
	RunDir() string // where folders of environments are made
}

// Box is what the engine uses of a sandbox.Box, all of it: the methods are
// documented there.
type Box interface {
	Started() time.Time
	LimitCPU(cpus float64) error
	Freeze() error
	Thaw() error
	CPU() (user, system time.Duration, err error)
	Memory() (sandbox.Memory, error)
	Reads() (sandbox.Reads, error)
	Done() <-chan struct{}
	Exit() sandbox.Exit
	Kill() error
	Signal(s syscall.Signal) error
	Release(ctx context.Context) error
	CompanionEnded(number int) sandbox.Exit
	Dial(ctx context.Context, port int) (net.Conn, error)
}

// OnHost lets an engine use a real sandbox.
func OnHost(h *sandbox.Host) Starter { return onHost{h} }

type onHost struct{ *sandbox.Host }

func (h onHost) Start(ctx context.Context, s sandbox.Spec) (Box, error) {
	box, err := h.Host.Start(ctx, s)
	if err != nil {
		return nil, err
	}
	return box, nil
}

// LogFormat is the function's logging configuration.
type LogFormat string

// Lambda's two log formats. Text is the default.
const (
	Text LogFormat = "Text"
	JSON LogFormat = "JSON"
)

// Function is what Lambda calls a function's configuration.
type Function struct {
	Name          string // as in its ARN
	Version       string // default $LATEST
	Handler       string // _HANDLER
	LambdaRuntime string // e.g. provided.al2023
	Architecture  string // x86_64 or arm64: must be this machine's; "" is

	// Command and ClientEnv start the runtime's client. ${LAMBDA_TASK_ROOT},
	// ${_HANDLER} and the other variables of the environment are expanded in
	// both. "./x" is relative to the code.
	Command   []string
	ClientEnv map[string]string
	// Wrapped is Command where AWS_LAMBDA_EXEC_WRAPPER names a wrapper script, which
	// takes the place of the word ${WRAPPER}. Without it the variable is one like others.
	Wrapped []string
	// Extended are variables of ClientEnv that the user's do not replace but extend.
	Extended []string
	// Paths are files and folders of this machine that the function must be able to
	// read under their own names: its runtime's client, its interpreter.
	Paths []string
	// Covers are files and folders of this machine that the function sees in the place of
	// others, or where there is nothing: by the name that it sees. Without namespaces
	// nothing is covered.
	Covers map[string]string
	// ExecutionEnvironment is AWS_EXECUTION_ENV; "" leaves it unset, as for a
	// runtime that is the operating system only.
	ExecutionEnvironment string

	CodeDir string // the unpacked zip, see Unpack
	// Layers are the unpacked layers, in order: what they hold is merged read-only under
	// /opt, where of two files of one name the later layer's is seen. Several of them must
	// be on the file system of the run folder.
	Layers []string
	// ColdCode has the code and all Paths read from the disk at each start, as where
	// nobody has started them before, and counts what is read.
	ColdCode bool
	Env      map[string]string // the user's variables; they win over ClientEnv

	// PerEnvironment gives every environment what is its own. private says that
	// its network is, too. Optional.
	PerEnvironment func(id string, private bool) (Own, error)
	// HostNetwork gives the function this machine's network instead of one that
	// has nothing but its own ports.
	HostNetwork bool

	MemoryMB    int           // default 1769; 128 to 10240
	TempMB      int           // size of /tmp where it is the environment's own; default 512, up to 10240
	Timeout     time.Duration // default 3 s, as Lambda's; up to 900 s
	InitTimeout time.Duration // default 10 s
	Concurrency int           // of a Pool; default 1

	SnapStart bool      // initialization type snap-start: a restore is modelled, no snapshot is made
	LogFormat LogFormat // default Text
	Logs      io.Writer // everything that CloudWatch would get; nil: discarded
}

// Own is what an environment has for itself.
type Own struct {
	Env   map[string]string
	Ports []sandbox.Port // in a private network; served anew when the runtime is started again
	// Connects are ports of this machine that it must reach where its network is
	// not private.
	Connects []int
	Close    func() // gives it all back; may be nil
}

// Options of an Engine. The zero value is what a program wants.
type Options struct {
	// NoFreezer lets environments run on between invocations. Only for
	// benchmarks of the engine itself.
	NoFreezer bool
	// FreezeAfter is how long a runtime waits for an event before it is frozen;
	// default DefaultFreezeAfter.
	FreezeAfter time.Duration
	// Region and Account appear in variables and ARNs. Default us-east-1 and
	// 123456789012.
	Region, Account string
	// Now and NewID (a UUID) are for tests.
	Now   func() time.Time
	NewID func() string
}

// Init is what an environment's init took. For an environment whose first init
// failed it is that of the failed one.
type Init struct {
	Wall    time.Duration // spawn until the first GET …/invocation/next
	CPU     time.Duration // user + system, all processes
	Memory  sandbox.Memory
	Restore time.Duration // with SnapStart: the modelled restore, after Wall
	Err     *InitError    // nil: it went well
}

// Request is one event.
type Request struct {
	Payload         []byte // JSON; at most MaxRequestBytes
	RequestID       string // default: a new UUID
	ClientContext   string // JSON, as the function sees it
	CognitoIdentity string // JSON
	TraceID         string // X-Ray header; default: a new, unsampled one
	// Stream takes the answer in place of Invocation.Payload: in parts, as a function
	// that streams sends them, or in one part. An error is in the Invocation still. It
	// must not block for ever, and is not called any more when Invoke has come back.
	Stream runtimeapi.Sink
	// Answered hears of the answer when the function has given it, as a caller does on
	// Lambda: what runtime and extensions do until they ask for the next event is not
	// waited for. Of the Invocation it has RequestID, Payload, FunctionError, ErrorType
	// and Cold. It is called at most once, from within Invoke, which comes back
	// with the whole Invocation later; not at all for a function that crashed, timed out,
	// streamed, or answered with too much. It must not block.
	Answered func(Invocation)
}

// Invocation is one event's answer with its clocks.
type Invocation struct {
	RequestID     string
	Payload       []byte // the answer, unless Request.Stream took it, or the error as Lambda words it
	FunctionError string // "" or Unhandled
	ErrorType     string // e.g. Runtime.ExitError or Sandbox.Timedout; "" without FunctionError
	Cold          bool   // carries an init of its own: the first of its environment
	Crashed       bool   // the runtime has gone; the next Invoke inits again
	Extension     string // the path of the external extension whose end that was, "" if none's

	Response time.Duration // event out until /response was read; 0 without one
	// FirstByte is from the event out until the first byte of a response that was
	// streamed; 0: it was not, or it was empty. ContentType is what its function gave it.
	FirstByte   time.Duration
	ContentType string
	Duration    time.Duration // event out until the next /next; includes InitAgain
	// InitAgain is the time that a repeated init took inside this call, after
	// an earlier one failed or the runtime crashed; 0 if there was none.
	InitAgain time.Duration
	CPU       time.Duration // user + system, all processes, of this invocation
	Memory    sandbox.Memory
	Reads     sandbox.Reads // with ColdCode, of a cold one: of init and this invocation

	Report  report.Line
	LogTail []byte // the last 4 KB of this invocation's log
}

// InitError is a failed init in Lambda's words.
type InitError struct {
	Type    string // e.g. Runtime.ExitError, Sandbox.Timedout or what the runtime posted
	Message string // errorMessage
	Payload []byte // the JSON that a caller would get
	Status  string // of INIT_REPORT: timeout or error
	LogTail []byte // the last 4 KB of the environment's log
	// Extension is the path of the external extension that ended, "" if none did.
	Extension string
}

func (e *InitError) Error() string { return "init: " + e.Type + ": " + e.Message }

// Hint says where to look.
func (e *InitError) Hint() string {
	return "the function's own output has the reason; its log shows it"
}
