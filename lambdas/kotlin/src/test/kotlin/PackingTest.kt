package benchmark

import benchmark.packing.ClassCheck
import benchmark.packing.Inputs
import benchmark.packing.Setting
import benchmark.packing.lockOf
import benchmark.packing.publishedOf
import benchmark.packing.settingsOf
import benchmark.packing.storeJar
import benchmark.packing.usesOf
import ch.qos.logback.classic.Level
import ch.qos.logback.classic.Logger
import kotlinx.serialization.json.Json
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.slf4j.LoggerFactory
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration
import software.amazon.awssdk.thirdparty.jackson.core.JsonFactory
import java.io.File
import java.security.MessageDigest
import java.time.Duration
import java.util.Locale
import java.util.zip.ZipEntry
import java.util.zip.ZipFile
import java.util.zip.ZipOutputStream

/** A validation that is switched off. */
internal object PlantedSetting {
    val json = Json { isLenient = true }
}

/** A library within a library. */
internal object PlantedPrivateName {
    val factory = JsonFactory()
}

internal object PlantedTimeouts {
    private const val ATTEMPTS = 3

    fun configuration(time: Duration): ClientOverrideConfiguration =
        ClientOverrideConfiguration.builder().apiCallTimeout(time).retryStrategy { it.maxAttempts(ATTEMPTS) }.build()
}

internal object PlantedProperty {
    fun set() {
        System.setProperty("aws.retryMode", "standard")
        System.getProperties()["x"] = "y"
        Locale.setDefault(Locale.ROOT)
        (LoggerFactory.getLogger("a") as Logger).setLevel(Level.OFF)
    }
}

internal object PlantedReflection {
    fun field(): Any = String::class.java.getDeclaredField("value").get("")
}

internal class PackingTest {
    @TempDir
    private lateinit var folder: File
    private val library = "library".toByteArray()
    private val lock = mapOf("a.jar" to digest("SHA-256", library))
    private val published = mapOf("a.jar" to digest("SHA-1", library))

    private fun digest(algorithm: String, content: ByteArray) = MessageDigest.getInstance(algorithm).digest(content).toHexString()

    private fun zip(vararg files: Pair<String, ByteArray>): ZipFile {
        val file = File.createTempFile("function", ".zip", folder)
        ZipOutputStream(file.outputStream()).use { zip ->
            for ((name, content) in files) {
                zip.putNextEntry(ZipEntry(name))
                zip.write(content)
            }
        }
        return ZipFile(file)
    }

    private fun classFile(type: Class<*>): Pair<String, ByteArray> {
        val name = type.name.replace('.', '/') + ".class"
        return name to type.classLoader.getResourceAsStream(name)!!.use { it.readAllBytes() }
    }

    private fun faults(
        vararg files: Pair<String, ByteArray>,
        settings: List<Setting> = emptyList(),
        pom: String = "<project/>",
        source: String = "",
        published: Map<String, String> = this.published,
    ): List<String> = zip(*files).use(ClassCheck(settings, lock, Inputs(pom, mapOf("X.kt" to source), published))::faults)

    private fun setting(what: String) = Setting(what, "https://example.com")

    @Test
    fun `published libraries and classes of ours are stock`() {
        assertEquals(emptyList<String>(), faults("lib/a.jar" to library, classFile(Item::class.java), classFile(DynamoStore::class.java)))
        assertEquals(
            listOf("lib/a.jar: the registry's SHA-1 of it is 00"),
            faults("lib/a.jar" to library, published = mapOf("a.jar" to "00")),
        )
    }

    @Test
    fun `a library that was changed, added or left out is not`() {
        assertEquals(
            listOf("lib/a.jar: it is not the published file, whose SHA-256 is ${lock["a.jar"]}"),
            faults("lib/a.jar" to "Library".toByteArray()),
        )
        assertEquals(listOf("lib/b.jar: libraries.sha256 does not name it"), faults("lib/a.jar" to library, "lib/b.jar" to library))
        assertEquals(listOf("lib/a.jar: it is missing"), faults())
        assertEquals(
            listOf("io/ktor/Shadow.class: it is neither a library nor a class of ours"),
            faults("lib/a.jar" to library, "io/ktor/Shadow.class" to library),
        )
    }

    @Test
    fun `a setting that is not named, has another value or no source`() {
        val planted = arrayOf("lib/a.jar" to library, classFile(PlantedSetting::class.java.classLoader.loadClass("benchmark.PlantedSetting")))
        val fault = "benchmark/PlantedSetting.class: it sets kotlinx/serialization/json/JsonBuilder"
        val source = "val json = Json { isLenient = true } // isLenient = false"
        assertEquals(listOf("$fault.isLenient=true, which no setting names"), faults(*planted, source = source))
        assertEquals(listOf("$fault.setLenient under another name, which no setting names"), faults(*planted))
        assertEquals(emptyList<String>(), faults(*planted, source = source, settings = listOf(setting("Json { isLenient = true }"))))
        assertEquals(
            listOf("$fault.isLenient=true, which no setting names"),
            faults(*planted, source = source, settings = listOf(setting("Json { isLenient = false }"))),
        )
        assertEquals(
            listOf("runtime.yaml: the setting Json { isLenient = true } has no source"),
            faults(*planted, source = source, settings = listOf(Setting("Json { isLenient = true }", null))),
        )
    }

    @Test
    fun `the arguments of a setting are compared, and the numbers behind their names`() {
        val planted = arrayOf("lib/a.jar" to library, classFile(PlantedTimeouts::class.java))
        val declared = listOf("builder()", "apiCallTimeout(time)", "retryStrategy { it.maxAttempts(ATTEMPTS) }, ATTEMPTS = 3").map(::setting)

        fun with(call: String, attempts: Int) =
            faults(
                *planted,
                source = "const val ATTEMPTS = $attempts\nbuilder()\n  .apiCallTimeout($call)\n  .retryStrategy {\n it.maxAttempts(ATTEMPTS) }",
                settings = declared,
            )
                .map { it.substringAfterLast('.').substringBefore(", which") }
        assertEquals(emptyList<String>(), with("time", 3))
        assertEquals(listOf("apiCallTimeout(other)"), with("other", 3))
        assertEquals(listOf("ATTEMPTS=1", "ATTEMPTS=1"), with("time", 1))
        assertEquals(listOf("f(a){b}", "f{c}"), usesOf("f", "x.f(a){b}f{c}of(d)"))
    }

    @Test
    fun `what is set for the whole process, or by a setter`() {
        val owners = listOf("java/lang/System.setProperty", "java/lang/System.getProperties", "java/util/Locale.setDefault")
        val got = faults("lib/a.jar" to library, classFile(PlantedProperty::class.java))
        val setter = "it sets ch/qos/logback/classic/Logger.setLevel under another name, which no setting names"
        val faults = owners.map { "it uses $it, which sets something for the whole process" } + setter
        assertEquals(faults.map { "benchmark/PlantedProperty.class: $it" }, got)
    }

    @Test
    fun `settings of the log and of the build`() {
        val xml =
            """<configuration debug="true"><appender name="o" class="ch.qos.logback.core.ConsoleAppender"><encoder class="x.E"><a>1</a>
            <fieldNames><b>2</b></fieldNames></encoder></appender><root level="INFO"/></configuration>"""
        val pom =
            """<project><exclusion><groupId>g</groupId><artifactId>left-out</artifactId></exclusion><args><arg>-Xno-param-assertions</arg></args>
            <repositories/><profile><args><arg>-Xlambdas=class</arg></args></profile></project>"""
        val files = arrayOf("lib/a.jar" to library, "logback.xml" to xml.toByteArray())
        assertEquals(
            listOf("logback.xml: it sets a = 1", "logback.xml: it sets fieldNames", "logback.xml: it sets configuration debug = true") +
                listOf("logback.xml: it sets E", "logback.xml: it sets root level = INFO", "pom.xml: it leaves left-out out") +
                listOf("pom.xml: it compiles with -Xno-param-assertions"),
            faults(*files, pom = pom).dropLast(1).map { it.removeSuffix(", which no setting names") },
        )
        assertEquals("pom.xml: its repositories take libraries from elsewhere", faults(*files, pom = pom).last())
        val named = listOf("E, a = 1, fieldNames, root level = INFO, configuration debug = true", "exclusion of left-out, -Xno-param-assertions").map(::setting)
        assertEquals(emptyList<String>(), faults(*files, pom = pom.replace("<repositories/>", ""), settings = named))
        val other = faults(*files, pom = "<project/>", settings = named.map { it.copy(what = it.what.replace("INFO", "WARN")) })
        assertEquals(listOf("logback.xml: it sets root level = INFO, which no setting names"), other)
    }

    @Test
    fun `a private name, and what is looked up by its name`() {
        for ((type, words) in mapOf(
            PlantedPrivateName::class.java to "software/amazon/awssdk/thirdparty/jackson/core/JsonFactory",
            PlantedReflection::class.java to "java/lang/reflect/Field",
        )) {
            val got = faults("lib/a.jar" to library, classFile(type))
            assertEquals(true, got.isNotEmpty() && got.all { "it uses $words" in it }, got.toString())
        }
    }

    @Test
    fun `what stock names is read from the manifest`() {
        val manifest =
            """
            artifacts:
              stock:
                output: build
            variants:
              stock:
                settings:
                  - &a
                    what: "x()"
                    why: "y"
                    source: https://example.com
                  - what: z
              tuned:
                settings:
                  - what: other
            """.trimIndent()
        assertEquals(listOf(Setting("\"x()\"", "https://example.com"), Setting("z", null)), settingsOf("stock", manifest.lines()))
        val jar = folder.resolve("a.jar")
        folder.resolve("a.jar.sha1").writeText("ab12  a.jar\n")
        assertEquals(mapOf("a.jar" to "ab12", "b.jar" to ""), publishedOf("$jar${File.pathSeparator}${folder.resolve("b.jar")}\n"))
        assertEquals(mapOf("a.jar" to "0".repeat(64)), lockOf(listOf("${"0".repeat(64)}  a.jar")))
        assertEquals(true, settingsOf("stock", File("runtime.yaml").readLines()).size > 5)
    }

    @Test
    fun `one jar of several, always the same`() {
        val first = zip("b/B.class" to library, "META-INF/MANIFEST.MF" to library).name
        val second = zip("a/A.class" to library, "b/B.class" to "other".toByteArray(), "META-INF/native-image/x" to library).name
        folder.resolve("classes/c").mkdirs()
        folder.resolve("classes/c/C.class").writeBytes(library)
        val inputs = listOf(first, second, "$folder/classes").map(::File)
        val (one, two) = listOf("one.jar", "two.jar").map(folder::resolve)
        storeJar(one, inputs)
        storeJar(two, inputs)
        assertArrayEquals(one.readBytes(), two.readBytes())
        ZipFile(one).use { jar ->
            assertEquals(listOf("a/A.class", "b/B.class", "c/C.class"), jar.entries().toList().map { it.name })
            assertEquals(List(3) { ZipEntry.STORED to "library" }, jar.entries().toList().map { it.method to jar.getInputStream(it).reader().readText() })
        }
        storeJar(two, listOf(File(second)), native = true)
        ZipFile(two).use { jar -> assertEquals(true, jar.getEntry("META-INF/native-image/x") != null) }
    }
}
