package benchmark

import com.amazonaws.services.lambda.runtime.RequestStreamHandler
import io.ktor.server.application.Application
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.ByteArrayOutputStream
import java.time.Duration
import java.time.Instant
import benchmark.framework.routes as frameworkRoutes
import benchmark.sdk.routes as sdkRoutes

private const val OK = """"Content-Type":["application/json"]},"body":"{\"status\":\"ok\"}","isBase64Encoded":false}"""
private const val ANSWERED = """{"statusCode":200,"multiValueHeaders":{$OK"""
private const val GONE = """{"statusCode":204,"multiValueHeaders":{},"body":"","isBase64Encoded":false}"""

/** The layers between the floor and the API, from the event to the answer. */
internal class LayersTest {
    private fun created(id: String) = """{"statusCode":201,"multiValueHeaders":{"Location":["items/$id"],$OK"""

    private fun event(method: String, path: String) =
        """{"httpMethod":"$method","path":"$path","body":"{","requestContext":{"identity":{"sourceIp":"192.0.2.1"}}}""".byteInputStream()

    /** All answers of a layer, bare or under the prefix. */
    private fun answers(prefix: String, module: Application.() -> Unit): List<String> {
        val engine = Lambda.start(module)
        return listOf("POST" to "", "GET" to "", "GET" to "/$TEST_ID", "PUT" to "/$TEST_ID", "DELETE" to "/$TEST_ID").map { (method, id) ->
            val out = ByteArrayOutputStream()
            engine.handle(readEvent(event(method, "$prefix/items$id"))).writeTo(out)
            out.toString()
        }
    }

    @Test
    fun `the framework's routes have fixed answers`() {
        for (prefix in listOf("", "/kotlin")) {
            val want = listOf(created("00000000-0000-4000-8000-000000000000"), ANSWERED, ANSWERED, ANSWERED, GONE)
            assertEquals(want, answers(prefix) { frameworkRoutes() })
        }
    }

    @Test
    fun `the SDK's routes make one call each`() {
        for (prefix in listOf("", "/kotlin")) {
            val items = ArrayList<Item>()
            val calls = ArrayList<String>()
            val store =
                FakeStore(
                    put = { item, expires ->
                        items += item
                        calls += "put ${Duration.between(Instant.parse(item.createdAt), expires).toDays()} days"
                    },
                    list = { limit, after -> Page(emptyList(), null).also { calls += "list $limit $after" } },
                    get = { id -> testItem.also { calls += "get $id" } },
                    update = { id, fields, _ -> testItem.also { calls += "update $id ${fields.price}" } },
                    delete = { id -> true.also { calls += "delete $id" } },
                )
            val got = answers(prefix) { sdkRoutes(store, Duration.ofDays(7)) }
            val item = items.single()
            assertEquals(listOf(created(item.id), ANSWERED, ANSWERED, ANSWERED, GONE), got)
            assertEquals(listOf("put 7 days", "list 20 null", "get $TEST_ID", "update $TEST_ID 123.45", "delete $TEST_ID"), calls)
            assertEquals(true, isId(item.id))
            assertEquals(listOf(23, 96, "kotlin", item.createdAt), listOf(item.name.length, item.description.length, item.runtime, item.updatedAt))
        }
    }

    @Test
    fun `what the store does not find or cannot do is Ktor's own 500`() {
        val missing = FakeStore(get = { null }, update = { _, _, _ -> null }, delete = { false })
        val got = answers("") { sdkRoutes(missing, Duration.ofDays(7)) }
        assertEquals(List(5) { """{"statusCode":500,""" }, got.map { it.take(18) })
    }

    @Test
    fun `the functions answer Lambda`() {
        fun ask(handler: RequestStreamHandler, method: String): String {
            val out = ByteArrayOutputStream()
            handler.handleRequest(event(method, "/kotlin/items"), out, testContext)
            return out.toString()
        }
        assertEquals(ANSWERED, ask(benchmark.framework.Handler(), "GET"))
        // Nothing is asked of a database that no test has.
        assertEquals(true, ask(benchmark.sdk.Handler(), "PATCH").startsWith("""{"statusCode":405,"""))
    }
}
