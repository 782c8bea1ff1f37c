package benchmark

import benchmark.tuned.PlainLog
import ch.qos.logback.classic.LoggerContext
import ch.qos.logback.classic.joran.JoranConfigurator
import ch.qos.logback.classic.util.LogbackMDCAdapter
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.ByteArrayOutputStream
import java.io.PrintStream

internal class LogTest {
    // Other tests tell SLF4J to look for no library.
    private val logback =
        LoggerContext().also {
            it.mdcAdapter = LogbackMDCAdapter()
            JoranConfigurator().apply { context = it }.doConfigure(javaClass.getResource("/logback.xml"))
        }
    private val line = RequestLine("id", "GET", "/items", 200, 1.5, true)
    private val request = """"message":"request","requestId":"id","method":"GET","route":"/items","status":200,"durationMs":1.5,"coldStart":true}"""

    @Test
    fun `logback writes JSON with the names that alarms read`() {
        val lines =
            printed {
                val log = Slf4jLog(logback)
                log.request(line)
                log.warn("a")
                log.error("b", "id", IllegalStateException("c"))
            }

        val (of, warning, error) = lines.map { line -> Json.parseToJsonElement(line).jsonObject.mapValues { it.value.jsonPrimitive.content } }
        val timestamp = Regex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z")
        assertEquals(List(3) { true }, listOf(of, warning, error).map { timestamp.matches(it.getValue("timestamp")) }, lines.joinToString())
        assertEquals(true, request.removePrefix("\"message\":\"request\",") in lines.first(), lines.first())
        val want = mapOf("requestId" to "id", "method" to "GET", "route" to "/items", "status" to "200", "durationMs" to "1.5", "coldStart" to "true")
        assertEquals(want + mapOf("level" to "INFO", "message" to "request"), of - "timestamp")
        assertEquals(mapOf("level" to "WARN", "message" to "a"), warning - "timestamp")
        assertEquals(listOf("ERROR", "b", "id"), listOf("level", "message", "requestId").map(error::get))
        assertEquals(true, error.getValue("error").startsWith("java.lang.IllegalStateException: c\n"), error["error"])
    }

    private fun printed(write: () -> Unit): List<String> {
        val before = System.out
        val out = ByteArrayOutputStream()
        System.setOut(PrintStream(out))
        try {
            write()
        } finally {
            System.setOut(before)
        }
        return out.toString().lines().dropLast(1)
    }

    @Test
    fun `the plain log has levels`() {
        fun lines(level: String?): List<String> {
            val out = ByteArrayOutputStream()
            val log = PlainLog(out, { testTime }, level)
            log.warn("a")
            log.error("b", "id", IllegalStateException("c"))
            log.request(line)
            return out.toString().lines().dropLast(1).map { it.replace(Regex("\\\\n.*(?=\"})"), "") }
        }
        val start = """{"timestamp":"2026-11-22T04:05:06.789Z","level":"""
        val warn = """$start"WARN","message":"a"}"""
        val error = """$start"ERROR","message":"b","requestId":"id","error":"java.lang.IllegalStateException: c"}"""
        val always = """$start"INFO",$request"""
        assertEquals(listOf(warn, error, always), lines("nonsense"))
        assertEquals(listOf(error, always), lines("ERROR"))
        assertEquals(listOf(always), lines("FATAL"))
    }
}
