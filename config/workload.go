package config

import "time"

const (
	// DefaultMemoryMB is where Lambda gives one full vCPU.
	DefaultMemoryMB = 1769
	// DefaultArchitecture is what is built and compared unless asked otherwise.
	DefaultArchitecture = X8664
	// MinMemoryMB and MaxMemoryMB are Lambda's limits.
	MinMemoryMB = 128
	MaxMemoryMB = 10240
	// FunctionTimeout leaves room for three attempts of 8 s at the database and
	// stays below the 29 s of API Gateway.
	FunctionTimeout = 28 * time.Second
	// DatabaseAttemptTimeout is one attempt of the SDK's three.
	DatabaseAttemptTimeout = 8 * time.Second
	// ItemTTLDays is how long an item lives: ITEM_TTL_DAYS.
	ItemTTLDays = 7
	// MaxUnpackedBytes is Lambda's limit for the unpacked code: 250 MiB.
	MaxUnpackedBytes = 250 << 20
)

// Operation is one call of the API.
type Operation string

// The operations of the workload's mix.
const (
	Create Operation = "create" // POST /items
	Read   Operation = "read"   // GET /items/{id}
	List   Operation = "list"   // GET /items
	Update Operation = "update" // PUT /items/{id}
	Delete Operation = "delete" // DELETE /items/{id}
)

// Share is an operation's part of the mix, in percent.
type Share struct {
	Operation Operation
	Percent   int
}

// SLO is the objective that a load step must hold.
type SLO struct {
	Percentile float64
	Latency    time.Duration
}

// Load sizes the open-loop load of one configuration. Without steps there is
// none.
type Load struct {
	// WarmUp is sent back to back to a new environment first, and not counted:
	// just-in-time compilers settle, and the first rate is guessed from it.
	WarmUp time.Duration
	// Step is the length of one rate's schedule. At a low rate it is stretched
	// for the calls that a p99 needs, up to LongestStep.
	Step, LongestStep time.Duration
	// Steps is the most rates that are tried.
	Steps int
	// Precision is how near the highest rate that holds the objective and the
	// lowest that doesn't shall be.
	Precision float64
	// Late is how far behind its schedule a call may leave.
	Late time.Duration
	// LateShare is the highest share of calls that leave late or not at all.
	LateShare float64
}

// Workload is the benchmark's sizes.
type Workload struct {
	// Environments per runtime and memory size; TunedEnvironments for a tuned
	// variant that stands beside the stock one, LayerEnvironments for the layers
	// below the API.
	Environments, TunedEnvironments, LayerEnvironments int
	// WarmCalls of each environment after its first call.
	WarmCalls int
	// Pacing is the pause between the calls of one environment.
	Pacing time.Duration
	// Mix adds up to 100 percent.
	Mix          []Share
	SLO          SLO
	Load         Load
	MemoryMB     int
	Architecture string
}

// Defaults returns the workload of `bench local` without flags. 36 environments
// are what a 95 % interval of the 90th percentile needs.
func Defaults() Workload {
	return Workload{
		Environments:      36,
		TunedEnvironments: 12,
		LayerEnvironments: 6,
		WarmCalls:         60,
		Pacing:            5 * time.Millisecond,
		Mix: []Share{
			{Create, 20}, {Read, 50}, {List, 10}, {Update, 10}, {Delete, 10},
		},
		SLO: SLO{Percentile: 99, Latency: 100 * time.Millisecond},
		Load: Load{
			WarmUp: 2 * time.Second, Step: 4 * time.Second, LongestStep: 16 * time.Second, Steps: 8,
			Precision: 0.05, Late: 10 * time.Millisecond, LateShare: 0.001,
		},
		MemoryMB:     DefaultMemoryMB,
		Architecture: DefaultArchitecture,
	}
}
