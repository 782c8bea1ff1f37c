package benchmark

import java.io.File
import java.io.RandomAccessFile
import java.time.Duration

/** Tells what the process uses. */
internal interface Meter {
    /** CPU time since the process was started. */
    val cpu: CpuTime

    /** Resident bytes. */
    val rss: Long

    /** The high-water mark of the resident bytes. */
    val peakRss: Long

    /** Time since the process was started. */
    val age: Duration
}

internal data class CpuTime(val user: Duration, val system: Duration) {
    val total: Duration get() = user + system
}

/**
 * Reads Linux's /proc, and answers 0 for what the system does not tell. CPU time
 * comes in steps of 10 ms: the finer sources would either cost a function half
 * a millisecond per call or leave the JIT compiler out.
 */
internal class Proc(private val folder: String = "/proc/self", private val uptime: String = "/proc/uptime") : Meter {
    // Stays open, since every request reads it.
    private val stat = runCatching { RandomAccessFile("$folder/stat", "r") }.getOrNull()
    private val buffer = ByteArray(1024)

    override val cpu: CpuTime
        get() = statFields().let { CpuTime(ticks(it.number(USER)), ticks(it.number(SYSTEM))) }

    override val rss: Long get() = statFields().number(RSS_PAGES) * PAGE_BYTES

    override val peakRss: Long
        get() {
            val status = File("$folder/status").takeIf { it.canRead() }?.readText().orEmpty()
            val peak = status.substringAfter("VmHWM:", "").substringBefore("kB").trim()
            return (peak.toLongOrNull() ?: 0) * 1024
        }

    override val age: Duration
        get() {
            val up = File(uptime).takeIf { it.canRead() }?.readText().orEmpty().substringBefore(' ').toDoubleOrNull() ?: return Duration.ZERO
            return Duration.ofMillis((up * 1000).toLong()) - ticks(statFields().number(START))
        }

    // "pid (name) state …": the name may hold spaces, so the fields are counted from behind it.
    @Synchronized
    private fun statFields(): List<String> {
        if (stat == null) return emptyList()
        stat.seek(0)
        val length = stat.read(buffer).coerceAtLeast(0)
        return String(buffer, 0, length, Charsets.ISO_8859_1).substringAfterLast(") ").split(' ')
    }

    private fun List<String>.number(field: Int): Long = getOrNull(field - FIRST_FIELD)?.toLongOrNull() ?: 0

    private companion object {
        // Numbers of the fields in proc_pid_stat(5).
        const val FIRST_FIELD = 3
        const val USER = 14
        const val SYSTEM = 15
        const val START = 22
        const val RSS_PAGES = 24

        /** Lambda's kernels have small pages on both architectures. */
        const val PAGE_BYTES = 4096L

        /** USER_HZ is 100 on all of them. */
        fun ticks(count: Long): Duration = Duration.ofMillis(count * 10)
    }
}
