// Package awsjournal remembers on disk how functions in AWS were configured before a
// benchmark changed them, so that they can be put back after a crash, or on another
// machine. A journal is whole and on the disk before anything is changed, and goes
// when all is as it was. It holds environment variables, which may be secrets: only its
// owner can read the file.
//
//	path, err := awsjournal.Write(folder, journal)
//	… // change, and put back
//	err = awsjournal.Remove(path)
package awsjournal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Version of the file's form.
const Version = 1

// Journal is one run's.
type Journal struct {
	Version     int        `json:"version"`
	Run         string     `json:"run"` // unique; what the run writes begins with it
	Began       time.Time  `json:"began"`
	Account     string     `json:"account"` // 12 digits
	Region      string     `json:"region"`
	Environment string     `json:"environment"` // such as dev-anna
	Functions   []Function `json:"functions"`
}

// Function is how one was configured, and what the run may make of it.
type Function struct {
	Name      string            `json:"name"`
	MemoryMB  int               `json:"memoryMb"`
	Variables map[string]string `json:"variables"`
	SizesMB   []int             `json:"sizesMb"` // that the run gives it
	// Publishes tells that the run makes versions, whose description begins with its name.
	Publishes bool `json:"publishes,omitempty"`
	// Provisions tells that the run keeps environments ready for these versions.
	Provisions bool `json:"provisions,omitempty"`
}

const hint = "put everything back first: bench aws restore"

// Write makes a new journal in the folder, which may be missing, and waits for the
// disk. An environment has one journal: with an older one it is an error, and nothing
// is written.
func Write(folder string, j Journal) (path string, err error) {
	j.Version = Version
	path = filepath.Join(folder, fmt.Sprintf("%s-%s-%s.json", j.Account, j.Region, j.Environment))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make the journal's folder: %w", err)
	}
	text, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the journal: %w", err)
	}
	half, err := os.CreateTemp(folder, ".half-*") // 0600
	if err != nil {
		return "", fmt.Errorf("write the journal: %w", err)
	}
	defer os.Remove(half.Name()) //nolint:errcheck // what matters has a name of its own
	_, err = half.Write(append(text, '\n'))
	if err := errors.Join(err, half.Sync(), half.Close()); err != nil {
		return "", fault.New("make room, or name another --cache folder", "write the journal: %w", err)
	}
	// Of two that begin at once, one gets the name.
	if err := os.Link(half.Name(), path); errors.Is(err, fs.ErrExist) {
		return "", fault.New(hint, "another run changes %s in %s, or did not put back what it changed: %s", j.Environment, j.Region, path)
	} else if err != nil {
		return "", fmt.Errorf("write the journal: %w", err)
	}
	return path, syncFolder(folder)
}

// Read returns a journal.
func Read(path string) (Journal, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Journal{}, fault.Usage("name the file that bench aws told of, or none", "no journal %s", path)
	} else if err != nil {
		return Journal{}, fmt.Errorf("read the journal: %w", err)
	}
	var j Journal
	if err := json.Unmarshal(text, &j); err != nil {
		return Journal{}, fault.Usage("name a journal of bench aws", "%s is no journal: %w", path, err)
	}
	if j.Version != Version || j.Run == "" || j.Account == "" || j.Region == "" {
		return Journal{}, fault.Usage("name a journal of bench aws, and use the version of bench that wrote it", "%s is no journal of version %d", path, Version)
	}
	return j, nil
}

// Remove forgets a journal.
func Remove(path string) error {
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove the journal: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// Left are the journals in the folder, sorted.
func Left(folder string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("look for journals: %w", err)
	}
	slices.Sort(paths)
	return paths, nil
}

// syncFolder waits until a name has come, or gone, on the disk as well.
func syncFolder(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("sync the journal's folder: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync the journal's folder: %w", err)
	}
	return nil
}
