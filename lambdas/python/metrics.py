"""What this execution environment has done and used.

One Metrics is made at the end of the init phase. It refuses to send anything
anywhere: GET /metrics shows it.

    metrics = Metrics(memory_limit_mb=1769)
    cold = metrics.begin()
    metrics.end("GET /items", milliseconds=1.25)
"""

import math
import resource
import time
from collections import deque
from os import sysconf
from typing import Any, Final

# How many latencies of a route the percentiles look back on.
WINDOW: Final = 1024

_PAGE_BYTES: Final = sysconf("SC_PAGE_SIZE")


class Metrics:
    """Counters of one execution environment, a request at a time."""

    def __init__(self, memory_limit_mb: int) -> None:
        self._limit_bytes = memory_limit_mb << 20
        self._rss_after_init = rss_bytes()
        self._initialised = time.monotonic()
        self._init_ms = _age_ms()
        self._invocations = 0
        self._restored = True
        self._routes: dict[str, _Latencies] = {}

    def begin(self) -> bool:
        """Count an invocation and tell whether it is the first, or first after a restore."""
        cold, self._restored = self._restored, False
        self._invocations += 1
        return cold

    def restored(self) -> None:
        """Let the next invocation be a cold one: the process comes from a snapshot."""
        self._restored = True

    def end(self, route: str, milliseconds: float) -> None:
        """Record how long a call of a route took."""
        if route not in self._routes:
            self._routes[route] = _Latencies()
        self._routes[route].add(milliseconds)

    def document(self, *, cold: bool, sdk_version: str) -> dict[str, Any]:
        """Return everything as GET /metrics shows it."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        uptime_ms = (time.monotonic() - self._initialised) * 1000 + self._init_ms
        return {
            "invocations": self._invocations,
            "coldStart": cold,
            "uptimeMs": round(uptime_ms, 3),
            "initDurationMs": round(self._init_ms, 3),
            "memory": {
                "rssBytes": rss_bytes(),
                "rssAfterInitBytes": self._rss_after_init,
                "peakRssBytes": _peak_rss_bytes(),
                "limitBytes": self._limit_bytes,
            },
            "cpu": {
                "userMs": round(used.ru_utime * 1000, 3),
                "systemMs": round(used.ru_stime * 1000, 3),
            },
            "routes": {
                route: latencies.document() for route, latencies in self._routes.items()
            },
            "sdkVersion": sdk_version,
        }


class _Latencies:
    def __init__(self) -> None:
        self._count = 0
        self._last: deque[float] = deque(maxlen=WINDOW)

    def add(self, milliseconds: float) -> None:
        self._count += 1
        self._last.append(milliseconds)

    def document(self) -> dict[str, Any]:
        ordered = sorted(self._last)

        def rank(percent: int) -> float:
            # The nearest rank: the smallest value that so many percent do not exceed.
            return round(ordered[math.ceil(len(ordered) * percent / 100) - 1], 3)

        return {
            "count": self._count,
            "latencyMs": {"p50": rank(50), "p95": rank(95), "p99": rank(99)},
        }


def rss_bytes() -> int:
    """Return the resident memory of this process, 0 where there is no /proc."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as statm:
            return int(statm.read().split()[1]) * _PAGE_BYTES
    except OSError:
        return 0


def _peak_rss_bytes() -> int:
    # VmHWM: getrusage's maximum includes what the process was before its exec.
    try:
        with open("/proc/self/status", "rb") as status:
            for line in status:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _age_ms() -> float:
    """Return how long ago this process was started, to a clock tick (10 ms)."""
    try:
        with open("/proc/self/stat", "rb", buffering=0) as stat:
            # proc_pid_stat(5): field 22, in ticks since the boot. The second field,
            # the program's name, may hold spaces and ends with a parenthesis.
            ticks = int(stat.read().rpartition(b")")[2].split()[19])
    except OSError:
        return time.process_time() * 1000  # The best guess where there is no /proc.
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / sysconf("SC_CLK_TCK")) * 1000
