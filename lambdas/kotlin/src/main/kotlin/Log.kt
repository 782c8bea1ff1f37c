package benchmark

import com.fasterxml.jackson.core.JsonGenerator
import java.io.OutputStream
import java.time.Instant

/**
 * Writes one JSON object a line, with the names that Lambda looks for: without
 * timestamp it files every line under INFO.
 */
internal class Log(private val out: OutputStream, private val now: () -> Instant, levelName: String?) {
    internal enum class Level { TRACE, DEBUG, INFO, WARN, ERROR, FATAL }

    // What is unknown or empty is INFO.
    private val threshold = Level.entries.find { it.name == levelName } ?: Level.INFO

    fun warn(message: String): Unit = atLevel(Level.WARN, message) {}

    fun error(message: String, attributes: JsonGenerator.() -> Unit): Unit = atLevel(Level.ERROR, message, attributes)

    /** A line that alarms read: it is written at any log level. */
    fun always(message: String, attributes: JsonGenerator.() -> Unit): Unit = line(Level.INFO, message, attributes)

    private fun atLevel(level: Level, message: String, attributes: JsonGenerator.() -> Unit) {
        if (level >= threshold) line(level, message, attributes)
    }

    private fun line(level: Level, message: String, attributes: JsonGenerator.() -> Unit) {
        val text =
            encodeJson {
                document {
                    writeStringField("timestamp", timestamp(now()))
                    writeStringField("level", level.name)
                    writeStringField("message", message)
                    attributes()
                }
                writeRaw('\n')
            }
        // One write a line, so that lines of requests under way do not mix.
        out.write(text)
        out.flush()
    }
}
