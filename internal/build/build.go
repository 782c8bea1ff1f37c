// Package build turns a runtime's folder into the zips that are both measured
// and deployed: it runs the manifest's build command and packs the result so
// that the same files give the same bytes on every machine. What has not changed
// is not built again.
//
// A zip that was made elsewhere is looked at and taken as it is, byte for byte.
//
// It refuses to know any language, to pack what could not run on Lambda (wrong
// architecture, too new a C library, links that leave the folder, more than
// 250 MB) and to leave half a file behind.
//
//	built, err := build.Build(ctx, requests, build.Options{Root: ".", DistDir: "dist", CacheDir: cache})
package build

import (
	"fmt"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
)

// Request asks for one zip.
type Request struct {
	Runtime  config.Runtime
	Artifact string
	Arch     string
}

// ID is the zip's name without its ending: "go-x86_64", "go-bare-x86_64".
func (r Request) ID() string { return r.Runtime.ArtifactID(r.Artifact, r.Arch) }

// Options of a build.
type Options struct {
	// Root is the repository's folder (its VERSION is baked in).
	Root string
	// DistDir gets the zips; it is made when missing.
	DistDir string
	// CacheDir is the per-user cache: DefaultCacheDir unless a test says otherwise.
	CacheDir string
	// Progress hears what happens; nil is silence.
	Progress Progress
	// Installing is told of interpreters that builds need and that are installed for them,
	// as runtimeclient.Client has it; nil is silence.
	Installing func(what string) runtimeclient.Work
	// Workers is how many runtimes build at once; 0 means 2, or 1 on one core.
	// The artifacts of one runtime are built one after the other: they share its
	// folder.
	Workers int
	// Force builds even what has not changed.
	Force bool
	// Now is the clock that Took is read from; nil is the true one.
	Now func() time.Time
}

// Progress hears what happens. Its methods are called from several goroutines.
type Progress interface {
	// Started: expected is the manifest's guess, for a build with empty caches.
	Started(id string, expected time.Duration)
	// Line is one line that a build printed.
	Line(id, line string)
	// Done comes once for every request, with or without a Started before it.
	Done(b Built)
}

// Status is what became of a request.
type Status string

// The statuses.
const (
	Fresh     Status = "built"
	Unchanged Status = "unchanged"
	Skipped   Status = "skipped" // its toolchain is missing: Err is a *Missing
	Failed    Status = "failed"
)

// Built is one zip with what stands in the .json beside it.
type Built struct {
	Request Request
	// Path is the zip's absolute path.
	Path   string
	Meta   Meta
	Status Status
	// Err says why it was skipped or failed.
	Err error
	// Took is the time that the build needed.
	Took time.Duration
}

// Meta is the .json beside a zip.
type Meta struct {
	ID       string `json:"id"`
	Runtime  string `json:"runtime"`
	Artifact string `json:"artifact"`
	Arch     string `json:"arch"`
	// SHA256 of the zip in hex; CodeSHA256 the same in base64, as AWS tells it.
	SHA256     string `json:"sha256"`
	CodeSHA256 string `json:"codeSha256"`
	// PackedBytes is the zip's size, UnpackedBytes the sum of its Files.
	PackedBytes   int64 `json:"packedBytes"`
	UnpackedBytes int64 `json:"unpackedBytes"`
	Files         int   `json:"files"`
	// Versions of tools and libraries, by name.
	Versions map[string]string `json:"versions"`
	// BuiltFrom is the hash of everything that went in.
	BuiltFrom     string `json:"builtFrom"`
	LambdaRuntime string `json:"lambdaRuntime"`
	Handler       string `json:"handler"`
}

// Missing says that a build's toolchain is not on this machine.
type Missing struct {
	ID   string
	Tool string
	// Optional: the manifest says that the artifact may be missing.
	Optional bool
	Err      error
}

func (e *Missing) Error() string { return fmt.Sprintf("build %s: %v", e.ID, e.Err) }

// Unwrap returns the toolchain's error, which carries the hint.
func (e *Missing) Unwrap() error { return e.Err }
