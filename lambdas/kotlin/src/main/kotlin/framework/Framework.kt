package benchmark.framework

import benchmark.ItemOperations
import benchmark.Lambda
import benchmark.itemRoutes
import benchmark.prefixes
import com.amazonaws.services.lambda.runtime.Context
import com.amazonaws.services.lambda.runtime.RequestHandler
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyResponseEvent
import io.ktor.http.ContentType
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.response.header
import io.ktor.server.response.respond
import io.ktor.server.response.respondText
import io.ktor.server.routing.RoutingCall
import io.ktor.server.routing.route
import io.ktor.server.routing.routing

/**
 * The floor and the framework: Ktor and its engine for Lambda as the API has
 * them, with its item routes and the floor's answer, but without bodies,
 * validation, metrics, a log or an SDK. What its figures are above the floor's is
 * what Ktor and the engine cost.
 */
public class Handler : RequestHandler<APIGatewayProxyRequestEvent, APIGatewayProxyResponseEvent> {
    private val engine = Lambda.start { serve(FixedAnswers) }

    override fun handleRequest(event: APIGatewayProxyRequestEvent, context: Context): APIGatewayProxyResponseEvent = engine.handle(event)
}

internal fun Application.serve(operations: ItemOperations) {
    routing { for (prefix in prefixes) route(prefix) { itemRoutes(operations) } }
}

internal object FixedAnswers : ItemOperations {
    override suspend fun create(call: RoutingCall): Unit = call.respondCreated("00000000-0000-4000-8000-000000000000")

    override suspend fun list(call: RoutingCall): Unit = call.respondOk()

    override suspend fun read(call: RoutingCall): Unit = call.respondOk()

    override suspend fun replace(call: RoutingCall): Unit = call.respondOk()

    override suspend fun delete(call: RoutingCall): Unit = call.respond(HttpStatusCode.NoContent)
}

internal suspend fun ApplicationCall.respondCreated(id: String) {
    response.header(HttpHeaders.Location, "items/$id")
    respondOk(HttpStatusCode.Created)
}

internal suspend fun ApplicationCall.respondOk(status: HttpStatusCode = HttpStatusCode.OK): Unit =
    respondText("""{"status":"ok"}""", ContentType.Application.Json, status)
