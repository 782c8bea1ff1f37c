package benchmark

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayOutputStream
import java.nio.file.Path
import java.time.Duration
import kotlin.io.path.writeText

internal class ProcessTest {
    @Test
    fun `proc's figures`(
        @TempDir folder: Path,
    ) {
        val fields = (3..52).joinToString(" ") { "$it" }
        folder.resolve("stat").writeText("7 (a) b) $fields\n")
        folder.resolve("status").writeText("Name:\tx\nVmHWM:\t   23456 kB\nVmRSS:\t 1 kB\n")
        folder.resolve("uptime").writeText("12.34 50.00\n")
        val proc = Proc("$folder", "$folder/uptime")
        assertEquals(CpuTime(Duration.ofMillis(140), Duration.ofMillis(150)), proc.cpu)
        assertEquals(Duration.ofMillis(290), proc.cpu.total)
        assertEquals(listOf(24 * 4096L, 23_456 * 1024L), listOf(proc.rss, proc.peakRss))
        assertEquals(Duration.ofMillis(12_340 - 220), proc.age)
    }

    @Test
    fun `what the system does not tell is 0`(
        @TempDir folder: Path,
    ) {
        val proc = Proc("$folder", "$folder/uptime")
        assertEquals(listOf(0L, 0L, Duration.ZERO, Duration.ZERO), listOf(proc.rss, proc.peakRss, proc.age, proc.cpu.total))
    }

    @Test
    fun `percentiles are nearest ranks over the last 1024`() {
        val metrics = Metrics(FakeMeter, { testTime }, 0, "1")
        for (i in 1..2000) metrics.end("GET /items", Duration.ofMillis(i.toLong()))
        val got = String(encodeJson { metrics.writeTo(this, true) })
        assertEquals(
            """"routes":{"GET /items":{"count":2000,"latencyMs":{"p50":1488.0,"p95":1949.0,"p99":1990.0}}},"sdkVersion":"1"}""",
            got.substring(got.indexOf("\"routes\"")),
        )
    }

    @Test
    fun `the log has levels`() {
        fun lines(level: String?): List<String> {
            val out = ByteArrayOutputStream()
            val log = Log(out, { testTime }, level)
            log.warn("a")
            log.error("b") { writeStringField("x", "y") }
            log.always("c") {}
            return out.toString().lines().dropLast(1)
        }
        val start = """{"timestamp":"2026-11-22T04:05:06.789Z","level":"""
        val warn = """$start"WARN","message":"a"}"""
        val error = """$start"ERROR","message":"b","x":"y"}"""
        val always = """$start"INFO","message":"c"}"""
        assertEquals(listOf(warn, error, always), lines("nonsense"))
        assertEquals(listOf(error, always), lines("ERROR"))
        assertEquals(listOf(always), lines("FATAL"))
    }
}
