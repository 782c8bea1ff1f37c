package benchmark.packing

import java.io.File
import java.time.LocalDateTime
import java.util.TreeMap
import java.util.zip.CRC32
import java.util.zip.ZipEntry
import java.util.zip.ZipFile
import java.util.zip.ZipOutputStream

// What only other tools, platforms and Java versions look at.
private val useless =
    Regex(
        "META-INF/(versions|maven|proguard|com\\.android\\.tools|native-image)/.*|META-INF/[^/]*\\.(kotlin_module|version|MF|SF|RSA)|" +
            ".*\\.kotlin_builtins|codegen-resources/.*|(.*/)?module-info\\.class|(osx|windows|freebsd|android)/.*|" +
            "linux/(.*/musl|armv6|armv7|x86_32)/.*|.*/",
    )
private val reachability = Regex("META-INF/native-image/.*")
private val zipEpoch = LocalDateTime.of(1980, 1, 1, 0, 0)

/**
 * Puts jars and folders of classes into one jar. Its entries are stored without
 * compression, in the order of their names; the first input that has a name wins.
 * What native-image reads is kept only for [native].
 */
internal fun storeJar(output: File, inputs: List<File>, native: Boolean = false) {
    val entries = TreeMap<String, ByteArray>()

    fun add(name: String, read: () -> ByteArray) {
        if (!useless.matches(name) || (native && reachability.matches(name))) entries.computeIfAbsent(name) { read() }
    }
    for (input in inputs) {
        if (input.isDirectory) {
            input.walk().filter(File::isFile).forEach { file -> add(file.toRelativeString(input)) { file.readBytes() } }
        } else {
            ZipFile(input).use { zip ->
                zip.entries().asSequence().forEach { entry -> add(entry.name) { zip.getInputStream(entry).use { it.readAllBytes() } } }
            }
        }
    }
    ZipOutputStream(output.outputStream().buffered()).use { zip ->
        zip.setMethod(ZipOutputStream.STORED)
        for ((name, content) in entries) {
            val entry = ZipEntry(name)
            entry.size = content.size.toLong()
            entry.crc = CRC32().apply { update(content) }.value
            entry.timeLocal = zipEpoch
            zip.putNextEntry(entry)
            zip.write(content)
        }
    }
}

/** `StoredJarKt [--native] OUTPUT INPUT...` */
internal fun main(arguments: Array<String>) {
    val files = arguments.filter { it != "--native" }.map(::File)
    storeJar(files.first(), files.drop(1), native = "--native" in arguments)
}
