package benchmark.sdk

import benchmark.DEFAULT_LIMIT
import benchmark.DynamoStore
import benchmark.Fields
import benchmark.Item
import benchmark.ItemOperations
import benchmark.Lambda
import benchmark.RUNTIME_NAME
import benchmark.Store
import benchmark.dynamoDbClient
import benchmark.framework.respondCreated
import benchmark.framework.respondOk
import benchmark.framework.serve
import benchmark.readSettings
import benchmark.timestamp
import com.amazonaws.services.lambda.runtime.Context
import com.amazonaws.services.lambda.runtime.RequestHandler
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyResponseEvent
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.ApplicationCall
import io.ktor.server.response.respond
import io.ktor.server.routing.RoutingCall
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
public class Handler : RequestHandler<APIGatewayProxyRequestEvent, APIGatewayProxyResponseEvent> {
    private val settings = readSettings(System::getenv)
    private val store = DynamoStore(settings.store.table) { dynamoDbClient(settings.store) }
    private val engine = Lambda.start { serve(StoredAnswers(store, settings.itemTtl)) }

    override fun handleRequest(event: APIGatewayProxyRequestEvent, context: Context): APIGatewayProxyResponseEvent = engine.handle(event)
}

internal class StoredAnswers(private val store: Store, private val itemTtl: Duration) : ItemOperations {
    override suspend fun create(call: RoutingCall) {
        val now = Instant.now()
        val item = newItem(now)
        store.put(item, now + itemTtl)
        call.respondCreated(item.id)
    }

    override suspend fun list(call: RoutingCall) {
        store.list(DEFAULT_LIMIT, null)
        call.respondOk()
    }

    override suspend fun read(call: RoutingCall) {
        checkNotNull(store.get(call.id))
        call.respondOk()
    }

    override suspend fun replace(call: RoutingCall) {
        checkNotNull(store.update(call.id, fields, timestamp(Instant.now())))
        call.respondOk()
    }

    override suspend fun delete(call: RoutingCall) {
        check(store.delete(call.id))
        call.respond(HttpStatusCode.NoContent)
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

private val ApplicationCall.id get() = parameters["id"].orEmpty()
