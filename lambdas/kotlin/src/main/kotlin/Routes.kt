package benchmark

import io.ktor.http.HttpMethod
import io.ktor.server.routing.Route
import io.ktor.server.routing.RoutingCall
import io.ktor.server.routing.method
import io.ktor.server.routing.route
import io.ktor.util.AttributeKey

/** The API is at its bare paths, and under the prefix that API Gateway passes on. */
internal val prefixes: List<String> = listOf("", "/kotlin")

/** The route that a call took, as it is written here. */
internal val routeKey: AttributeKey<String> = AttributeKey("route")

/** What stands behind the routes of items: the API, or one of the layers below it. */
internal interface ItemOperations {
    suspend fun create(call: RoutingCall)

    suspend fun list(call: RoutingCall)

    suspend fun read(call: RoutingCall)

    suspend fun replace(call: RoutingCall)

    suspend fun delete(call: RoutingCall)
}

internal fun Route.itemRoutes(operations: ItemOperations) {
    operation(HttpMethod.Get, "/items", operations::list)
    operation(HttpMethod.Post, "/items", operations::create)
    operation(HttpMethod.Get, "/items/{id}", operations::read)
    operation(HttpMethod.Put, "/items/{id}", operations::replace)
    operation(HttpMethod.Delete, "/items/{id}", operations::delete)
}

internal fun Route.operation(method: HttpMethod, path: String, answer: suspend (RoutingCall) -> Unit): Route =
    route(path) {
        method(method) {
            handle {
                call.attributes.put(routeKey, path)
                answer(call)
            }
        }
    }

internal fun Route.refuseOtherMethods(path: String, allowed: String): Route = route(path) { handle { throw Problem.method(allowed) } }
