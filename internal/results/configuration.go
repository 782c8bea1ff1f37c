package results

// Configuration is runtime × variant × memory × architecture, and what came of
// measuring it.
type Configuration struct {
	Runtime      string        `json:"runtime"`
	Variant      string        `json:"variant"`
	Memory       int           `json:"memory,omitempty"`   // MB; 0: not known
	Arch         string        `json:"arch,omitempty"`     // x86_64 or arm64; "": not known
	Artifact     string        `json:"artifact,omitempty"` // Artifact.ID; absent when there was none
	Status       Status        `json:"status"`
	Reason       string        `json:"reason,omitempty"` // a sentence; wanted unless measured
	Planned      int           `json:"planned"`          // environments asked for
	Environments []Environment `json:"environments"`     // in the order they were started
	Rejected     []Rejection   `json:"rejected"`
	Load         []LoadStep    `json:"load"`                 // in the order they were tried
	LoadReason   string        `json:"loadReason,omitempty"` // a sentence: why the load that was asked for has no result
	Windows      []Window      `json:"windows,omitempty"`    // of a load test, ascending
	Connections  *Connections  `json:"connections,omitempty"`
}

// Key names the configuration.
func (c *Configuration) Key() string { return Key(c.Runtime, c.Variant, c.Memory, c.Arch) }

// Status is what became of a configuration.
type Status string

// The statuses. All but Measured carry a reason; Failed and Interrupted may
// carry environments as well.
const (
	Measured      Status = "measured"
	Failed        Status = "failed"         // gate, init, timeout or out of memory: a result too
	Missing       Status = "missing"        // asked for, not run, and not known why
	Unavailable   Status = "unavailable"    // its toolchain or interpreter is not there
	NotMeasurable Status = "not-measurable" // here, such as a restore from a snapshot locally
	Stopped       Status = "interrupted"    // the run ended before its samples were complete
)

// Environment is one execution environment: the unit of replication.
type Environment struct {
	ID         string               `json:"id"`    // unique in the document
	Block      int                  `json:"block"` // of the schedule, from 0
	Kind       ColdKind             `json:"kind"`
	Init       Init                 `json:"init"`
	FirstCall  FirstCall            `json:"firstCall"`
	Memory     EnvironmentMemory    `json:"memory"`
	Reads      *Reads               `json:"reads,omitempty"` // by init and first call, of the kind Disk
	Burst      *Burst               `json:"burst,omitempty"` // that made it, and those behind it in its block that have none
	Operations map[string]Operation `json:"operations"`      // warm calls by operation
	Curve      []CurvePoint         `json:"curve"`           // warm calls in order, the first MaxCurve at most
}

// MaxCurve is how many calls of an environment are kept one by one.
const MaxCurve = 1000

// ColdKind is how an environment came to be; kinds are never mixed.
type ColdKind string

// The kinds of cold start. Locally there are Spawn, with the code in the machine's
// memory, and Disk, with the code on its disk. In AWS they are behind a change of the
// configuration, behind a long wait, in a burst over the warm environments, from the
// snapshot of a version that has just been published, or of one that has aged, and, by
// provisioned concurrency, ahead of all calls.
const (
	Spawn        ColdKind = "spawn"
	Disk         ColdKind = "disk"
	Forced       ColdKind = "forced"
	Idle         ColdKind = "idle"
	ScaleOut     ColdKind = "scale-out"
	Restored     ColdKind = "restored"
	RestoredAged ColdKind = "restored-aged"
	Provisioned  ColdKind = "provisioned"
)

// KindsInAWS are those that there are in AWS.
func KindsInAWS() []ColdKind {
	return []ColdKind{Forced, ScaleOut, Idle, Restored, RestoredAged, Provisioned}
}

// FromSnapshot tells whether the kind calls published versions with SnapStart.
func (k ColdKind) FromSnapshot() bool { return k == Restored || k == RestoredAged }

// Publishes tells whether the kind calls versions that the run has published.
func (k ColdKind) Publishes() bool { return k.FromSnapshot() || k == Provisioned }

// AwaitedMs is how long the first call waited for the init: not at all where that was
// made ahead of it.
func (e *Environment) AwaitedMs() float64 {
	if e.Kind == Provisioned {
		return 0
	}
	return e.Init.WallMs
}

// Burst is what became of the calls of a burst. Its first that was cold is the
// environment's first call or, where workers sent it, each is one of another
// environment; which of them would answer another call can't be told, so that there are
// no warm ones.
type Burst struct {
	Workers   int `json:"workers,omitempty"` // that sent it; 0: this machine did
	Calls     int `json:"calls"`             // that left at once
	Cold      int `json:"cold"`              // by their own report
	Warm      int `json:"warm"`              // by their own report
	Throttled int `json:"throttled"`         // not run
	Refused   int `json:"refused"`           // neither known: a fault of the service, or no report
}

// BurstCalls is how many calls left at once for the cold starts of a kind; 0: one for each.
func (c *Configuration) BurstCalls(kind ColdKind) int {
	for i := range c.Environments {
		if e := &c.Environments[i]; e.Kind == kind && e.Burst != nil {
			return e.Burst.Calls
		}
	}
	return 0
}

// Init is spawn (or INIT_START, or the restore) until the first request for
// work.
type Init struct {
	WallMs float64  `json:"wallMs"`
	CPUMs  *float64 `json:"cpuMs,omitempty"` // user and system, all processes
	// Extensions is how many took part, internal ones too: they are in all figures.
	Extensions int `json:"extensions,omitempty"`
}

// Times are the clocks of one call. Warm latency ranks by ResponseMs locally
// and by ClientMs in AWS; cost uses DurationMs.
type Times struct {
	ClientMs   *float64 `json:"clientMs,omitempty"`   // as the caller sees it
	ResponseMs *float64 `json:"responseMs,omitempty"` // event out until the response
	DurationMs *float64 `json:"durationMs,omitempty"` // event out until the next request for work
	CPUMs      *float64 `json:"cpuMs,omitempty"`      // user and system, all processes
	DBMs       *float64 `json:"dbMs,omitempty"`       // of it spent waiting for the database
	// FirstByteMs is event out until the first byte of a streamed response.
	FirstByteMs *float64 `json:"firstByteMs,omitempty"`
}

// FirstCall is an environment's first invocation, always answered without
// error: an environment whose first call failed is a Rejection.
type FirstCall struct {
	Operation string `json:"operation"`
	Times
	// TLSMs is what handshakes with the database took, each from its first byte on;
	// absent where there were none, as where they were made in the init.
	TLSMs *float64 `json:"tlsMs,omitempty"`
	// Client is where its client's time went, over a connection that it had to make.
	Client *Phases `json:"client,omitempty"`
}

// Phases are parts of what a client waits for; they need not add up to it.
type Phases struct {
	DNSMs       *float64 `json:"dnsMs,omitempty"`       // absent: there was no name to look up
	ConnectMs   *float64 `json:"connectMs,omitempty"`   // absent: a connection was there
	TLSMs       *float64 `json:"tlsMs,omitempty"`       // absent: none was needed
	FirstByteMs *float64 `json:"firstByteMs,omitempty"` // from the request sent until the answer's first byte
}

// Reads is what an environment had read from the disk.
type Reads struct {
	MajorFaults int64 `json:"majorFaults"` // pages that it had to wait for
	Bytes       int64 `json:"bytes"`       // with what the kernel reads ahead
}

// EnvironmentMemory is in bytes.
type EnvironmentMemory struct {
	AfterInit     *int64 `json:"afterInit,omitempty"`     // sum of the processes' high-water marks
	Peak          *int64 `json:"peak,omitempty"`          // the same at the end
	AnonAfterInit *int64 `json:"anonAfterInit,omitempty"` // anonymous memory
	Anon          *int64 `json:"anon,omitempty"`          // the same at its highest
}

// Operation holds the warm calls of one operation in one environment.
type Operation struct {
	N      int64 `json:"n"`      // answered as wanted: those in the histograms
	Errors int64 `json:"errors"` // the others; in no histogram
	// Wrong says what was wrong with the first of the others, with its answer's
	// beginning.
	Wrong string `json:"wrong,omitempty"`
	HDR   HDR    `json:"hdr"`
}

// HDR holds one histogram a clock, each of microseconds. See Times.
type HDR struct {
	ClientMs   *Histogram `json:"clientMs,omitempty"`
	ResponseMs *Histogram `json:"responseMs,omitempty"`
	DurationMs *Histogram `json:"durationMs,omitempty"`
	CPUMs      *Histogram `json:"cpuMs,omitempty"`
	DBMs       *Histogram `json:"dbMs,omitempty"`
	// FirstByteMs is of calls whose response was streamed.
	FirstByteMs *Histogram `json:"firstByteMs,omitempty"`
}

// CurvePoint is one warm call by itself.
type CurvePoint struct {
	Index     int    `json:"index"` // 1 is the first call after the cold one
	Operation string `json:"operation"`
	Times
}

// Rejection counts samples that were refused, such as an invocation that should
// have been cold and was not.
type Rejection struct {
	Reason string         `json:"reason"`
	N      int64          `json:"n"`
	Phase  RejectionPhase `json:"phase,omitempty"`
	// Evidence is what the first of them left: the beginning of the wrong answer, or
	// the last lines that the function printed.
	Evidence string `json:"evidence,omitempty"`
}

// RejectionPhase says where a sample was refused: InLoad, or else among the
// cold starts and the warm calls behind them.
type RejectionPhase string

// InLoad is an environment that did not survive a load step.
const InLoad RejectionPhase = "load"
