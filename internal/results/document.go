// Package results is the benchmark's memory: the versioned result document
// (results.json), its JSON schema, and loading, saving and merging it. It keeps
// what was measured, raw or as histograms, with everything needed to repeat the
// run; it derives no statistic, prints nothing and knows no runtime by name.
//
//	doc, err := results.Load("results/results.json")
//	for _, c := range doc.Configurations {
//		fmt.Println(c.Key(), c.Status, len(c.Environments))
//	}
//
// Units: a name that ends in Ms is in milliseconds, with three decimals at most
// (use Ms); sizes are in bytes, save a configuration's memory, which is in MB
// of 2^20 bytes as Lambda counts it. A pointer that is nil, and a field that is
// absent, mean "not known here", never zero.
package results

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Schema is the version of the document that this package reads and writes.
const Schema = 1

// Document is one run, or several that were merged.
type Document struct {
	Schema         int             `json:"schema"` // always Schema
	ID             string          `json:"id"`     // unique; a merged one joins its parts with "+"
	Status         RunStatus       `json:"status"`
	Source         Source          `json:"source"`
	Tool           Tool            `json:"tool"`
	Started        time.Time       `json:"started"`        // UTC
	Ended          time.Time       `json:"ended"`          // UTC
	Seed           uint64          `json:"seed,omitempty"` // at most MaxSeed; absent: not known
	Plan           Plan            `json:"plan"`
	Host           Host            `json:"host,omitzero"` // absent: not known
	LoadTest       *LoadTest       `json:"loadTest,omitempty"`
	Traffic        *Traffic        `json:"traffic,omitempty"`
	Runtimes       []Runtime       `json:"runtimes"`
	Artifacts      []Artifact      `json:"artifacts"`
	Gate           []GateResult    `json:"gate"`
	Configurations []Configuration `json:"configurations"`
	Prices         *Prices         `json:"prices,omitempty"` // absent: no cost is known
	Warnings       []string        `json:"warnings"`         // full sentences about the whole run
}

// MaxSeed is the largest seed that a browser reads without loss: 2^53 - 1.
const MaxSeed = 1<<53 - 1

// RunStatus says whether the run came to its end.
type RunStatus string

// A run is complete even if some configurations failed: that is a result too.
const (
	Complete    RunStatus = "complete"
	Interrupted RunStatus = "interrupted"
)

// Source says where the figures come from.
type Source struct {
	Kind    SourceKind `json:"kind"`
	Vantage Vantage    `json:"vantage"`
	Region  string     `json:"region,omitempty"` // AWS region; absent locally
	// Account is the end of the AWS account's number, SDK what called the functions
	// there; both absent locally.
	Account string `json:"account,omitempty"`
	SDK     string `json:"sdk,omitempty"`
}

// SourceKind is the place where the functions ran.
type SourceKind string

// The sources. An imported document was made from a load generator's records.
const (
	Local  SourceKind = "local"
	AWS    SourceKind = "aws"
	Import SourceKind = "import"
	// Monitoring is CloudWatch, of functions that somebody used.
	Monitoring SourceKind = "monitoring"
)

// Vantage is the way in which a function was called; samples of two vantages
// are never compared.
type Vantage string

// Invoke calls the function itself; HTTP goes through the API in front of it.
const (
	Invoke Vantage = "invoke"
	HTTP   Vantage = "http"
)

// Tool is the program that made the document.
type Tool struct {
	Version string `json:"version"`
	Commit  string `json:"commit"` // "" when unknown
}

// Runtime is what a report needs to know about one runtime, from its manifest.
type Runtime struct {
	Name        string    `json:"name"`
	DisplayName string    `json:"displayName"`
	Language    string    `json:"language"`
	Framework   string    `json:"framework"`
	Color       string    `json:"color"` // "#rrggbb"
	Order       int       `json:"order"` // place in tables that are not ranked
	Variants    []Variant `json:"variants"`
}

// Variant is one way to build or configure a runtime.
type Variant struct {
	ID       string      `json:"id"`
	Kind     VariantKind `json:"kind"`
	Class    Class       `json:"class,omitempty"`    // of an API variant; others have none
	Artifact string      `json:"artifact"`           // the artifact's name in the manifest
	Default  bool        `json:"default"`            // the one that stands for the runtime
	Hosting  string      `json:"hosting,omitempty"`  // how it runs in AWS where that sets it apart, such as provisioned
	Settings []Setting   `json:"settings,omitempty"` // in which it departs from its libraries' defaults
	Lines    int         `json:"lines,omitempty"`    // of its own source files, blank ones left out; 0: not known
}

// Class separates API variants by what a reader can expect to get herself.
type Class string

// A stock variant is what a team gets from the libraries as they are published
// and documented; a tuned one is what a specialist gets. They are never ranked
// together.
const (
	Stock Class = "stock"
	Tuned Class = "tuned"
)

// Setting is a departure from what a library does by itself.
type Setting struct {
	What   string `json:"what"`             // as the code spells it
	Why    string `json:"why"`              // a sentence
	Source string `json:"source,omitempty"` // URL of the vendor's page that recommends it
	Switch string `json:"switch,omitempty"` // the variant that has this setting alone on top of stock
}

// VariantKind separates what must not be compared.
type VariantKind string

// API variants answer the contract. Below them are the layers: a bare one is the
// floor, the language's smallest handler; a framework one has the API's routes
// with fixed answers, an SDK one its calls of the database behind these. A guest
// is a function of the user's own.
const (
	KindAPI       VariantKind = "api"
	KindBare      VariantKind = "bare"
	KindFramework VariantKind = "framework"
	KindSDK       VariantKind = "sdk"
	KindGuest     VariantKind = "guest"
)

// Layers are the kinds below the API, from the floor up.
func Layers() []VariantKind { return []VariantKind{KindBare, KindFramework, KindSDK} }

// Layer reports whether the kind is one of Layers.
func (k VariantKind) Layer() bool { return slices.Contains(Layers(), k) }

// Artifact is a zip that was measured.
type Artifact struct {
	ID            string            `json:"id"` // unique in the document
	Runtime       string            `json:"runtime"`
	Arch          string            `json:"arch"`       // x86_64 or arm64
	SHA256        string            `json:"sha256"`     // of the zip, hexadecimal
	CodeSHA256    string            `json:"codeSha256"` // the same in base64, as Lambda prints it
	Packed        int64             `json:"packed"`     // bytes of the zip
	Unpacked      int64             `json:"unpacked"`   // bytes of its files
	LambdaRuntime string            `json:"lambdaRuntime"`
	Handler       string            `json:"handler"`
	Interpreter   string            `json:"interpreter,omitempty"` // version that ran it here
	Versions      map[string]string `json:"versions"`              // tools and libraries of the build
	Layers        []Layer           `json:"layers,omitempty"`      // in order, seen under /opt
	Brought       map[string]string `json:"brought,omitempty"`     // of the Lambda runtime, and used: libraries that are not in the zip
}

// Layer is what a function sees beside its zip.
type Layer struct {
	Name     string `json:"name"`     // of the zip or folder, as the manifest has it
	SHA256   string `json:"sha256"`   // of its zip, hexadecimal
	Unpacked int64  `json:"unpacked"` // bytes of its files
}

// GateResult is what the contract suite said about an artifact before it was
// timed.
type GateResult struct {
	Runtime  string        `json:"runtime"`
	Variant  string        `json:"variant"`
	Arch     string        `json:"arch"`
	Passed   bool          `json:"passed"`   // every case held or differed as declared
	Cases    int           `json:"cases"`    // run
	Declared int           `json:"declared"` // of these, differed exactly as declared
	Failures []GateFailure `json:"failures"` // empty when passed; may be cut to the first few
}

// GateFailure is one contract case that did not hold.
type GateFailure struct {
	Case    string `json:"case"`
	Message string `json:"message"`
}

// Prices names the price list that costs are derived from.
type Prices struct {
	Date   string `json:"date"` // of the list, YYYY-MM-DD
	Source string `json:"source"`
}

// End notes when the run ended, or would end if it were broken off now. The wall clock
// may have been set since it began: what counts is the time that has passed, or nothing
// where that can't be known.
func (d *Document) End(now time.Time) {
	d.Ended = d.Started.Add(max(now.Sub(d.Started), 0)).UTC()
}

// Counted is how many environments the configurations have, and how many were planned.
func (d *Document) Counted() (got, planned int) {
	for i := range d.Configurations {
		got += len(d.Configurations[i].Environments)
		planned += d.Configurations[i].Planned
	}
	return got, planned
}

// Ms is d in milliseconds, rounded to the microsecond: the resolution of the
// document.
func Ms(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)/time.Microsecond) / 1000
}

// Runtime returns the runtime called name, or false.
func (d *Document) Runtime(name string) (Runtime, bool) {
	for _, r := range d.Runtimes {
		if r.Name == name {
			return r, true
		}
	}
	return Runtime{}, false
}

// Variant returns the variant of r that is called id, or false.
func (r Runtime) Variant(id string) (Variant, bool) {
	for _, v := range r.Variants {
		if v.ID == id {
			return v, true
		}
	}
	return Variant{}, false
}

// Artifact returns the artifact with that id, or false.
func (d *Document) Artifact(id string) (Artifact, bool) {
	for _, a := range d.Artifacts {
		if a.ID == id {
			return a, true
		}
	}
	return Artifact{}, false
}

// Key names a configuration: runtime/variant/memory/arch. It is for people and
// for joins; nothing is parsed back out of it.
func Key(runtime, variant string, memoryMB int, arch string) string {
	memory := "unknown"
	if memoryMB > 0 {
		memory = strconv.Itoa(memoryMB)
	}
	return runtime + "/" + variant + "/" + memory + "/" + cmp.Or(arch, "unknown")
}
