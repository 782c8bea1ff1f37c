package benchmark

import benchmark.tuned.HandwrittenJson
import benchmark.tuned.exactQuery
import com.amazonaws.services.lambda.runtime.Context
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent.ProxyRequestContext
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent.RequestIdentity
import io.ktor.http.decodeURLQueryComponent
import io.ktor.serialization.ContentConverter
import io.ktor.serialization.kotlinx.KotlinxSerializationConverter
import io.ktor.server.application.ApplicationCall
import kotlinx.serialization.json.Json
import java.lang.reflect.Proxy
import java.time.Duration
import java.time.Instant

internal const val TEST_ID = "576e85e6-60a5-45e3-88c6-be8ce5f871fc"
internal const val ITEM_JSON =
    """{"id":"$TEST_ID","name":"Widget","description":"<b>","price":19.99,"runtime":"kotlin","sourceIp":"192.0.2.1",""" +
        """"createdAt":"2026-11-22T04:05:06.789Z","updatedAt":"2026-11-22T04:05:06.789Z"}"""
internal val testTime: Instant = Instant.parse("2026-11-22T04:05:06.789Z")
internal val testItem =
    Item(
        id = TEST_ID,
        name = "Widget",
        description = "<b>",
        price = 19.99,
        runtime = "kotlin",
        sourceIp = "192.0.2.1",
        createdAt = "2026-11-22T04:05:06.789Z",
        updatedAt = "2026-11-22T04:05:06.789Z",
    )

/** What Lambda tells of an invocation. */
internal val testContext: Context =
    Proxy.newProxyInstance(FakeStore::class.java.classLoader, arrayOf(Context::class.java)) { _, method, _ ->
        if (method.name == "getAwsRequestId") "lambda-id" else error(method.name)
    } as Context

internal fun event(method: String, path: String, body: String? = null, query: String = ""): APIGatewayProxyRequestEvent =
    APIGatewayProxyRequestEvent()
        .withHttpMethod(method)
        .withPath(path)
        .withMultiValueHeaders(mapOf("Content-Type" to listOf("application/json; charset=utf-8")))
        .withMultiValueQueryStringParameters(queryValues(query))
        .withBody(body)
        .withRequestContext(ProxyRequestContext().withIdentity(RequestIdentity().withSourceIp("192.0.2.1")))

/** As API Gateway passes a query on: decoded. */
private fun queryValues(query: String): Map<String, List<String>>? =
    query
        .split('&')
        .filter { it.isNotEmpty() }
        .groupBy({ it.substringBefore('=') }, { it.substringAfter('=', "").decodeURLQueryComponent() })
        .ifEmpty { null }

/** Answers with its functions; one that is not given must not be called. */
internal class FakeStore(
    private val put: (Item, Instant) -> Unit = { _, _ -> error("put was called") },
    private val get: (String) -> Item? = { error("get was called") },
    private val list: (Int, String?) -> Page = { _, _ -> error("list was called") },
    private val update: (String, Fields, String) -> Item? = { _, _, _ -> error("update was called") },
    private val delete: (String) -> Boolean = { error("delete was called") },
) : Store {
    override fun put(item: Item, expires: Instant) = put.invoke(item, expires)

    override fun get(id: String) = get.invoke(id)

    override fun list(limit: Int, after: String?) = list.invoke(limit, after)

    override fun update(id: String, fields: Fields, updatedAt: String) = update.invoke(id, fields, updatedAt)

    override fun delete(id: String) = delete.invoke(id)
}

internal object FakeFigures : ProcessFigures() {
    override fun started(): Instant = testTime - Duration.ofMillis(250)

    override fun rss() = 4096L

    override fun peakRss() = 8192L

    override fun cpu() = Cpu(120.0, 30.0)
}

/** Keeps what it is told. */
internal class FakeLog : Log {
    val requests = ArrayList<RequestLine>()
    val errors = ArrayList<String>()
    val warnings = ArrayList<String>()

    override fun request(line: RequestLine) {
        requests += line
    }

    override fun error(message: String, requestId: String, cause: Throwable) {
        errors += "$requestId $message $cause"
    }

    override fun warn(message: String) {
        warnings += message
    }
}

/** What an app of a variant has of its own. */
internal class Parts(val json: ContentConverter, val query: ApplicationCall.(String) -> List<String>?)

internal val stockParts = Parts(KotlinxSerializationConverter(Json)) { request.queryParameters.getAll(it) }
internal val tunedParts = Parts(HandwrittenJson()) { exactQuery(it) }

/** An app with fakes around it, and what it wrote to its log. */
internal class TestApp(store: Store, parts: Parts = stockParts) {
    val log = FakeLog()
    val app =
        App(
            store = store,
            metrics = Metrics(FakeFigures, { testTime }, 128, "1.2.3"),
            log = log,
            json = parts.json,
            query = parts.query,
            now = { testTime },
            newId = { TEST_ID },
            itemTtl = Duration.ofDays(7),
            version = "0.0.1",
            memoryLimitMb = 128,
        )
    val engine = Lambda.start { app.install(this) }
}
