package selftest

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

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
	all      []kept
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
	r.all = append(r.all, some...)
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

// means in milliseconds.
func (r *records) means() (function, database float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.all {
		function += one.function.Seconds() * 1000
		database += one.database.Seconds() * 1000
	}
	n := float64(max(len(r.all), 1))
	return function / n, database / n
}
