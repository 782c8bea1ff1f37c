package main

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

// latencyWindow is how many latencies of a route the percentiles look back on.
const latencyWindow = 1024

// meter tells what the process uses.
type meter interface {
	CPU() (user, system time.Duration)
	RSS() int64
	PeakRSS() int64
}

// metrics counts what this execution environment has done. It is safe for
// concurrent use.
type metrics struct {
	meter        meter
	now          func() time.Time
	started      time.Time
	initDuration time.Duration
	rssAfterInit int64
	limitBytes   int64 // 0: no limit known

	mu          sync.Mutex
	invocations int64
	routes      map[string]*latencies
}

// newMetrics is called at the end of the init phase, which began at started.
func newMetrics(m meter, now func() time.Time, started time.Time, limitMB int64) *metrics {
	return &metrics{
		meter:        m,
		now:          now,
		started:      started,
		initDuration: now().Sub(started),
		rssAfterInit: m.RSS(),
		limitBytes:   limitMB << 20,
		routes:       map[string]*latencies{},
	}
}

// Begin counts an invocation and reports whether it is the first one.
func (m *metrics) Begin() (cold bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.invocations++
	return m.invocations == 1
}

// End records how long a call of a route took.
func (m *metrics) End(route string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.routes[route]
	if l == nil {
		l = new(latencies)
		m.routes[route] = l
	}
	l.add(took)
}

// metricsBody is the answer of GET /metrics.
type metricsBody struct {
	Invocations    int64                `json:"invocations"`
	ColdStart      bool                 `json:"coldStart"`
	UptimeMs       float64              `json:"uptimeMs"`
	InitDurationMs float64              `json:"initDurationMs"`
	Memory         memoryBody           `json:"memory"`
	CPU            cpuBody              `json:"cpu"`
	Routes         map[string]routeBody `json:"routes"`
	SDKVersion     string               `json:"sdkVersion"`
}

type memoryBody struct {
	RSSBytes          int64 `json:"rssBytes"`
	RSSAfterInitBytes int64 `json:"rssAfterInitBytes"`
	PeakRSSBytes      int64 `json:"peakRssBytes"`
	LimitBytes        int64 `json:"limitBytes"`
}

type cpuBody struct {
	UserMs   float64 `json:"userMs"`
	SystemMs float64 `json:"systemMs"`
}

type routeBody struct {
	Count     int64           `json:"count"`
	LatencyMs percentilesBody `json:"latencyMs"`
}

type percentilesBody struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// Body returns the counters as they stand, for a call that may be the first.
func (m *metrics) Body(cold bool) metricsBody {
	user, system := m.meter.CPU()
	m.mu.Lock()
	defer m.mu.Unlock()
	body := metricsBody{
		Invocations:    m.invocations,
		ColdStart:      cold,
		UptimeMs:       milliseconds(m.now().Sub(m.started)),
		InitDurationMs: milliseconds(m.initDuration),
		Memory: memoryBody{
			RSSBytes:          m.meter.RSS(),
			RSSAfterInitBytes: m.rssAfterInit,
			PeakRSSBytes:      m.meter.PeakRSS(),
			LimitBytes:        m.limitBytes,
		},
		CPU:        cpuBody{UserMs: milliseconds(user), SystemMs: milliseconds(system)},
		Routes:     make(map[string]routeBody, len(m.routes)),
		SDKVersion: store.SDKVersion,
	}
	for route, l := range m.routes {
		body.Routes[route] = l.body()
	}
	return body
}

// latencies keeps a count and the last latencyWindow values.
type latencies struct {
	count int64
	last  []time.Duration // A ring once it is full.
}

func (l *latencies) add(d time.Duration) {
	if len(l.last) < latencyWindow {
		l.last = append(l.last, d)
	} else {
		l.last[l.count%latencyWindow] = d
	}
	l.count++
}

func (l *latencies) body() routeBody {
	sorted := slices.Sorted(slices.Values(l.last))
	// The nearest rank: the smallest value that p percent do not exceed.
	rank := func(p float64) float64 {
		return milliseconds(sorted[int(math.Ceil(p/100*float64(len(sorted))))-1])
	}
	return routeBody{Count: l.count, LatencyMs: percentilesBody{P50: rank(50), P95: rank(95), P99: rank(99)}}
}

// milliseconds rounds to microseconds.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond).Microseconds()) / 1000
}
