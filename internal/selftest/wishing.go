package selftest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// wish is how long a call shall take.
type wish struct{ function, database time.Duration }

// wishing is a target whose requests carry a wish, and whose answers carry a
// record of what came of it. All else goes through untouched.
type wishing struct {
	target.Target
	records *records
	wish    func(runtime string, environment int) wish
	opened  map[string]int // environments by runtime
}

func (w *wishing) Open(ctx context.Context, c target.Config) (target.Session, error) {
	session, err := w.Target.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	n := w.opened[c.Runtime.Name]
	w.opened[c.Runtime.Name]++
	return &wishingSession{Session: session, records: w.records, wish: w.wish(c.Runtime.Name, n)}, nil
}

type wishingSession struct {
	target.Session
	records *records
	wish    wish
	calls   int
	kept    []kept
}

// kept is what one call's delays really were.
type kept struct{ function, database time.Duration }

func (s *wishingSession) Do(ctx context.Context, environment string, r target.Request) (target.Reply, error) {
	header := http.Header{}
	for name, values := range r.Header {
		header[name] = values
	}
	header.Set("X-Delay-Us", strconv.FormatInt(s.wish.function.Microseconds(), 10))
	header.Set("X-Database-Us", strconv.FormatInt(s.wish.database.Microseconds(), 10))
	r.Header = header
	s.records.takeDatabase()
	reply, err := s.Session.Do(ctx, environment, r)
	if err != nil {
		return reply, err
	}
	if reply.Failure == "" {
		us, err := strconv.ParseInt(reply.Header.Get("X-Delayed-Us"), 10, 64)
		if err != nil {
			return reply, fmt.Errorf("the self-test's function said %q about its delay, wanted microseconds", reply.Header.Get("X-Delayed-Us"))
		}
		if s.calls > 0 { // the first is the cold one
			s.kept = append(s.kept, kept{time.Duration(us) * time.Microsecond, s.records.takeDatabase()})
		}
	}
	s.calls++
	return reply, nil
}

func (s *wishingSession) Close(ctx context.Context) ([]target.Report, error) {
	s.records.add(s.kept)
	return s.Session.Close(ctx)
}

// records are the delays of warm calls, as recorded where they were made.
type records struct {
	mu       sync.Mutex
	all      [][]kept      // by environment
	database time.Duration // since it was taken last
}

func (r *records) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = nil
}

func (r *records) add(some []kept) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(some) > 0 {
		r.all = append(r.all, some)
	}
}

func (r *records) addDatabase(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.database += d
}

func (r *records) takeDatabase() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.database
	r.database = 0
	return d
}

// recorded is a delay in milliseconds: the mean over the environments, of each
// its middle call, as the report has it. A stall of the machine in single calls
// is no delay that was injected; plain is the mean with them.
type recorded struct{ mean, plain float64 }

func (r *records) of(pick func(kept) time.Duration) recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	var sum, all, calls float64
	for _, environment := range r.all {
		values := make([]float64, len(environment))
		for i, one := range environment {
			values[i] = pick(one).Seconds() * 1000
			all += values[i]
		}
		slices.Sort(values)
		sum += stats.Quantile(values, 0.5)
		calls += float64(len(values))
	}
	return recorded{mean: sum / float64(max(len(r.all), 1)), plain: all / max(calls, 1)}
}
