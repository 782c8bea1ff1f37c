package benchmark

import java.io.File
import java.time.Instant

/** What the process uses, as Linux tells it in /proc; 0 where the system tells nothing. */
internal open class ProcessFigures(private val folder: File = File("/proc/self")) {
    open fun started(): Instant? = ProcessHandle.current().info().startInstant().orElse(null)

    /** Resident bytes. */
    open fun rss(): Long = status("VmRSS")

    /** The high-water mark of the resident bytes. */
    open fun peakRss(): Long = status("VmHWM")

    /** CPU time since the process was started. */
    open fun cpu(): Cpu {
        // "pid (name) state …": the name may hold spaces, so the fields are counted from behind it. A tick is 10 ms.
        val fields = read("stat").substringAfterLast(") ").split(' ')
        return Cpu(userMs = ticks(fields, 11) * 10.0, systemMs = ticks(fields, 12) * 10.0)
    }

    private fun ticks(fields: List<String>, index: Int): Long = fields.getOrNull(index)?.toLongOrNull() ?: 0

    private fun status(name: String): Long {
        val kilobytes = read("status").substringAfter("$name:", "").substringBefore("kB").trim()
        return (kilobytes.toLongOrNull() ?: 0) * 1024
    }

    private fun read(name: String): String = folder.resolve(name).takeIf { it.canRead() }?.readText().orEmpty()
}
