/** How many latencies of a route the percentiles look back on. */
const latencyWindow = 1024;

/**
 * Counts what this execution environment has done. The clock tells milliseconds
 * since the process began.
 */
export class Metrics {
  readonly #clock: () => number;
  readonly #limitBytes: number;
  readonly #initDurationMs: number;
  readonly #rssAfterInitBytes = process.memoryUsage.rss();
  readonly #routes = new Map<string, Latencies>();
  #invocations = 0;

  /** To be called at the end of the init phase. A limit of 0 is an unknown one. */
  constructor(clock: () => number, memoryLimitMb: number) {
    this.#clock = clock;
    this.#limitBytes = memoryLimitMb * 2 ** 20;
    this.#initDurationMs = clock();
  }

  /** Counts an invocation and reports whether it is the first one. */
  begin(): boolean {
    return ++this.#invocations === 1;
  }

  /** Records how long a call of a route took. */
  end(route: string, durationMs: number): void {
    let latencies = this.#routes.get(route);
    if (latencies === undefined) {
      latencies = new Latencies();
      this.#routes.set(route, latencies);
    }
    latencies.add(durationMs);
  }

  /** The counters as they stand, as the answer of GET /metrics. */
  body(coldStart: boolean): object {
    const { user, system } = process.cpuUsage(); // microseconds
    return {
      invocations: this.#invocations,
      coldStart,
      uptimeMs: roundMs(this.#clock()),
      initDurationMs: roundMs(this.#initDurationMs),
      memory: {
        rssBytes: process.memoryUsage.rss(),
        rssAfterInitBytes: this.#rssAfterInitBytes,
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
        limitBytes: this.#limitBytes,
      },
      cpu: { userMs: user / 1000, systemMs: system / 1000 },
      routes: Object.fromEntries([...this.#routes].map(([route, l]) => [route, l.body()])),
    };
  }
}

/** A count, and the last latencies in milliseconds. */
class Latencies {
  readonly #last: number[] = []; // a ring once it is full
  #count = 0;

  add(ms: number): void {
    this.#last[this.#count % latencyWindow] = ms;
    this.#count++;
  }

  body(): object {
    const sorted = this.#last.toSorted((a, b) => a - b);
    // The nearest rank: the smallest value that p percent do not exceed.
    const rank = (p: number) => roundMs(sorted[Math.ceil((p / 100) * sorted.length) - 1] ?? 0);
    return { count: this.#count, latencyMs: { p50: rank(50), p95: rank(95), p99: rank(99) } };
  }
}

/** Rounds milliseconds to whole microseconds. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
