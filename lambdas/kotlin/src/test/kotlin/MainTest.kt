package benchmark

import benchmark.tuned.ClientHandler
import benchmark.tuned.EventHandler
import benchmark.tuned.JsonHandler
import benchmark.tuned.LogHandler
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.PrintStream
import java.net.HttpURLConnection
import java.net.URI
import java.time.Duration
import benchmark.tuned.Handler as TunedHandler

internal class MainTest {
    private fun settings(vararg pairs: Pair<String, String>) = readSettings(mapOf(*pairs)::get)

    @Test
    fun `settings and their defaults`() {
        val none = StoreSettings("multi-runtime-benchmark-items-dev", "us-east-1", Duration.ofSeconds(8), false)
        assertEquals(Settings(8080, false, Duration.ofDays(7), "dev", 0, none), settings("LOG_LEVEL" to ""))
        val got =
            settings(
                "PORT" to "1",
                "PRIME_ON_INIT" to "true",
                "AWS_LAMBDA_INITIALIZATION_TYPE" to "snap-start",
                "ITEM_TTL_DAYS" to "1",
                "APP_VERSION" to "1.2.3",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" to "512",
                "TABLE_NAME" to "t",
                "AWS_DEFAULT_REGION" to "r",
                "DYNAMODB_ATTEMPT_TIMEOUT_MS" to "50",
            )
        assertEquals(Settings(1, true, Duration.ofDays(1), "1.2.3", 512, StoreSettings("t", "r", Duration.ofMillis(50), true)), got)
    }

    @Test
    fun `wrong settings are all named`() {
        val error =
            assertThrows<IllegalArgumentException> {
                settings("ITEM_TTL_DAYS" to "x", "DYNAMODB_ATTEMPT_TIMEOUT_MS" to "0", "PORT" to "-1")
            }
        val want =
            """
            PORT: got "-1", want an integer from 0 to 65535
            ITEM_TTL_DAYS: got "x", want an integer from 1 to 2147483647
            DYNAMODB_ATTEMPT_TIMEOUT_MS: got "0", want an integer from 1 to 2147483647
            """.trimIndent()
        assertEquals(want, error.message)
    }

    @Test
    fun `the function answers Lambda`() {
        assertEquals(200, Handler().handleRequest(event("GET", "/kotlin/health"), testContext).statusCode)
    }

    @Test
    fun `so do the tuned function and those with one of its parts`() {
        for (handler in listOf(TunedHandler(), EventHandler())) {
            val out = ByteArrayOutputStream()
            handler.handleRequest("""{"httpMethod":"GET","path":"/kotlin/health"}""".byteInputStream(), out, testContext)
            assertEquals(true, out.toString().startsWith("""{"statusCode":200,"""), out.toString())
        }
        for (handler in listOf(ClientHandler(), JsonHandler(), LogHandler())) {
            assertEquals(200, handler.handleRequest(event("GET", "/health"), testContext).statusCode)
        }
    }

    @Test
    fun `the floor answers Lambda`() {
        val out = ByteArrayOutputStream()
        benchmark.bare.Handler().handleRequest("{}".byteInputStream(), out, testContext)
        val want = """{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\"status\":\"ok\"}"}"""
        assertEquals(want, out.toString())
    }

    @Test
    fun `a failed priming is a warning, in init and before a snapshot`() {
        val log = FakeLog()
        val function =
            Function(
                settings("PRIME_ON_INIT" to "true", "AWS_LAMBDA_INITIALIZATION_TYPE" to "snap-start"),
                newClient = { throw IllegalStateException("no client") },
                log = log,
            )
        function.beforeCheckpoint(null)
        function.afterRestore(null)
        assertEquals(List(2) { "prime the store: get item: no client" }, log.warnings)
    }

    @Test
    fun `the plain server answers and stops`() {
        val words = ByteArrayOutputStream()
        val server = serve(0, TestApp(FakeStore(get = { testItem })).app, PrintStream(words))
        val url = words.toString().removePrefix("listening on ").trim()

        fun ask(method: String, path: String): Triple<Int, String, String> {
            val connection = URI("$url$path").toURL().openConnection() as HttpURLConnection
            connection.requestMethod = method
            val status = connection.responseCode
            val body = (connection.errorStream ?: connection.inputStream).readAllBytes()
            return Triple(status, connection.contentType, body.decodeToString())
        }
        assertEquals(Triple(200, "application/json", ITEM_JSON), ask("GET", "/kotlin/items/$TEST_ID"))
        assertEquals(405, ask("OPTIONS", "/items").first)
        server.stop(0, 1000)
        assertThrows<IOException> { ask("GET", "/health") }
    }
}
