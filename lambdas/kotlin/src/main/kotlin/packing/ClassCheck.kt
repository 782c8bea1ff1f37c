package benchmark.packing

import java.io.ByteArrayInputStream
import java.io.DataInputStream
import java.io.File
import java.security.MessageDigest
import java.util.zip.ZipFile
import kotlin.system.exitProcess

/** A setting that runtime.yaml names: how the code spells it, and the vendor's page. */
internal data class Setting(val what: String, val source: String?)

/** A method of another class, or a class itself where [method] is empty, as a class file refers to it. */
internal data class Reference(val owner: String, val method: String)

// What is built or configured with these is not a library.
private val data =
    listOf(
        Regex("io/ktor/http/.*Builder"), // headers and parameters of a request
        Regex("io/ktor/server/application/PluginBuilder"), // a plugin of ours
        Regex("org/slf4j/spi/LoggingEventBuilder"), // a line of the log
        Regex("software/amazon/awssdk/services/dynamodb/model/.*"), // a request to DynamoDB
        Regex("(java|kotlin)/.*"),
    )
private val configured = Regex(".*(Builder|Config|Configuration)")

/** What every use of such a class has. */
private val structure = setOf("build", "<init>", "toBuilder", "module")

/** Parts of a library that are nobody else's, and the ways to them. */
private val private =
    Regex(
        ".*/(internal|impl|thirdparty)/.*|(sun|jdk)/.*|java/lang/reflect/(Field|Method|Constructor|AccessibleObject)|" +
            "java/lang/invoke/MethodHandles|kotlin/reflect/(jvm|full)/.*|io/ktor/utils/io/InternalAPI",
    )

/** Kotlin's compiler and its plugin for serialization write these themselves. */
private val compilers = Regex("kotlin/(coroutines/)?(jvm/)?internal/.*|kotlinx/serialization/internal/.*")
private val lookups = setOf(Reference("java/lang/Class", "forName"), Reference("java/lang/ClassLoader", "loadClass"))

/** Proves of a zip that it is stock: published libraries as they are, no setting that is not named, no private name. */
internal class ClassCheck(private val settings: List<Setting>, private val lock: Map<String, String>, private val pom: String) {
    fun faults(zip: ZipFile): List<String> {
        val names = zip.entries().asSequence().filter { !it.isDirectory }.map { it.name }.toList()

        fun read(name: String) = zip.getInputStream(zip.getEntry(name)).use { it.readAllBytes() }
        val (classes, others) = names.filter { !it.startsWith("lib/") }.partition { it.startsWith("benchmark/") && it.endsWith(".class") }
        return settings.filter { it.source == null }.map { "runtime.yaml: the setting ${it.what} has no source" } +
            libraries(names.filter { it.startsWith("lib/") }.associate { it.removePrefix("lib/") to sha256(read(it)) }) +
            (others - setOf("logback.xml", "build.properties")).map { "$it: it is neither a library nor a class of ours" } +
            classes.flatMap { name -> references(read(name)).mapNotNull(::fault).map { "$name: $it" } } +
            (if ("logback.xml" in others) logging(String(read("logback.xml"))) else emptyList()) +
            exclusions()
    }

    private fun libraries(found: Map<String, String>): List<String> =
        (lock.keys + found.keys).sorted().mapNotNull { name ->
            when {
                name !in found -> "lib/$name: it is missing"
                name !in lock -> "lib/$name: libraries.sha256 does not name it"
                found[name] != lock[name] -> "lib/$name: it is not the published file, whose SHA-256 is ${lock[name]}"
                else -> null
            }
        }

    private fun fault(reference: Reference): String? {
        val (owner, method) = reference
        return when {
            owner.startsWith("benchmark/") || compilers.matches(owner) -> null
            private.matches(owner) || reference in lookups -> "it uses $owner $method, which is private or looked up by name"
            method.isEmpty() || method in structure || data.any { it.matches(owner) } -> null
            configured.matches(owner) && !isNamed(method) -> "it sets $owner.$method, which no setting names"
            else -> null
        }
    }

    private fun logging(xml: String): List<String> {
        val encoder = xml.substringAfter("<encoder", "").substringBefore("</encoder>")
        val names = Regex("<([a-zA-Z]+)>").findAll(encoder.replace(Regex("(?s)(<fieldNames>).*</fieldNames>"), "$1")).map { it.groupValues[1] }
        val attributes = Regex("<(\\w+)[^>]* level=").findAll(xml).map { "${it.groupValues[1]} level" }
        return (names + attributes).filter { !isNamed(it) }.map { "logback.xml: it sets $it, which no setting names" }.toList()
    }

    private fun exclusions(): List<String> =
        Regex("(?s)<exclusion>.*?<artifactId>(.*?)</artifactId>").findAll(pom).map { it.groupValues[1] }.filter { !isNamed(it) }
            .map { "pom.xml: it leaves $it out, which no setting names" }.toList()

    private fun isNamed(name: String): Boolean = settings.any { Regex("(?<![\\w-])${Regex.escape(name)}(?![\\w-])").containsMatchIn(it.what) }
}

private fun sha256(content: ByteArray): String = MessageDigest.getInstance("SHA-256").digest(content).toHexString()

/** All that a class file refers to, from its constant pool (JVMS 4.4). */
internal fun references(classFile: ByteArray): Set<Reference> {
    val input = DataInputStream(ByteArrayInputStream(classFile))
    input.skipBytes(8)
    val pool = arrayOfNulls<Any>(input.readUnsignedShort())
    var at = 1
    while (at < pool.size) {
        when (val tag = input.readUnsignedByte()) {
            1 -> pool[at] = input.readUTF()

            7 -> pool[at] = listOf(tag, input.readUnsignedShort())

            9, 10, 11, 12 -> pool[at] = listOf(tag, input.readUnsignedShort(), input.readUnsignedShort())

            8, 16, 19, 20 -> input.skipBytes(2)

            15 -> input.skipBytes(3)

            3, 4, 17, 18 -> input.skipBytes(4)

            5, 6 -> input.skipBytes(8).also { at++ }

            // These take two places.
            else -> error("constant pool: got the tag $tag")
        }
        at++
    }

    fun parts(index: Int) = (pool[index] as List<*>).map { it as Int }

    fun className(index: Int) = (pool[parts(index)[1]] as String).trimStart('[').removePrefix("L").removeSuffix(";")
    return pool
        .indices
        .filter { pool[it] is List<*> }
        .mapNotNullTo(LinkedHashSet()) { index ->
            val entry = parts(index)
            when (entry[0]) {
                7 -> Reference(className(index), "")
                10, 11 -> Reference(className(entry[1]), (pool[parts(entry[2])[1]] as String).removeSuffix("\$default"))
                else -> null
            }
        }
}

/** The settings of a variant in runtime.yaml, which bench has checked against its schema. */
internal fun settingsOf(variant: String, manifest: List<String>): List<Setting> {
    val block = manifest.dropWhile { it != "variants:" }.dropWhile { it != "  $variant:" }.drop(1).takeWhile { !Regex("  \\S.*").matches(it) }
    val settings = ArrayList<Setting>()
    for (line in block.map { it.trim().removePrefix("- ") }) {
        if (line.startsWith("what: ")) settings += Setting(line.removePrefix("what: "), null)
        if (line.startsWith("source: ")) settings += settings.removeLast().copy(source = line.removePrefix("source: "))
    }
    return settings
}

internal fun lockOf(lines: List<String>): Map<String, String> = lines.associate { it.substring(66) to it.substring(0, 64) }

internal fun main(arguments: Array<String>) {
    val settings = settingsOf("stock", File("runtime.yaml").readLines())
    val check = ClassCheck(settings, lockOf(File("libraries.sha256").readLines()), File("pom.xml").readText())
    val faults = ZipFile(arguments.single()).use(check::faults)
    faults.forEach { System.err.println("class: $it") }
    if (faults.isNotEmpty()) exitProcess(1)
    println("class: ${settings.size} settings, each with its source, and nothing else")
}
