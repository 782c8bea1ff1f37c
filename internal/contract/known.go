package contract

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/yamltext"
)

// KnownFailure is a case that is known to fail, and why. It must fail: one that
// passes is as good as a stale comment.
type KnownFailure struct {
	Case   string `yaml:"case"` // a pattern, see Match
	Reason string `yaml:"reason"`
	// Sometimes is true where it depends on the runtime: then it may pass as well.
	Sometimes bool `yaml:"sometimes"`
}

// KnownFailingFile is where a runtime's folder names its known failures. Most
// have none.
const KnownFailingFile = "known-failing.yaml"

// LoadKnownFailing reads the list in a runtime's folder; no file is an empty
// list.
func LoadKnownFailing(dir string) ([]KnownFailure, error) {
	name := filepath.Join(dir, KnownFailingFile)
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the known failures: %w", err)
	}
	const hint = "the file is a list of {case: items/create/minimal, reason: a sentence}"
	var known []KnownFailure
	if err := yamltext.Decode(content, &known, yaml.Strict()); err != nil {
		return nil, fault.New(hint, "read %s: %w", name, err)
	}
	for i, k := range known {
		if k.Case == "" || k.Reason == "" {
			return nil, fault.New(hint, "read %s: entry %d has the case %q and the reason %q, want both", name, i+1, k.Case, k.Reason)
		}
	}
	return known, nil
}

// judge turns a result around where the case is known to fail.
func (o Options) judge(result Result) Result {
	for _, known := range o.KnownFailing {
		if !Match(known.Case, result.Case) {
			continue
		}
		switch result.Status {
		case Failed:
			result.Status = KnownToFail
			result.Failure = known.Reason + "\n" + result.Failure
		case Passed:
			if known.Sometimes {
				return result
			}
			result.Status = Failed
			result.Failure = "passes, although it is known to fail: " + known.Reason + "\ntake it off the list " + known.Case
		}
	}
	return result
}
