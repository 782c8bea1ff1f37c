package benchmark

import io.ktor.http.headersOf
import io.ktor.server.application.serverConfig
import io.ktor.server.engine.EmbeddedServer
import io.ktor.server.engine.applicationEnvironment
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource

internal class AppTest {
    private fun engine(app: TestApp) =
        EmbeddedServer(serverConfig(applicationEnvironment()) { module { app.app.install(this) } }, Lambda).start().engine

    private fun event(method: String, path: String, body: String = "", query: String = "") =
        ProxyEvent(
            method = method,
            path = path,
            headers = headersOf("Content-Type", "application/json; charset=utf-8"),
            rawQuery = query,
            body = body.toByteArray(),
            sourceIp = "192.0.2.1",
        )

    private fun ask(store: Store, method: String, path: String, body: String = "", query: String = ""): ProxyResponse =
        engine(TestApp(store)).handle(event(method, path, body, query))

    private fun ProxyResponse.text() = "$status ${String(body)}"

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
            answer.headers,
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
        assertEquals(null, deleted.headers["Content-Type"])
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
                Page(listOf(testItem), TEST_ID)
            })
        val answer = ask(store, "GET", "/items", query = "Limit=0&limit=7&nextToken=V26F5mClReOIxr6M5fhx_A&x=%25zz")
        assertEquals("""200 {"items":[$ITEM_JSON],"nextToken":"V26F5mClReOIxr6M5fhx_A"}""", answer.text())
        assertEquals(7 to TEST_ID, got)
        assertEquals("""200 {"items":[]}""", ask(FakeStore(list = { _, _ -> Page(emptyList(), null) }), "GET", "/items").text())
    }

    @ParameterizedTest
    @CsvSource(
        "GET,/items?limit=%zz,400",
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
        val app = TestApp(FakeStore())
        val answer = engine(app).handle(event(method, uri.substringBefore('?'), query = uri.substringAfter('?', "")))
        assertEquals(status, answer.status, app.log)
        assertEquals(listOf("application/problem+json"), answer.headers["Content-Type"])
    }

    @Test
    fun `the allowed methods are named`() {
        val got = listOf("/items", "/items/x", "/kotlin/health", "/metrics").map { ask(FakeStore(), "PATCH", it).headers["Allow"] }
        assertEquals(listOf("GET, POST", "GET, PUT, DELETE", "GET", "GET").map(::listOf), got)
    }

    @Test
    fun `media type, size and body are judged in this order`() {
        val engine = engine(TestApp(FakeStore()))

        fun status(body: String, vararg headers: Pair<String, String>) =
            engine
                .handle(
                    ProxyEvent(
                        method = "POST",
                        path = "/items",
                        headers = headersOf(*headers.map { (name, value) -> name to listOf(value) }.toTypedArray()),
                        body = body.toByteArray(),
                    ),
                ).status
        val tooLarge = " ".repeat(65_537)
        assertEquals(415, status(tooLarge))
        assertEquals(415, status(tooLarge, "Content-Type" to "text/json"))
        assertEquals(415, status("{}", "Content-Type" to "application/json", "Content-Encoding" to "identity"))
        assertEquals(413, status(tooLarge, "Content-Type" to "APPLICATION/json ;x"))
        assertEquals(400, status(tooLarge.drop(1), "Content-Type" to "application/json"))
    }

    @Test
    fun `a database that is down`() {
        val app = TestApp(FakeStore(get = { throw DatabaseUnavailable("get item: no route", IllegalStateException("cause")) }))
        val answer = engine(app).handle(event("GET", "/items/$TEST_ID"), "lambda-id")
        assertEquals(503, answer.status)
        assertEquals(listOf("1"), answer.headers["Retry-After"])
        assertTrue("\"requestId\":\"lambda-id\",\"error\":\"benchmark.DatabaseUnavailable: get item: no route" in app.log, app.log)
    }

    @Test
    fun `anything else is a 500 without internals`() {
        for (error in listOf(IllegalStateException("secret"), StackOverflowError("secret"))) {
            val app = TestApp(FakeStore(get = { throw error }))
            val answer = engine(app).handle(event("GET", "/items/$TEST_ID"))
            val want = """500 {"type":"about:blank","title":"Internal Server Error","status":500,"detail":"An unexpected error occurred."}"""
            assertEquals(want, answer.text())
            assertTrue("secret" in app.log, app.log)
        }
    }

    @Test
    fun `one line per request, at any level`() {
        val app = TestApp(FakeStore(), logLevel = "FATAL")
        val engine = engine(app)
        engine.handle(event("GET", "/kotlin/health"), "a")
        engine.handle(event("PATCH", "/items"), "b")
        val common = """{"timestamp":"2026-11-22T04:05:06.789Z","level":"INFO","message":"request","requestId""""
        val want =
            """
            $common:"a","method":"GET","route":"/health","status":200,"durationMs":0.0,"cpuMs":0.0,"rssBytes":4096,"coldStart":true}
            $common:"b","method":"PATCH","route":"unmatched","status":405,"durationMs":0.0,"cpuMs":0.0,"rssBytes":4096,"coldStart":false}

            """.trimIndent()
        assertEquals(want, app.log)
    }

    @Test
    fun `health and metrics`() {
        val engine = engine(TestApp(FakeStore()))
        val health = engine.handle(event("GET", "/health"))
        assertTrue(
            String(health.body).startsWith("""{"status":"ok","runtime":"kotlin","runtimeVersion":"""") &&
                String(health.body).endsWith(""","memoryLimitMb":128,"coldStart":true,"version":"0.0.1"}"""),
            String(health.body),
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
