package benchmark.framework

import benchmark.Lambda
import benchmark.PATH_PREFIX
import benchmark.lookForNoLogger
import benchmark.readEvent
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

/**
 * The floor and the framework: Ktor and the adapter of events as the API has
 * them, with its item routes and the floor's answer, but without bodies,
 * validation, metrics, a log or an SDK. What its figures are above the floor's is
 * what Ktor and the adapter cost.
 */
public class Handler : RequestStreamHandler {
    init {
        lookForNoLogger()
    }

    private val engine = Lambda.start { routes() }

    override fun handleRequest(input: InputStream, output: OutputStream, context: Context) {
        engine.handle(readEvent(input)).writeTo(output)
    }
}

internal fun Application.routes(): Routing =
    routing {
        for (prefix in arrayOf("", PATH_PREFIX)) {
            post("$prefix/items") {
                call.response.header(HttpHeaders.Location, "items/00000000-0000-4000-8000-000000000000")
                call.respondOk(HttpStatusCode.Created)
            }
            get("$prefix/items") { call.respondOk() }
            get("$prefix/items/{id}") { call.respondOk() }
            put("$prefix/items/{id}") { call.respondOk() }
            delete("$prefix/items/{id}") { call.respond(HttpStatusCode.NoContent, null) }
        }
    }

private val ok = """{"status":"ok"}""".toByteArray()

private suspend fun ApplicationCall.respondOk(status: HttpStatusCode = HttpStatusCode.OK): Unit =
    respond(ByteArrayContent(ok, ContentType.Application.Json, status), null)
