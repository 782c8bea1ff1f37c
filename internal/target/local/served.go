package local

import (
	"errors"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// served adds up what the database does for environments.
type served struct {
	mu    sync.Mutex
	calls *results.Histogram // nil: none yet
	err   error              // the first
	cpu   time.Duration      // of the database's process when calls began
}

func (s *served) record(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = results.NewHistogram()
	}
	if err := s.calls.Record(took); s.err == nil {
		s.err = err
	}
}

// TakeServed returns what the database did for environments since the last
// TakeServed, and begins anew. Its processor time is that of all it did.
func (l *Lab) TakeServed() (results.Served, error) {
	cpu, err := l.database.CPU()
	known := err == nil
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return results.Served{}, err
	}
	s := &l.served
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := results.Served{Ms: s.calls}
	if taken.Ms == nil {
		taken.Ms = results.NewHistogram()
	}
	if known {
		taken.CPUMs = new(float64(cpu-s.cpu) / float64(time.Millisecond))
	}
	err = s.err
	s.calls, s.err, s.cpu = nil, nil, cpu
	return taken, err
}
