package benchmark

import benchmark.packing.ClassCheck
import benchmark.packing.Setting
import benchmark.packing.lockOf
import benchmark.packing.settingsOf
import benchmark.packing.storeJar
import kotlinx.serialization.json.Json
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import software.amazon.awssdk.thirdparty.jackson.core.JsonFactory
import java.io.File
import java.security.MessageDigest
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

internal object PlantedReflection {
    fun field(): Any = String::class.java.getDeclaredField("value").get("")
}

internal class PackingTest {
    @TempDir
    private lateinit var folder: File
    private val library = "library".toByteArray()
    private val lock = mapOf("a.jar" to MessageDigest.getInstance("SHA-256").digest(library).toHexString())

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

    private fun faults(vararg files: Pair<String, ByteArray>, settings: List<Setting> = emptyList(), pom: String = ""): List<String> =
        zip(*files).use(ClassCheck(settings, lock, pom)::faults)

    @Test
    fun `published libraries and classes of ours are stock`() {
        assertEquals(emptyList<String>(), faults("lib/a.jar" to library, classFile(Item::class.java), classFile(DynamoStore::class.java)))
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
    fun `a setting that is not named, or has no source`() {
        val planted = PlantedSetting::class.java.classLoader.loadClass("benchmark.PlantedSetting")
        assertEquals(
            listOf("benchmark/PlantedSetting.class: it sets kotlinx/serialization/json/JsonBuilder.setLenient, which no setting names"),
            faults("lib/a.jar" to library, classFile(planted)),
        )
        assertEquals(
            emptyList<String>(),
            faults("lib/a.jar" to library, classFile(planted), settings = listOf(Setting("setLenient(true)", "https://example.com"))),
        )
        assertEquals(
            listOf("runtime.yaml: the setting setLenient(true) has no source"),
            faults("lib/a.jar" to library, classFile(planted), settings = listOf(Setting("setLenient(true)", null))),
        )
    }

    @Test
    fun `settings of the log and of the build`() {
        val xml = """<encoder class="E"><a>1</a><fieldNames><b>2</b></fieldNames></encoder><root level="INFO"/>"""
        val pom = "<exclusion>\n<groupId>g</groupId>\n<artifactId>left-out</artifactId></exclusion>"
        val files = arrayOf("lib/a.jar" to library, "logback.xml" to xml.toByteArray())
        assertEquals(
            listOf("logback.xml: it sets a", "logback.xml: it sets fieldNames", "logback.xml: it sets root level", "pom.xml: it leaves left-out out")
                .map { "$it, which no setting names" },
            faults(*files, pom = pom),
        )
        val named = listOf("a, fieldNames, root level", "exclusion of left-out").map { Setting(it, "https://example.com") }
        assertEquals(emptyList<String>(), faults(*files, pom = pom, settings = named))
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
