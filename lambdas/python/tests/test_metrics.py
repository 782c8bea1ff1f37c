import builtins
import time

import pytest

import metrics
from metrics import WINDOW, Metrics


def document(of: Metrics) -> dict[str, object]:
    return of.document(cold=False, sdk_version="1")


def test_percentiles_are_nearest_ranks() -> None:
    one = Metrics(memory_limit_mb=0)
    for latency in range(100, 0, -1):
        one.end("GET /items", latency + 0.123_456)
    assert document(one)["routes"] == {
        "GET /items": {"count": 100, "latencyMs": {"p50": 50.123, "p95": 95.123, "p99": 99.123}}
    }


def test_percentiles_look_back_on_the_last_ones() -> None:
    one = Metrics(memory_limit_mb=0)
    one.end("GET /items", 1000)
    for _ in range(WINDOW):
        one.end("GET /items", 1)
    assert document(one)["routes"] == {
        "GET /items": {"count": WINDOW + 1, "latencyMs": {"p50": 1, "p95": 1, "p99": 1}}
    }


def test_process() -> None:
    got = Metrics(memory_limit_mb=128).document(cold=True, sdk_version="1.2")
    assert (got["coldStart"], got["sdkVersion"], got["invocations"]) == (True, "1.2", 0)
    memory = got["memory"]
    assert memory["limitBytes"] == 128 * 1024 * 1024
    assert 1_000_000 < memory["rssAfterInitBytes"] <= memory["peakRssBytes"]
    assert memory["rssBytes"] <= memory["peakRssBytes"] + 1_000_000
    assert got["cpu"]["userMs"] > 0
    # The process is older than the CPU time of its one busy thread, to a clock tick.
    assert got["initDurationMs"] > time.process_time() * 1000 / 2
    assert got["uptimeMs"] >= got["initDurationMs"]


def test_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(builtins, "open", missing)
    got = Metrics(memory_limit_mb=0).document(cold=False, sdk_version="1")
    assert got["memory"] == {
        "rssBytes": 0,
        "rssAfterInitBytes": 0,
        "peakRssBytes": 0,
        "limitBytes": 0,
    }
    assert got["initDurationMs"] > 0
    assert metrics.rss_bytes() == 0
