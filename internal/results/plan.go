package results

import "errors"

// Plan is what was asked for, fixed before the first sample.
type Plan struct {
	Phases []string `json:"phases"` // in order, such as gate, cold, warm, load
	Order  string   `json:"order"`  // how the environments were laid out, such as ShuffledBlocks
	Sizes  Sizes    `json:"sizes"`
	// ColdKinds take turns from block to block, each with all the environments of
	// Sizes; none: Spawn alone.
	ColdKinds []ColdKind `json:"coldKinds,omitempty"`
	Pacing    Pacing     `json:"pacing,omitzero"` // absent: not known
	SLO       SLO        `json:"slo,omitzero"`    // absent: not known
	Mix       []MixShare `json:"mix"`             // in the order of tables
	Families  []Family   `json:"families"`        // who is compared with whom
}

// ShuffledBlocks is the order in which environments of one block were measured in
// turn, so that values of a block can be compared with each other.
const ShuffledBlocks = "shuffled-blocks"

// TimeWindows is the order of a load test, whose windows stand beside each other.
const TimeWindows = "time-windows"

// Sizes are the numbers of samples planned.
type Sizes struct {
	Environments      int      `json:"environments"`      // new environments per configuration
	LayerEnvironments int      `json:"layerEnvironments"` // the same for the layers below the API
	TunedEnvironments int      `json:"tunedEnvironments"` // the same for a variant that stands beside the default one
	WarmCalls         int      `json:"warmCalls"`         // per environment, after its first call
	FixedBy           string   `json:"fixedBy"`           // count or pilot
	Precision         *float64 `json:"precision,omitempty"`
	// Precision is what a pilot aimed at: 0.03 is ±3 % of the median.
	BudgetSeconds *float64 `json:"budgetSeconds,omitempty"` // the run's longest time
	// PilotEnvironments per configuration fixed the sizes; they are not counted.
	PilotEnvironments int `json:"pilotEnvironments,omitempty"`
}

// Pacing is how warm calls follow one another.
type Pacing struct {
	Mode  string  `json:"mode"`  // closed: the next call waits for the answer; open: it does not
	GapMs float64 `json:"gapMs"` // between an answer and the next call
}

// SLO is what a load step must hold.
type SLO struct {
	Percentile float64 `json:"percentile"` // 99 is p99
	ResponseMs float64 `json:"responseMs"` // its limit, from the intended start
	ErrorShare float64 `json:"errorShare"` // highest share of errors, 0 … 1
	LateShare  float64 `json:"lateShare"`  // highest share sent late or dropped, 0 … 1
	// LateMs behind its schedule, a call is late. What it waited for its
	// environment does not count: that is the function's doing.
	LateMs float64 `json:"lateMs,omitempty"`
}

// MixShare is the weight of an operation among the warm calls.
type MixShare struct {
	Operation string `json:"operation"`
	Weight    int    `json:"weight"`
}

// Family is a set of configurations that are compared with each other; the
// intervals of its ratios share one error rate.
type Family struct {
	ID      string     `json:"id"`
	Kind    FamilyKind `json:"kind"`
	Members []string   `json:"members"` // Configuration.Key
}

// FamilyKind says what differs between the members of a family.
type FamilyKind string

// Families of runtimes hold one variant of each at equal kind of variant,
// memory and architecture; families of variants hold one runtime's variants.
const (
	FamilyRuntimes FamilyKind = "runtimes"
	FamilyVariants FamilyKind = "variants"
)

// Host is the machine that ran the functions (local) or called them (aws).
type Host struct {
	CPU           string `json:"cpu"` // model
	Cores         int    `json:"cores"`
	MemoryBytes   int64  `json:"memoryBytes"`
	OS            string `json:"os"` // such as "Debian GNU/Linux 12"
	Kernel        string `json:"kernel"`
	HZ            int    `json:"hz"`            // the kernel's tick; 0 when unknown
	Cgroup        string `json:"cgroup"`        // v1, v2, hybrid or none
	LimitsInForce bool   `json:"limitsInForce"` // CPU and memory are limited as Lambda does
	Freezer       string `json:"freezer"`       // v1, v2 or none
	Namespaces    bool   `json:"namespaces"`    // the code was read-only at its true path
	// Walls are those that held functions back from the machine and from each
	// other; WallsMissing could not be built. Both empty: it was not recorded.
	Walls        []string     `json:"walls,omitempty"`
	WallsMissing []string     `json:"wallsMissing,omitempty"`
	PeriodUs     int          `json:"periodUs"`    // of the CPU quota, microseconds
	VisibleCPUs  int          `json:"visibleCpus"` // that an environment could use
	EngineFloor  *EngineFloor `json:"engineFloor,omitempty"`
	Database     Database     `json:"database"`
}

// EngineFloor is what the engine itself adds to a call: a handler that does
// nothing.
type EngineFloor struct {
	N   int64 `json:"n"`
	HDR HDR   `json:"hdr"`
}

// Database is what stood behind the functions.
type Database struct {
	Kind    string  `json:"kind"` // such as builtin, dynalite, endpoint, service
	Version string  `json:"version"`
	DelayMs float64 `json:"delayMs"` // added to each call by the tap
	TLS     bool    `json:"tls"`     // functions spoke TLS with it, as on AWS
	// Served is what it did for the environments of the run; nil: not recorded.
	Served *Served `json:"served,omitempty"`
}

// Served is what a database did.
type Served struct {
	Ms    *Histogram `json:"ms"`              // by call, from the tap's request to the answer
	CPUMs *float64   `json:"cpuMs,omitempty"` // its process's during all these calls; nil: not known
}

// Add counts what it did at another time.
func (s Served) Add(other Served) (Served, error) {
	sum := Served{Ms: NewHistogram()}
	if err := errors.Join(sum.Ms.Add(s.Ms), sum.Ms.Add(other.Ms)); err != nil {
		return Served{}, err
	}
	if s.CPUMs != nil && other.CPUMs != nil {
		sum.CPUMs = new(*s.CPUMs + *other.CPUMs)
	}
	return sum, nil
}
