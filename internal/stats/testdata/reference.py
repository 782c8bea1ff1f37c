"""Reference values for reference_test.go: what SciPy, NumPy and diptest say.

    python3.11 -m venv /tmp/reference && /tmp/reference/bin/pip install numpy==2.4.6 scipy==1.17.1 diptest==0.12.0
    /tmp/reference/bin/python testdata/reference.py > testdata/reference.json
"""

import json
import math

import diptest
import numpy as np
from scipy import stats


def values(n: int, shift: int = 0) -> list[float]:
    """The same skewed numbers as in the Go test."""
    return [math.exp(((i * 37 + shift) % 101) / 40) for i in range(n)]


def order(n: int, p: float, level: float) -> dict:
    x = values(n)
    interval = stats.quantile_test(x, p=p).confidence_interval(level)
    return {"n": n, "p": p, "level": level, "center": float(np.quantile(x, p)),
            "lo": float(interval.low), "hi": float(interval.high)}


def log_median(x: list[float]) -> tuple[float, float]:
    x = np.sort(np.log(x))
    n = len(x)
    c = max(1, int(np.floor((n + 1) / 2 - math.sqrt(n) + 0.5)))
    z = stats.norm.ppf(1 - stats.binom.cdf(c - 1, n, 0.5))
    return math.log(np.median(np.exp(x))), ((x[n - c] - x[c - 1]) / (2 * z)) ** 2


def ratio(n: int, m: int, level: float) -> dict:
    (a, va), (b, vb) = log_median(values(n)), log_median(values(m, 11))
    half = stats.norm.ppf((1 + level) / 2) * math.sqrt(va + vb)
    return {"n": n, "m": m, "level": level, "center": math.exp(a - b),
            "lo": math.exp(a - b - half), "hi": math.exp(a - b + half)}


def difference(n: int, m: int, level: float) -> dict:
    def median(x: list[float]) -> tuple[float, float]:
        x = np.sort(x)
        c = max(1, int(np.floor((len(x) + 1) / 2 - math.sqrt(len(x)) + 0.5)))
        z = stats.norm.ppf(1 - stats.binom.cdf(c - 1, len(x), 0.5))
        return float(np.median(x)), ((x[len(x) - c] - x[c - 1]) / (2 * z)) ** 2

    (a, va), (b, vb) = median(values(n)), median(values(m, 11))
    half = stats.norm.ppf((1 + level) / 2) * math.sqrt(va + vb)
    return {"n": n, "m": m, "level": level, "center": a - b, "lo": a - b - half, "hi": a - b + half}


def sign(n: int, level: float) -> dict:
    """The median of paired differences with the sign test's interval, drawn between
    order statistics by Hettmansperger and Sheather (1986), equation 2.2."""
    d = np.sort(np.array(values(n)) - np.array(values(n, 11)))
    below = stats.binom(n, 0.5)

    def confidence(k: int) -> float:
        return 1 - 2 * float(below.cdf(k - 1))

    k = max(k for k in range(1, n // 2 + 1) if confidence(k) >= level)
    i = (confidence(k) - level) / (confidence(k) - confidence(k + 1))
    part = (n - k) * i / (k + (n - 2 * k) * i)
    return {"n": n, "level": level, "center": float(np.median(d)),
            "lo": float((1 - part) * d[k - 1] + part * d[k]), "hi": float((1 - part) * d[n - k] + part * d[n - k - 1])}


def tail(g: int, m: int, p: float) -> dict:
    """Clusters of m values, each shifted by its own factor."""
    clusters = [np.array(values(m, 7 * i)) * (1 + (i % 5) / 50) for i in range(g)]
    pooled = np.sort(np.concatenate(clusters))
    n = len(pooled)

    def effective(limit: float, q: float) -> float:
        below = np.array([(c <= limit).sum() - q * m for c in clusters])
        variance = (below**2).sum() * g / (g - 1) / n**2
        correction = stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, g - 1)
        return min(n, q * (1 - q) / variance * correction**2)

    center = float(np.quantile(pooled, p))
    central = effective(float(np.quantile(pooled, 0.5)), 0.5)
    size = effective(center, p)
    size = min(size, math.sqrt(size * central))
    low = stats.beta.ppf(0.025, p * size, (1 - p) * size + 1)
    high = stats.beta.ppf(0.975, p * size + 1, (1 - p) * size)
    return {"g": g, "m": m, "p": p, "center": center,
            "lo": float(np.quantile(pooled, low, method="inverted_cdf")),
            "hi": float(np.quantile(pooled, high, method="inverted_cdf"))}


def mean(n: int) -> dict:
    x = values(n)
    interval = stats.ttest_1samp(x, 0).confidence_interval(0.95)
    return {"n": n, "center": float(np.mean(x)), "lo": float(interval.low), "hi": float(interval.high)}


def score(g: int, m: int) -> dict:
    pooled = np.concatenate([values(m, 7 * i) for i in range(g)])
    return {"g": g, "m": m, "score": float(np.quantile(pooled, 0.99) / np.quantile(pooled, 0.5))}


def fences(n: int) -> dict:
    """Tukey's, as matplotlib and R draw them: how many values lie beyond 1.5 and 3 interquartile ranges."""
    x = np.array(values(n)) ** 3
    low, high = np.quantile(x, [0.25, 0.75])
    beyond = np.maximum(low - x, x - high) / stats.iqr(x)
    return {"n": n, "mild": int(((beyond > 1.5) & (beyond <= 3)).sum()), "severe": int((beyond > 3).sum())}


def dips(n: int, gap: float) -> dict:
    x = [v + gap * (i % 2) for i, v in enumerate(values(n))]
    return {"n": n, "gap": gap, "dip": float(diptest.dipstat(x))}


print(json.dumps({
    "quantiles": [{"n": n, "p": p, "want": float(np.quantile(values(n), p))} for n in (1, 2, 7, 36, 100) for p in (0, 0.1, 0.5, 0.95, 0.99, 1)],
    "orders": [order(n, p, level) for n, p in ((6, 0.5), (7, 0.5), (36, 0.5), (99, 0.5), (100, 0.5), (36, 0.9), (80, 0.95), (99, 0.95)) for level in (0.95,)] + [order(60, 0.5, 0.995)],
    "ratios": [ratio(6, 6, 0.95), ratio(36, 36, 0.95), ratio(36, 20, 0.995), ratio(100, 99, 0.95)],
    "differences": [difference(6, 6, 0.95), difference(10, 36, 0.95), difference(36, 10, 0.995)],
    "signs": [sign(6, 0.95), sign(7, 0.95), sign(9, 0.995), sign(36, 0.95), sign(36, 0.995), sign(101, 0.9)],
    "tails": [tail(30, 40, 0.95), tail(36, 40, 0.95), tail(36, 40, 0.99), tail(60, 12, 0.95)],
    "means": [mean(10), mean(36), mean(100)],
    "scores": [score(4, 100), score(36, 40)],
    "fences": [fences(36), fences(100)],
    "dips": [dips(n, gap) for n in (4, 10, 36, 90) for gap in (0, 3, 30)],
}, indent=1))
