package benchmark

import org.slf4j.ILoggerFactory
import org.slf4j.LoggerFactory

/** What the log tells of a request; no item data, no address. */
internal class RequestLine(
    val requestId: String,
    val method: String,
    val route: String,
    val status: Int,
    val durationMs: Double,
    val coldStart: Boolean,
)

internal interface Log {
    /** The line that alarms read: it is written at any log level. */
    fun request(line: RequestLine)

    fun error(message: String, requestId: String, cause: Throwable)

    fun warn(message: String)
}

/** The log through SLF4J and logback, which logback.xml sets up. */
internal class Slf4jLog(loggers: ILoggerFactory = LoggerFactory.getILoggerFactory()) : Log {
    private val requests = loggers.getLogger("benchmark.request")
    private val rest = loggers.getLogger("benchmark")

    override fun request(line: RequestLine): Unit =
        requests
            .atInfo()
            .addKeyValue("requestId", line.requestId)
            .addKeyValue("method", line.method)
            .addKeyValue("route", line.route)
            .addKeyValue("status", line.status)
            .addKeyValue("durationMs", line.durationMs)
            .addKeyValue("coldStart", line.coldStart)
            .log("request")

    override fun error(message: String, requestId: String, cause: Throwable): Unit =
        rest
            .atError()
            .addKeyValue("requestId", requestId)
            .setCause(cause)
            .log(message)

    override fun warn(message: String): Unit = rest.warn(message)
}
