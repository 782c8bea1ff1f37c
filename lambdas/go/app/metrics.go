package app

import (
	"bytes"
	"math"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// latencyWindow is how many latencies of a route the percentiles look back on.
const latencyWindow = 1024

// metrics counts what this execution environment has done. It is safe for
// concurrent use.
type metrics struct {
	started      time.Time
	initDuration time.Duration
	rssAfterInit int64
	limitBytes   int64 // 0: no limit known

	mu          sync.Mutex
	invocations int64
	routes      map[string]*latencies
}

// newMetrics is called at the end of the init phase, which began at started.
func newMetrics(started time.Time, limitMB int64) *metrics {
	return &metrics{
		started:      started,
		initDuration: time.Since(started),
		rssAfterInit: memory("VmRSS"),
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

// metricsAnswer is the answer of GET /metrics.
type metricsAnswer struct {
	Invocations    int64                  `json:"invocations"`
	ColdStart      bool                   `json:"coldStart"`
	UptimeMs       float64                `json:"uptimeMs"`
	InitDurationMs float64                `json:"initDurationMs"`
	Memory         memoryAnswer           `json:"memory"`
	CPU            cpuAnswer              `json:"cpu"`
	Routes         map[string]routeAnswer `json:"routes"`
	SDKVersion     string                 `json:"sdkVersion"`
}

type memoryAnswer struct {
	RSSBytes          int64 `json:"rssBytes"`
	RSSAfterInitBytes int64 `json:"rssAfterInitBytes"`
	PeakRSSBytes      int64 `json:"peakRssBytes"`
	LimitBytes        int64 `json:"limitBytes"`
}

type cpuAnswer struct {
	UserMs   float64 `json:"userMs"`
	SystemMs float64 `json:"systemMs"`
}

type routeAnswer struct {
	Count     int64       `json:"count"`
	LatencyMs percentiles `json:"latencyMs"`
}

type percentiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// Answer returns the counters as they stand, for a call that may be the first.
func (m *metrics) Answer(cold bool) metricsAnswer {
	m.mu.Lock()
	defer m.mu.Unlock()
	routes := make(map[string]routeAnswer, len(m.routes))
	for route, l := range m.routes {
		routes[route] = routeAnswer{l.count, l.percentiles()}
	}
	return metricsAnswer{
		Invocations:    m.invocations,
		ColdStart:      cold,
		UptimeMs:       milliseconds(time.Since(m.started)),
		InitDurationMs: milliseconds(m.initDuration),
		Memory:         memoryAnswer{memory("VmRSS"), m.rssAfterInit, memory("VmHWM"), m.limitBytes},
		CPU:            cpuTime(),
		Routes:         routes,
		SDKVersion:     aws.SDKVersion,
	}
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

func (l *latencies) percentiles() percentiles {
	sorted := slices.Sorted(slices.Values(l.last))
	// The nearest rank: the smallest value that p percent do not exceed.
	rank := func(p float64) float64 {
		return milliseconds(sorted[int(math.Ceil(p/100*float64(len(sorted))))-1])
	}
	return percentiles{P50: rank(50), P95: rank(95), P99: rank(99)}
}

// milliseconds rounds to microseconds.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond).Microseconds()) / 1000
}

// memory returns the bytes of one line of /proc/self/status, such as
// "VmRSS:	   23456 kB", and 0 where there is none.
func memory(name string) int64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, line, _ := bytes.Cut(status, []byte("\n"+name+":"))
	value, _, _ := bytes.Cut(bytes.TrimLeft(line, "\t "), []byte(" "))
	kB, _ := strconv.ParseInt(string(value), 10, 64)
	return kB * 1024
}

// cpuTime is what the process has used since its start.
func cpuTime() cpuAnswer {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // Fails for other arguments only.
	return cpuAnswer{milliseconds(time.Duration(r.Utime.Nano())), milliseconds(time.Duration(r.Stime.Nano()))}
}
