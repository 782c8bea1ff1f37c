package benchmark

import kotlinx.serialization.json.Json
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.time.Duration
import java.time.Instant

internal class ProcessTest {
    @Test
    fun `proc's figures`(
        @TempDir folder: File,
    ) {
        val fields = (3..52).joinToString(" ") { "$it" }
        folder.resolve("stat").writeText("7 (a) b) $fields\n")
        folder.resolve("status").writeText("Name:\tx\nVmHWM:\t   23456 kB\nVmRSS:\t 1 kB\n")
        val figures = ProcessFigures(folder)
        assertEquals(listOf(140.0, 150.0), figures.cpu().run { listOf(userMs, systemMs) })
        assertEquals(listOf(1024L, 23_456 * 1024L), listOf(figures.rss(), figures.peakRss()))
    }

    @Test
    fun `what the system does not tell is 0`(
        @TempDir folder: File,
    ) {
        val figures = ProcessFigures(folder)
        assertEquals(listOf(0L, 0L, 0.0), listOf(figures.rss(), figures.peakRss(), figures.cpu().userMs))
    }

    @Test
    fun `a process has started before now`() {
        assertEquals(true, ProcessFigures().started()!! <= Instant.now())
    }

    @Test
    fun `percentiles are nearest ranks over the last 1024`() {
        val metrics = Metrics(FakeFigures, { testTime }, 0, "1")
        for (i in 1..2000) metrics.end("GET /items", Duration.ofMillis(i.toLong()))
        val got = Json.encodeToString(metrics.report(true))
        assertEquals(
            """"routes":{"GET /items":{"count":2000,"latencyMs":{"p50":1488.0,"p95":1949.0,"p99":1990.0}}},"sdkVersion":"1"}""",
            got.substring(got.indexOf("\"routes\"")),
        )
    }
}
