package benchmark

import kotlinx.serialization.Serializable
import java.time.Duration
import java.time.Instant
import kotlin.math.ceil

/** How many latencies of a route the percentiles look back on. */
private const val LATENCY_WINDOW = 1024

@Serializable
internal class Health(
    val status: String,
    val runtime: String,
    val runtimeVersion: String,
    val framework: String,
    val architecture: String,
    val memoryLimitMb: Long,
    val coldStart: Boolean,
    val version: String,
)

@Serializable
internal class MetricsReport(
    val invocations: Long,
    val coldStart: Boolean,
    val uptimeMs: Double,
    val initDurationMs: Double,
    val memory: Memory,
    val cpu: Cpu,
    val routes: Map<String, Latencies>,
    val sdkVersion: String,
)

@Serializable
internal class Memory(val rssBytes: Long, val rssAfterInitBytes: Long, val peakRssBytes: Long, val limitBytes: Long)

@Serializable
internal class Cpu(val userMs: Double, val systemMs: Double)

@Serializable
internal class Latencies(val count: Long, val latencyMs: Percentiles)

@Serializable
internal class Percentiles(val p50: Double, val p95: Double, val p99: Double)

/**
 * Counts what this execution environment has done. It is made at the end of the
 * init phase, and safe for concurrent use.
 */
internal class Metrics(
    private val process: ProcessFigures,
    private val now: () -> Instant,
    limitMb: Long,
    private val sdkVersion: String,
) {
    private val started = process.started() ?: now()
    private val initDuration = Duration.between(started, now())
    private val rssAfterInit = process.rss()
    private val limitBytes = limitMb shl 20
    private var invocations = 0L
    private val routes = LinkedHashMap<String, Window>()

    /** Counts an invocation and tells whether it is the first one. */
    @Synchronized
    fun begin(): Boolean = ++invocations == 1L

    /** Records how long a call of a route took. */
    @Synchronized
    fun end(route: String, took: Duration) {
        routes.getOrPut(route, ::Window).add(milliseconds(took))
    }

    /** The counters as they stand, for a call that may be the first. */
    @Synchronized
    fun report(cold: Boolean): MetricsReport =
        MetricsReport(
            invocations = invocations,
            coldStart = cold,
            uptimeMs = milliseconds(Duration.between(started, now())),
            initDurationMs = milliseconds(initDuration),
            memory = Memory(process.rss(), rssAfterInit, process.peakRss(), limitBytes),
            cpu = process.cpu(),
            routes = routes.mapValues { (_, window) -> window.latencies() },
            sdkVersion = sdkVersion,
        )
}

/** A count, and the last [LATENCY_WINDOW] values. */
private class Window {
    private var count = 0L
    private val last = ArrayDeque<Double>()

    fun add(value: Double) {
        if (last.size == LATENCY_WINDOW) last.removeFirst()
        last.addLast(value)
        count++
    }

    fun latencies(): Latencies {
        val sorted = last.sorted()

        // The nearest rank: the smallest value that so many percent do not exceed.
        fun percentile(percent: Int) = sorted[ceil(percent / 100.0 * sorted.size).toInt() - 1]
        return Latencies(count, Percentiles(percentile(50), percentile(95), percentile(99)))
    }
}

/** Whole microseconds, as milliseconds. */
internal fun milliseconds(duration: Duration): Double = duration.toNanos() / 1000 / 1000.0
