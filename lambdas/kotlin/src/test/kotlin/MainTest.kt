package benchmark

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.PrintStream
import java.net.HttpURLConnection
import java.net.URI
import java.time.Duration

internal class MainTest {
    private fun settings(vararg pairs: Pair<String, String>) = readSettings(mapOf(*pairs)::get)

    @Test
    fun `settings and their defaults`() {
        val endpoint = URI("https://dynamodb.us-east-1.amazonaws.com")
        val none = StoreSettings("multi-runtime-benchmark-items-dev", "us-east-1", endpoint, Duration.ofSeconds(8), null, null, null)
        assertEquals(Settings(8080, false, false, Duration.ofDays(7), "dev", 0, null, none), settings("LOG_LEVEL" to ""))
        val got =
            settings(
                "PORT" to "1",
                "PRIME_ON_INIT" to "true",
                "AWS_LAMBDA_INITIALIZATION_TYPE" to "snap-start",
                "ITEM_TTL_DAYS" to "1",
                "APP_VERSION" to "1.2.3",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" to "512",
                "LOG_LEVEL" to "WARN",
                "TABLE_NAME" to "t",
                "AWS_DEFAULT_REGION" to "r",
                "AWS_ENDPOINT_URL" to "http://all",
                "AWS_ENDPOINT_URL_DYNAMODB" to "http://d",
                "DYNAMODB_ATTEMPT_TIMEOUT_MS" to "50",
                "AWS_ACCESS_KEY_ID" to "a",
                "AWS_SECRET_ACCESS_KEY" to "b",
                "AWS_SESSION_TOKEN" to "c",
            )
        val store = StoreSettings("t", "r", URI("http://d"), Duration.ofMillis(50), "a", "b", "c")
        assertEquals(Settings(1, true, true, Duration.ofDays(1), "1.2.3", 512, "WARN", store), got)
    }

    @Test
    fun `wrong settings are all named`() {
        val error =
            assertThrows<IllegalArgumentException> {
                settings("ITEM_TTL_DAYS" to "x", "DYNAMODB_ATTEMPT_TIMEOUT_MS" to "0", "PORT" to "-1", "AWS_ENDPOINT_URL" to "localhost:8000")
            }
        val want =
            """
            PORT: got "-1", want a port
            ITEM_TTL_DAYS: got "x", want a positive integer
            AWS_ENDPOINT_URL_DYNAMODB: got "localhost:8000", want a URL
            DYNAMODB_ATTEMPT_TIMEOUT_MS: got "0", want a positive integer
            """.trimIndent()
        assertEquals(want, error.message)
    }

    @Test
    fun `the function answers Lambda`() {
        val out = ByteArrayOutputStream()
        Handler().handleRequest("""{"httpMethod":"GET","path":"/kotlin/health"}""".byteInputStream(), out, testContext)
        assertEquals(true, out.toString().startsWith("""{"statusCode":200,"""), out.toString())
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
        val out = ByteArrayOutputStream()
        val settings =
            settings(
                "AWS_ENDPOINT_URL_DYNAMODB" to "http://127.0.0.1:1",
                "AWS_ACCESS_KEY_ID" to "a",
                "AWS_SECRET_ACCESS_KEY" to "b",
                "PRIME_ON_INIT" to "true",
            )
        val function = wire(settings, out)
        primeBeforeSnapshot(function).beforeCheckpoint(null)
        val lines = out.toString().lines().dropLast(1)
        assertEquals(List(2) { true }, lines.map { "\"WARN\",\"message\":\"prime the store: get item: " in it }, out.toString())
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
