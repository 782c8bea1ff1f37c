package benchmark.tuned

import benchmark.Log
import benchmark.RequestLine
import benchmark.timestamp
import tools.jackson.core.JsonGenerator
import java.io.OutputStream
import java.time.Instant

/**
 * The log without a logging library, of which the cheapest takes longer to set
 * up than all lines of a day take to write. The levels are Lambda's.
 */
internal class PlainLog(private val out: OutputStream, private val now: () -> Instant, levelName: String?) : Log {
    private enum class Level { TRACE, DEBUG, INFO, WARN, ERROR, FATAL }

    // What is unknown or empty is INFO.
    private val threshold = Level.entries.find { it.name == levelName } ?: Level.INFO

    override fun request(line: RequestLine): Unit =
        write(Level.INFO, "request") {
            writeStringProperty("requestId", line.requestId)
            writeStringProperty("method", line.method)
            writeStringProperty("route", line.route)
            writeNumberProperty("status", line.status)
            writeNumberProperty("durationMs", line.durationMs)
            writeBooleanProperty("coldStart", line.coldStart)
        }

    override fun error(message: String, requestId: String, cause: Throwable) {
        if (threshold > Level.ERROR) return
        write(Level.ERROR, message) {
            writeStringProperty("requestId", requestId)
            writeStringProperty("error", cause.stackTraceToString())
        }
    }

    override fun warn(message: String) {
        if (threshold <= Level.WARN) write(Level.WARN, message) {}
    }

    private fun write(level: Level, message: String, attributes: JsonGenerator.() -> Unit) {
        val text =
            encodeJson {
                writeStartObject()
                writeStringProperty("timestamp", timestamp(now()))
                writeStringProperty("level", level.name)
                writeStringProperty("message", message)
                attributes()
                writeEndObject()
                writeRaw('\n')
            }
        // One write a line, so that lines of requests under way do not mix.
        out.write(text)
        out.flush()
    }
}

/** Ktor and the SDK look for a logging library otherwise. */
internal fun lookForNoLogger() {
    System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider")
    System.setProperty("slf4j.internal.verbosity", "WARN") // It would tell of it on standard error.
}
