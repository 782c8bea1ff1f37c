package benchmark.sdk

import benchmark.DEFAULT_LIMIT
import benchmark.DynamoStore
import benchmark.Fields
import benchmark.Item
import benchmark.Lambda
import benchmark.PATH_PREFIX
import benchmark.RUNTIME_NAME
import benchmark.Store
import benchmark.lookForNoLogger
import benchmark.readEvent
import benchmark.readSettings
import benchmark.timestamp
import benchmark.writeTo
import com.amazonaws.services.lambda.runtime.Context
import com.amazonaws.services.lambda.runtime.RequestStreamHandler
import io.ktor.http.ContentType
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpStatusCode
import io.ktor.http.content.ByteArrayContent
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.response.header
import io.ktor.server.routing.Routing
import io.ktor.server.routing.delete
import io.ktor.server.routing.get
import io.ktor.server.routing.post
import io.ktor.server.routing.put
import io.ktor.server.routing.routing
import java.io.InputStream
import java.io.OutputStream
import java.time.Duration
import java.time.Instant
import java.util.UUID

/**
 * The framework and the SDK: behind each route the one call of DynamoDB that the
 * API makes there, by the API's own store. What is written is fixed but for its
 * id, what is read is thrown away, and what fails or is missing is Ktor's own 500.
 * What its figures are above the framework's is what the SDK and the database
 * cost; what is left up to the API's is the API's own work.
 */
public class Handler : RequestStreamHandler {
    init {
        lookForNoLogger()
    }

    private val settings = readSettings(System::getenv)
    private val engine = Lambda.start { routes(DynamoStore(settings.store), settings.itemTtl) }

    override fun handleRequest(input: InputStream, output: OutputStream, context: Context) {
        engine.handle(readEvent(input)).writeTo(output)
    }
}

internal fun Application.routes(store: Store, itemTtl: Duration): Routing =
    routing {
        for (prefix in arrayOf("", PATH_PREFIX)) {
            post("$prefix/items") {
                val now = Instant.now()
                val item = newItem(now)
                store.put(item, now + itemTtl)
                call.response.header(HttpHeaders.Location, "items/${item.id}")
                call.respondOk(HttpStatusCode.Created)
            }
            get("$prefix/items") {
                store.list(DEFAULT_LIMIT, null)
                call.respondOk()
            }
            get("$prefix/items/{id}") {
                checkNotNull(store.get(call.id))
                call.respondOk()
            }
            put("$prefix/items/{id}") {
                checkNotNull(store.update(call.id, fields, timestamp(Instant.now())))
                call.respondOk()
            }
            delete("$prefix/items/{id}") {
                check(store.delete(call.id))
                call.respond(HttpStatusCode.NoContent, null)
            }
        }
    }

/** As large as the benchmark's own requests make an item. */
private val fields = Fields("Benchmark item 00000000", "x".repeat(96), 123.45)

private fun newItem(now: Instant) =
    Item(
        id = UUID.randomUUID().toString(),
        name = fields.name,
        description = fields.description,
        price = fields.price,
        runtime = RUNTIME_NAME,
        sourceIp = "127.0.0.1",
        createdAt = timestamp(now),
        updatedAt = timestamp(now),
    )

private val ok = """{"status":"ok"}""".toByteArray()

private val ApplicationCall.id get() = parameters["id"].orEmpty()

private suspend fun ApplicationCall.respondOk(status: HttpStatusCode = HttpStatusCode.OK): Unit =
    respond(ByteArrayContent(ok, ContentType.Application.Json, status), null)
