package benchmark

import com.amazonaws.services.lambda.runtime.Context
import java.io.ByteArrayOutputStream
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

internal object FakeMeter : Meter {
    override val cpu = CpuTime(Duration.ofMillis(120), Duration.ofMillis(30))
    override val rss = 4096L
    override val peakRss = 8192L
    override val age: Duration = Duration.ofMillis(250)
}

/** An app with fakes around it, and what it wrote to its log. */
internal class TestApp(store: Store, logLevel: String? = null, newId: () -> String = { TEST_ID }) {
    private val out = ByteArrayOutputStream()
    val log get() = out.toString()
    val app =
        App(
            store = store,
            metrics = Metrics(FakeMeter, { testTime }, 128, "1.2.3"),
            log = Log(out, { testTime }, logLevel),
            now = { testTime },
            newId = newId,
            itemTtl = Duration.ofDays(7),
            version = "0.0.1",
            memoryLimitMb = 128,
        )
}
