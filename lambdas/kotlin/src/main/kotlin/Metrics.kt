package benchmark

import com.fasterxml.jackson.core.JsonGenerator
import java.time.Duration
import java.time.Instant
import kotlin.math.ceil

/** How many latencies of a route the percentiles look back on. */
private const val LATENCY_WINDOW = 1024

/**
 * Counts what this execution environment has done. It is made at the end of the
 * init phase, and safe for concurrent use.
 */
internal class Metrics(
    val meter: Meter,
    private val now: () -> Instant,
    limitMb: Long,
    private val sdkVersion: String,
) {
    private val initDuration = meter.age
    private val started = now() - initDuration
    private val rssAfterInit = meter.rss
    private val limitBytes = limitMb shl 20
    private var invocations = 0L
    private val routes = LinkedHashMap<String, Latencies>()

    /** Counts an invocation and tells whether it is the first one. */
    @Synchronized
    fun begin(): Boolean = ++invocations == 1L

    /** Records how long a call of a route took. */
    @Synchronized
    fun end(route: String, took: Duration) {
        routes.getOrPut(route, ::Latencies).add(took)
    }

    /** Writes the counters as they stand, for a call that may be the first. */
    @Synchronized
    fun writeTo(generator: JsonGenerator, cold: Boolean): Unit =
        with(generator) {
            val cpu = meter.cpu
            document {
                writeNumberField("invocations", invocations)
                writeBooleanField("coldStart", cold)
                writeNumberField("uptimeMs", milliseconds(Duration.between(started, now())))
                writeNumberField("initDurationMs", milliseconds(initDuration))
                member("memory") {
                    document {
                        writeNumberField("rssBytes", meter.rss)
                        writeNumberField("rssAfterInitBytes", rssAfterInit)
                        writeNumberField("peakRssBytes", meter.peakRss)
                        writeNumberField("limitBytes", limitBytes)
                    }
                }
                member("cpu") {
                    document {
                        writeNumberField("userMs", milliseconds(cpu.user))
                        writeNumberField("systemMs", milliseconds(cpu.system))
                    }
                }
                member("routes") {
                    document { routes.forEach { (route, latencies) -> member(route) { latencies.writeTo(this) } } }
                }
                writeStringField("sdkVersion", sdkVersion)
            }
        }
}

/** A count, and the last [LATENCY_WINDOW] values. */
private class Latencies {
    private var count = 0L
    private val last = ArrayList<Duration>() // A ring once it is full.

    fun add(took: Duration) {
        if (last.size < LATENCY_WINDOW) last += took else last[(count % LATENCY_WINDOW).toInt()] = took
        count++
    }

    fun writeTo(generator: JsonGenerator) =
        with(generator) {
            val sorted = last.sorted()
            document {
                writeNumberField("count", count)
                member("latencyMs") {
                    document {
                        for (percent in intArrayOf(50, 95, 99)) {
                            // The nearest rank: the smallest value that so many percent do not exceed.
                            val rank = ceil(percent / 100.0 * sorted.size).toInt()
                            writeNumberField("p$percent", milliseconds(sorted[rank - 1]))
                        }
                    }
                }
            }
        }
}

/** Whole microseconds, as milliseconds. */
internal fun milliseconds(duration: Duration): Double = duration.toNanos() / 1000 / 1000.0
