//! What this execution environment has done. No database, no history: the
//! counters die with the process.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use procfs::{ProcResult, process::Process};
use serde::Serialize;

/// How many latencies of a route the percentiles look back on.
const LATENCY_WINDOW: usize = 1024;

/// Counts invocations and clocks routes.
pub struct Metrics {
    started: Instant,
    init_duration: Duration,
    rss_after_init: u64,
    limit_bytes: u64, // 0: no limit known
    counters: Mutex<Counters>,
}

#[derive(Default)]
struct Counters {
    invocations: u64,
    routes: BTreeMap<String, Latencies>,
}

/// The answer of `GET /metrics`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricsBody {
    invocations: u64,
    cold_start: bool,
    uptime_ms: f64,
    init_duration_ms: f64,
    memory: MemoryBody,
    cpu: CpuBody,
    routes: BTreeMap<String, RouteBody>,
    sdk_version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names)] // The API's names.
struct MemoryBody {
    rss_bytes: u64,
    rss_after_init_bytes: u64,
    peak_rss_bytes: u64,
    limit_bytes: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CpuBody {
    user_ms: u64, // The kernel counts in steps of 10 ms.
    system_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RouteBody {
    count: usize,
    latency_ms: PercentilesBody,
}

#[derive(Serialize)]
struct PercentilesBody {
    p50: f64,
    p95: f64,
    p99: f64,
}

impl Metrics {
    /// To be called at the end of the init phase, for a process that began at
    /// `started`.
    pub fn new(started: Instant, memory_limit_mb: u64) -> Self {
        Self {
            started,
            init_duration: started.elapsed(),
            rss_after_init: resident().map_or(0, |(now, _)| now),
            limit_bytes: memory_limit_mb << 20,
            counters: Mutex::default(),
        }
    }

    /// Counts an invocation and tells whether it is the first one.
    pub fn begin(&self) -> bool {
        let mut counters = self.counters();
        counters.invocations += 1;
        counters.invocations == 1
    }

    /// Records how long a call of a route took.
    pub fn end(&self, route: String, took: Duration) {
        self.counters().routes.entry(route).or_default().add(took);
    }

    /// The counters as they stand, for a call that may be the first. What the
    /// system does not tell of the process is an error.
    pub fn body(&self, cold_start: bool) -> ProcResult<MetricsBody> {
        let (rss_bytes, peak_rss_bytes) = resident()?;
        let stat = Process::myself()?.stat()?;
        let counters = self.counters();
        Ok(MetricsBody {
            invocations: counters.invocations,
            cold_start,
            uptime_ms: milliseconds(self.started.elapsed()),
            init_duration_ms: milliseconds(self.init_duration),
            memory: MemoryBody {
                rss_bytes,
                rss_after_init_bytes: self.rss_after_init,
                peak_rss_bytes,
                limit_bytes: self.limit_bytes,
            },
            cpu: CpuBody {
                user_ms: stat.utime * 1000 / procfs::ticks_per_second(),
                system_ms: stat.stime * 1000 / procfs::ticks_per_second(),
            },
            routes: counters
                .routes
                .iter()
                .map(|(route, latencies)| (route.clone(), latencies.body()))
                .collect(),
            sdk_version: aws_sdk_dynamodb::meta::PKG_VERSION,
        })
    }

    /// Counters stay usable whatever happened to a thread that held them.
    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A count and the last [`LATENCY_WINDOW`] values.
#[derive(Default)]
struct Latencies {
    count: usize,
    last: Vec<Duration>, // A ring once it is full.
}

impl Latencies {
    fn add(&mut self, took: Duration) {
        if self.last.len() < LATENCY_WINDOW {
            self.last.push(took);
        } else {
            self.last[self.count % LATENCY_WINDOW] = took;
        }
        self.count += 1;
    }

    fn body(&self) -> RouteBody {
        let mut sorted = self.last.clone();
        sorted.sort_unstable();
        // The nearest rank: the smallest value that `percent` do not exceed.
        let rank =
            |percent: usize| milliseconds(sorted[(percent * sorted.len()).div_ceil(100) - 1]);
        RouteBody {
            count: self.count,
            latency_ms: PercentilesBody {
                p50: rank(50),
                p95: rank(95),
                p99: rank(99),
            },
        }
    }
}

/// Bytes that are resident, and the most that ever were.
fn resident() -> ProcResult<(u64, u64)> {
    let status = Process::myself()?.status()?;
    let bytes = |kilobytes: Option<u64>| kilobytes.unwrap_or_default() * 1024;
    Ok((bytes(status.vmrss), bytes(status.vmhwm)))
}

/// Rounds to microseconds.
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_look_back_on_a_window() {
        let metrics = Metrics::new(Instant::now(), 0);
        assert!(metrics.begin() && !metrics.begin());
        for milliseconds in 1..=2000 {
            metrics.end("GET /items".into(), Duration::from_millis(milliseconds));
        }
        let body = metrics.body(false).unwrap();
        let got = &body.routes["GET /items"];
        assert_eq!(got.count, 2000);
        // Of the last 1,024 values, 977 to 2000: the 512th, the 973rd and the 1,014th.
        let latency = &got.latency_ms;
        let want = (1488.0, 1949.0, 1990.0);
        assert_eq!((latency.p50, latency.p95, latency.p99), want);
        assert_eq!(body.memory.limit_bytes, 0);
    }

    #[test]
    fn tells_what_this_process_uses() {
        let (now, peak) = resident().unwrap();
        assert!(now > 100_000 && peak >= now, "{now}, {peak}");
    }

    #[test]
    fn milliseconds_are_rounded_to_microseconds() {
        let got = milliseconds(Duration::from_nanos(1_234_567));
        assert_eq!(got.to_string(), "1.235");
    }
}
