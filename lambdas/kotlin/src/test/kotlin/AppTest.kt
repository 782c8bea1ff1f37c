package benchmark

import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyResponseEvent
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource

internal class StockAppTest : AppTest(stockParts) {
    @Test
    fun `query names have no case`() {
        assertEquals(400, ask(FakeStore(), "GET", "/items", query = "Limit=0").statusCode)
    }
}

internal class TunedAppTest : AppTest(tunedParts) {
    @Test
    fun `query names have a case`() {
        assertEquals(200, ask(FakeStore(list = { _, _ -> Page(emptyList()) }), "GET", "/items", query = "Limit=0&limit=7").statusCode)
    }
}

/** The app from the event to the answer, with the parts of a variant. */
internal abstract class AppTest(private val parts: Parts) {
    protected fun ask(store: Store, method: String, path: String, body: String = "", query: String = ""): APIGatewayProxyResponseEvent =
        TestApp(store, parts).engine.handle(event(method, path, body, query))

    private fun APIGatewayProxyResponseEvent.text() = "$statusCode $body"

    @Test
    fun `an item is made`() {
        var got: Any? = null
        val answer =
            ask(FakeStore(put = { item, expires -> got = item to expires }), "POST", "/kotlin/items", """{"name":"Widget","description":"<b>","price":19.99}""")
        assertEquals("201 $ITEM_JSON", answer.text())
        assertEquals(testItem to testTime.plusSeconds(7 * 86_400), got)
        assertEquals(
            mapOf(
                "X-Runtime" to listOf("kotlin"),
                "X-Cold-Start" to listOf("true"),
                "Cache-Control" to listOf("no-store"),
                "X-Content-Type-Options" to listOf("nosniff"),
                "Location" to listOf("items/$TEST_ID"),
                "Content-Type" to listOf("application/json"),
            ),
            answer.multiValueHeaders,
        )
    }

    @Test
    fun `an item is read, replaced and deleted`() {
        assertEquals("200 $ITEM_JSON", ask(FakeStore(get = { testItem }), "GET", "/items/$TEST_ID").text())
        var got: Any? = null
        val store =
            FakeStore(update = { id, fields, updatedAt ->
                got = Triple(id, fields, updatedAt)
                testItem
            })
        assertEquals("200 $ITEM_JSON", ask(store, "PUT", "/items/$TEST_ID", """{"name":"x","price":1}""").text())
        assertEquals(Triple(TEST_ID, Fields("x", "", 1.0), testItem.updatedAt), got)
        val deleted = ask(FakeStore(delete = { true }), "DELETE", "/items/$TEST_ID")
        assertEquals("204 ", deleted.text())
        assertEquals(null, deleted.multiValueHeaders["Content-Type"])
    }

    @Test
    fun `whatever charset a client would rather have, JSON is UTF-8`() {
        for (path in listOf("/items/$TEST_ID", "/health")) {
            val event = event("GET", path).withMultiValueHeaders(mapOf("accept-charset" to listOf("utf-16")))
            val answer = TestApp(FakeStore(get = { testItem }), parts).engine.handle(event)
            assertEquals(listOf("application/json"), answer.multiValueHeaders["Content-Type"])
        }
    }

    @Test
    fun `an earlier value of a name is judged as JSON too`() {
        val deep = "[".repeat(32) + "]".repeat(32)
        for (earlier in listOf("n", "[tru]", deep)) {
            val answer = ask(FakeStore(), "POST", "/items", """{"price":$earlier,"price":""}""")
            assertTrue("must be a JSON object" in answer.body, answer.body)
        }
    }

    @Test
    fun `what is not there is not found`() {
        val store = FakeStore(get = { null }, update = { _, _, _ -> null }, delete = { false })
        for (method in listOf("GET", "PUT", "DELETE")) {
            val answer = ask(store, method, "/items/$TEST_ID", """{"name":"x","price":1}""")
            assertEquals("""404 {"type":"about:blank","title":"Not Found","status":404,"detail":"The item does not exist."}""", answer.text())
        }
    }

    @Test
    fun `a page and its token`() {
        var got: Any? = null
        val store =
            FakeStore(list = { limit, after ->
                got = limit to after
                Page(listOf(testItem), "V26F5mClReOIxr6M5fhx_A")
            })
        val answer = ask(store, "GET", "/items", query = "limit=7&nextToken=V26F5mClReOIxr6M5fhx_A&x=%25zz")
        assertEquals("""200 {"items":[$ITEM_JSON],"nextToken":"V26F5mClReOIxr6M5fhx_A"}""", answer.text())
        assertEquals(7 to TEST_ID, got)
        assertEquals("""200 {"items":[]}""", ask(FakeStore(list = { _, _ -> Page(emptyList()) }), "GET", "/items").text())
    }

    @ParameterizedTest
    @CsvSource(
        "GET,/items?limit=%2531,400",
        "GET,/items?limit,400",
        "GET,/items?nextToken=x,400",
        "POST,/items/,404",
        "GET,/kotlin,404",
        "GET,/kotlinitems,404",
        "GET,/it%65ms,404",
        "GET,//items,404",
        "PATCH,/items/%41,404",
        "GET,/items/x,404",
        "GET,/Items,404",
        "HEAD,/items,405",
        "OPTIONS,/items/x,405",
        "POST,/health,405",
    )
    fun `requests that no store sees`(method: String, uri: String, status: Int) {
        val answer = ask(FakeStore(), method, uri.substringBefore('?'), query = uri.substringAfter('?', ""))
        assertEquals(status, answer.statusCode, answer.body)
        assertEquals(listOf("application/problem+json"), answer.multiValueHeaders["Content-Type"])
    }

    @Test
    fun `the allowed methods are named`() {
        val got = listOf("/items", "/items/x", "/kotlin/health", "/metrics").map { ask(FakeStore(), "PATCH", it).multiValueHeaders["Allow"] }
        assertEquals(listOf("GET, POST", "GET, PUT, DELETE", "GET", "GET").map(::listOf), got)
    }

    @Test
    fun `media type, size and body are judged in this order`() {
        val engine = TestApp(FakeStore(), parts).engine

        fun status(body: String, vararg headers: Pair<String, String>) =
            engine
                .handle(event("POST", "/items", body).withMultiValueHeaders(headers.associate { (name, value) -> name to listOf(value) }))
                .statusCode
        val tooLarge = " ".repeat(65_537)
        assertEquals(415, status(tooLarge))
        assertEquals(415, status(tooLarge, "Content-Type" to "text/json"))
        assertEquals(415, status("{}", "Content-Type" to "application/json", "Content-Encoding" to "identity"))
        assertEquals(413, status(tooLarge, "Content-Type" to "APPLICATION/json ;x"))
        assertEquals(400, status(tooLarge.drop(1), "Content-Type" to "application/json"))
    }

    @Test
    fun `a database that is down`() {
        val app = TestApp(FakeStore(get = { throw DatabaseUnavailable("get item: no route", IllegalStateException("cause")) }), parts)
        val answer = app.engine.handle(event("GET", "/items/$TEST_ID"), "lambda-id")
        assertEquals(503, answer.statusCode)
        assertEquals(listOf("1"), answer.multiValueHeaders["Retry-After"])
        val want = "lambda-id The database is not available, try again later. benchmark.DatabaseUnavailable: get item: no route"
        assertEquals(listOf(want), app.log.errors)
    }

    @Test
    fun `anything else is a 500 without internals`() {
        for (error in listOf(IllegalStateException("secret"), StackOverflowError("secret"))) {
            val app = TestApp(FakeStore(get = { throw error }), parts)
            val answer = app.engine.handle(event("GET", "/items/$TEST_ID"))
            val want = """500 {"type":"about:blank","title":"Internal Server Error","status":500,"detail":"An unexpected error occurred."}"""
            assertEquals(want, answer.text())
            assertTrue("secret" in app.log.errors.single())
        }
    }

    @Test
    fun `one line per request`() {
        val app = TestApp(FakeStore(), parts)
        app.engine.handle(event("GET", "/kotlin/health"), "a")
        app.engine.handle(event("PATCH", "/items"), "b")
        val got = app.log.requests.map { listOf(it.requestId, it.method, it.route, it.status, it.durationMs, it.coldStart) }
        assertEquals(listOf(listOf("a", "GET", "/health", 200, 0.0, true), listOf("b", "PATCH", "unmatched", 405, 0.0, false)), got)
    }

    @Test
    fun `health and metrics`() {
        val engine = TestApp(FakeStore(), parts).engine
        val health = engine.handle(event("GET", "/health"))
        assertTrue(
            health.body.startsWith("""{"status":"ok","runtime":"kotlin","runtimeVersion":"""") &&
                health.body.endsWith(""","memoryLimitMb":128,"coldStart":true,"version":"0.0.1"}"""),
            health.body,
        )
        assertEquals(
            """200 {"invocations":2,"coldStart":false,"uptimeMs":250.0,"initDurationMs":250.0,"memory":{"rssBytes":4096,""" +
                """"rssAfterInitBytes":4096,"peakRssBytes":8192,"limitBytes":134217728},"cpu":{"userMs":120.0,"systemMs":30.0},""" +
                """"routes":{"GET /health":{"count":1,"latencyMs":{"p50":0.0,"p95":0.0,"p99":0.0}}},"sdkVersion":"1.2.3"}""",
            engine.handle(event("GET", "/metrics")).text(),
        )
    }

    @Test
    fun `architectures have Lambda's names`() {
        assertEquals(listOf("x86_64", "arm64", "riscv64"), listOf("amd64", "aarch64", "riscv64").map(::architecture))
    }
}
