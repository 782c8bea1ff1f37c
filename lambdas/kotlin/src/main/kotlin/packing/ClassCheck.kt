package benchmark.packing

import org.w3c.dom.Element
import org.w3c.dom.Node
import java.io.ByteArrayInputStream
import java.io.DataInputStream
import java.io.File
import java.security.MessageDigest
import java.util.zip.ZipFile
import javax.xml.parsers.DocumentBuilderFactory
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

/** Java's own ways to set something for the whole process. */
private val processWide =
    Regex(
        "java/(lang|net|security|util)/\\w+\\.(setDefault.*|setProperty|setProperties|getProperties|clearProperty|setPriority|" +
            "(insert|add|remove)Provider.*|set\\w+Factory)|java/lang/(System|Runtime)\\.(load|loadLibrary|set\\w+)|java/util/logging/.*",
    )

/** What was made of what: the function's zip is [sources] and [pom], and [published] the registry's checksum of each library by its file's name. */
internal class Inputs(val pom: String, val sources: Map<String, String>, val published: Map<String, String>)

/** Proves of a zip that it is stock: published libraries as they are, no setting that is not named, no private name. */
internal class ClassCheck(private val settings: List<Setting>, private val lock: Map<String, String>, private val inputs: Inputs) {
    private val named = settings.map { it.copy(what = withoutSpaces(it.what.removeSurrounding("'").removeSurrounding("\"").replace("\\\"", "\""))) }
    private val code = inputs.sources.mapValues { (_, text) -> withoutSpaces(withoutComments(text)) }

    fun faults(zip: ZipFile): List<String> {
        val names = zip.entries().asSequence().filter { !it.isDirectory }.map { it.name }.toList()

        fun read(name: String) = zip.getInputStream(zip.getEntry(name)).use { it.readAllBytes() }
        val (classes, others) = names.filter { !it.startsWith("lib/") }.partition { it.startsWith("benchmark/") && it.endsWith(".class") }
        return settings.filter { it.source == null }.map { "runtime.yaml: the setting ${it.what} has no source" } +
            libraries(names.filter { it.startsWith("lib/") }.associate { it.removePrefix("lib/") to read(it) }) +
            (others - setOf("logback.xml", "build.properties")).map { "$it: it is neither a library nor a class of ours" } +
            classes.flatMap { name -> references(read(name)).mapNotNull(::fault).map { "$name: $it" } } +
            (if ("logback.xml" in others) logging(String(read("logback.xml"))) else emptyList()) +
            build(inputs.pom)
    }

    private fun libraries(found: Map<String, ByteArray>): List<String> =
        (lock.keys + found.keys).sorted().mapNotNull { name ->
            val file = found[name]
            when {
                file == null -> "lib/$name: it is missing"
                name !in lock -> "lib/$name: libraries.sha256 does not name it"
                digest("SHA-256", file) != lock[name] -> "lib/$name: it is not the published file, whose SHA-256 is ${lock[name]}"
                digest("SHA-1", file) != inputs.published[name] -> "lib/$name: the registry's SHA-1 of it is ${inputs.published[name]}"
                else -> null
            }
        }

    private fun fault(reference: Reference): String? {
        val (owner, method) = reference
        return when {
            owner.startsWith("benchmark/") || compilers.matches(owner) -> null
            private.matches(owner) || reference in lookups -> "it uses $owner $method, which is private or looked up by name"
            processWide.matches("$owner.$method") -> "it uses $owner.$method, which sets something for the whole process"
            method.isEmpty() || method in structure || data.any { it.matches(owner) } -> null
            isSetting(owner, method) -> undeclared(method)?.let { "it sets $owner.$it, which no setting names" }
            else -> null
        }
    }

    private fun isSetting(owner: String, method: String) = configured.matches(owner) || setter.matches(method)

    /** What of the sources' uses of [method] is not declared with the very same arguments; null if all is. */
    private fun undeclared(method: String): String? {
        val uses = code.values.flatMap { usesOf(method, it) }
        if (uses.isEmpty()) return "$method under another name"
        return uses.firstOrNull { !isNamed(it) } ?: uses.flatMap(::numbers).firstOrNull { !isNamed(it) }
    }

    /** Where a name in a setting is a number in the sources: `attemptTimeout = Duration.ofMillis(8000)`. */
    private fun numbers(use: String): List<String> =
        Regex(
            "\\b([a-z]\\w+|[A-Z_]{3,})(?![\\w.(])",
        ).findAll(use.substringAfter('(', "") + use.substringAfter('{', "")).map { it.value }.toSet().flatMap { name ->
            code.values.flatMap { text ->
                Regex("(?<![\\w.])$name(:\\w+)?=(?!=)").findAll(text).map { "$name=" + expression(text, it.range.last + 1) }
            }
        }.filter { Regex("\\b\\d").containsMatchIn(it.replace(Regex("\".*?\""), "")) }

    private fun logging(xml: String): List<String> {
        val elements = elements(xml).filter { it.parentNode.nodeName != "fieldNames" }
        val texts = elements.filter { it.nodeName !in layout }.map {
            if (it.nodeName ==
                "fieldNames"
            ) {
                it.nodeName
            } else {
                "${it.nodeName} = ${it.textContent.trim()}"
            }
        }
        val attributes =
            elements.flatMap { element ->
                val own = listOf(element.nodeName, element.getAttribute("name")).filter { it.isNotEmpty() && element.nodeName != "appender" }.joinToString(" ")
                element.attributes().filter { it.nodeName !in setOf("name", "ref") && it.nodeValue != CONSOLE }.map {
                    if (it.nodeName == "class") it.nodeValue.substringAfterLast('.') else "$own ${it.nodeName} = ${it.nodeValue}"
                }
            }
        return (texts + attributes).filter { !isNamed(withoutSpaces(it)) }.map { "logback.xml: it sets $it, which no setting names" }
    }

    private fun build(xml: String): List<String> {
        val elements = elements(xml).filter { element -> generateSequence<Node>(element) { it.parentNode }.none { it.nodeName == "profile" } }
        val left = elements.filter { it.nodeName == "exclusion" }.map { it.getElementsByTagName("artifactId").item(0).textContent }
        val arguments = elements.filter { "${it.parentNode.nodeName} ${it.nodeName}" in setOf("args arg", "compilerPlugins plugin") }
        return left.filter { !isNamed(it) }.map { "pom.xml: it leaves $it out, which no setting names" } +
            arguments.map { it.textContent }.filter { it !in compiler && !isNamed(it) }.map { "pom.xml: it compiles with $it, which no setting names" } +
            elements.filter { it.nodeName in elsewhere }.map { "pom.xml: its ${it.nodeName} take libraries from elsewhere" }
    }

    private fun isNamed(code: String): Boolean =
        named.any { Regex("(?<![\\w-])${Regex.escape(code)}${if (code.last().isLetterOrDigit()) "(?![\\w-])" else ""}").containsMatchIn(it.what) }
}

/** Of any class: `setLevel`, `setDefaultX`; requests and the log's lines are [data]. */
private val setter = Regex("set[A-Z]\\w*")
private val layout = setOf("configuration", "appender", "encoder", "logger", "root", "appender-ref")
private const val CONSOLE = "ch.qos.logback.core.ConsoleAppender"

/** What the compiler is told without a change of what it makes, and the plugin that serialization asks for. */
private val compiler = setOf("-Werror", "-Xexplicit-api=strict", "kotlinx-serialization")
private val elsewhere = setOf("repositories", "pluginRepositories", "systemPath", "parent")

/** All elements of a document. */
private fun elements(xml: String): List<Element> {
    val all = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(xml.byteInputStream()).getElementsByTagName("*")
    return (0..<all.length).map { all.item(it) as Element }
}

private fun Element.attributes(): List<Node> = (0..<attributes.length).map(attributes::item)

/** The calls of a method in code without spaces, with their arguments, and where it is a property its assignments. */
internal fun usesOf(method: String, code: String): List<String> {
    val calls = Regex("(?<!\\w)$method(?=(<\\w+>)?[({])").findAll(code).map { code.substring(it.range.first, endOfCall(code, it.range.last + 1)) }
    val property = method.removePrefix("set").takeIf { it != method && it.isNotEmpty() } ?: return calls.toList()
    val name = "(is$property|${property.replaceFirstChar(Char::lowercase)})"
    val assignments = Regex("(?<!\\w)$name=(?!=)").findAll(code).map { it.value + expression(code, it.range.last + 1) }
    return calls.toList() + assignments
}

/** Where the brackets that begin at [from] are closed, and those of a lambda behind them. */
private fun endOfCall(code: String, from: Int): Int {
    var at = code.indexOfAny(charArrayOf('(', '{'), from)
    do at = endOfBrackets(code, at) while (code.getOrNull(at) == '{')
    return at
}

private fun endOfBrackets(code: String, from: Int): Int {
    var depth = 0
    for (at in from..<code.length) {
        if (code[at] in "({[") depth++
        if (code[at] in ")}]" && --depth == 0) return at + 1
    }
    return code.length
}

/** An expression up to the end of its line, its argument or its block. */
private fun expression(code: String, from: Int): String {
    var at = from
    while (at < code.length && code[at] !in ",;)}]\n") at = if (code[at] in "({[") endOfBrackets(code, at) else at + 1
    return code.substring(from, at)
}

private fun withoutComments(code: String): String = code.replace(Regex("(?s)/\\*.*?\\*/"), "").replace(Regex("(?<!:)//.*"), "")

/** Spaces are kept between words only, and line ends where a statement may end. */
private fun withoutSpaces(code: String): String =
    code
        .replace(Regex("\\s*\\n\\s*(?=[.?:)}\\]])|(?<=[({\\[,=.])\\s*\\n\\s*"), "")
        .replace(Regex("(?<=\\W)[ \\t]+|[ \\t]+(?=\\W)"), "")

private fun digest(algorithm: String, content: ByteArray): String = MessageDigest.getInstance(algorithm).digest(content).toHexString()

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

/** The registry's SHA-1 of each file that Maven took from it, by the file's name. */
internal fun publishedOf(classpath: String): Map<String, String> =
    classpath.trim().split(File.pathSeparator).map(::File).associate { file ->
        val checksum = File("$file.sha1").takeIf(File::exists)?.readText()
        file.name to checksum.orEmpty().trim().substringBefore(' ')
    }

/** `zip classpath`: the second is a file with Maven's classpath, and what follows are the sources of the zip. */
internal fun main(arguments: Array<String>) {
    val (zip, classpath) = arguments
    val settings = settingsOf("stock", File("runtime.yaml").readLines())
    val sources = arguments.drop(2).associateWith { File(it).readText() }
    val inputs = Inputs(File("pom.xml").readText(), sources, publishedOf(File(classpath).readText()))
    val check = ClassCheck(settings, lockOf(File("libraries.sha256").readLines()), inputs)
    val faults = ZipFile(zip).use(check::faults)
    faults.forEach { System.err.println("class: $it") }
    if (faults.isNotEmpty()) exitProcess(1)
    println("class: ${settings.size} settings, each with its source, and nothing else")
}
