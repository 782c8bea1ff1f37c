package benchmark

import benchmark.framework.FixedAnswers
import benchmark.framework.serve
import benchmark.sdk.StoredAnswers
import com.amazonaws.services.lambda.runtime.RequestHandler
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyResponseEvent
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.time.Duration
import java.time.Instant

private const val OK = """{"status":"ok"}"""
private const val ANSWERED = "200 {Content-Type=[application/json]} $OK"
private const val GONE = "204 {} "

/** The layers between the floor and the API, from the event to the answer. */
internal class LayersTest {
    private fun created(id: String) = "201 {Location=[items/$id], Content-Type=[application/json]} $OK"

    private fun APIGatewayProxyResponseEvent.text() = "$statusCode $multiValueHeaders $body"

    /** All answers of a layer, bare or under the prefix. */
    private fun answers(prefix: String, operations: ItemOperations): List<String> {
        val engine = Lambda.start { serve(operations) }
        return listOf("POST" to "", "GET" to "", "GET" to "/$TEST_ID", "PUT" to "/$TEST_ID", "DELETE" to "/$TEST_ID").map { (method, id) ->
            engine.handle(event(method, "$prefix/items$id", "{")).text()
        }
    }

    @Test
    fun `the framework's routes have fixed answers`() {
        for (prefix in listOf("", "/kotlin")) {
            val want = listOf(created("00000000-0000-4000-8000-000000000000"), ANSWERED, ANSWERED, ANSWERED, GONE)
            assertEquals(want, answers(prefix, FixedAnswers))
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
                    list = { limit, after -> Page(emptyList()).also { calls += "list $limit $after" } },
                    get = { id -> testItem.also { calls += "get $id" } },
                    update = { id, fields, _ -> testItem.also { calls += "update $id ${fields.price}" } },
                    delete = { id -> true.also { calls += "delete $id" } },
                )
            val got = answers(prefix, StoredAnswers(store, Duration.ofDays(7)))
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
        val got = answers("", StoredAnswers(missing, Duration.ofDays(7)))
        assertEquals(List(5) { "500" }, got.map { it.take(3) })
    }

    @Test
    fun `the functions answer Lambda`() {
        fun ask(handler: RequestHandler<APIGatewayProxyRequestEvent, APIGatewayProxyResponseEvent>, method: String) =
            handler.handleRequest(event(method, "/kotlin/items"), testContext).text()
        assertEquals(ANSWERED, ask(benchmark.framework.Handler(), "GET"))
        // Nothing is asked of a database that no test has.
        assertEquals(true, ask(benchmark.sdk.Handler(), "PATCH").startsWith("405"))
    }
}
