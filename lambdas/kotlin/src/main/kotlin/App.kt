package benchmark

import com.fasterxml.jackson.core.JsonGenerator
import io.ktor.http.ContentType
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.http.HttpStatusCode
import io.ktor.http.content.ByteArrayContent
import io.ktor.http.content.OutgoingContent
import io.ktor.http.decodeURLQueryComponent
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.ApplicationCallPipeline
import io.ktor.server.application.call
import io.ktor.server.request.httpMethod
import io.ktor.server.request.path
import io.ktor.server.request.queryString
import io.ktor.server.response.header
import io.ktor.server.routing.Route
import io.ktor.server.routing.method
import io.ktor.server.routing.route
import io.ktor.server.routing.routing
import io.ktor.util.AttributeKey
import io.ktor.utils.io.readRemaining
import kotlinx.io.readByteArray
import java.time.Duration
import java.time.Instant

internal const val RUNTIME_NAME = "kotlin"
internal const val PATH_PREFIX = "/kotlin"

/** Answers the Items API. Everything that it depends on is a parameter. */
internal class App(
    private val store: Store,
    private val metrics: Metrics,
    private val log: Log,
    private val now: () -> Instant,
    private val newId: () -> String,
    private val itemTtl: Duration,
    private val version: String,
    private val memoryLimitMb: Long,
) {
    /** Adds the routes, bare and under the prefix that API Gateway passes. */
    fun install(application: Application) {
        application.intercept(ApplicationCallPipeline.Monitoring) { observe(call) { proceed() } }
        application.intercept(ApplicationCallPipeline.Plugins) { refuseOtherPaths(call) }
        application.routing {
            for (prefix in arrayOf("", PATH_PREFIX)) {
                resource(prefix, "/items", HttpMethod.Get to ::listItems, HttpMethod.Post to ::createItem)
                resource(
                    prefix,
                    "/items/{id}",
                    HttpMethod.Get to ::getItem,
                    HttpMethod.Put to ::replaceItem,
                    HttpMethod.Delete to ::deleteItem,
                )
                resource(prefix, "/health", HttpMethod.Get to ::health)
                resource(prefix, "/metrics", HttpMethod.Get to ::showMetrics)
            }
            route("{...}") { handle { throw Problem.unknownPath } }
        }
    }

    private fun Route.resource(
        prefix: String,
        name: String,
        vararg operations: Pair<HttpMethod, suspend (ApplicationCall) -> Unit>,
    ) {
        val notAllowed = Problem.method(operations.joinToString { (method) -> method.value })
        route(prefix + name) {
            for ((method, operation) in operations) {
                method(method) {
                    handle {
                        call.attributes.put(routeKey, name)
                        operation(call)
                    }
                }
            }
            handle {
                call.attributes.put(routeKey, name)
                throw notAllowed
            }
        }
    }

    private suspend fun createItem(call: ApplicationCall) {
        val fields = call.readFields()
        val now = now()
        val item =
            Item(
                id = newId(),
                name = fields.name,
                description = fields.description,
                price = fields.price,
                runtime = RUNTIME_NAME,
                sourceIp = call.request.local.remoteAddress,
                createdAt = timestamp(now),
                updatedAt = timestamp(now),
            )
        store.put(item, now + itemTtl)
        call.response.header(HttpHeaders.Location, "items/${item.id}")
        call.respondJson(HttpStatusCode.Created) { write(item) }
    }

    private suspend fun listItems(call: ApplicationCall) {
        val limit = parseLimit(call.queryValues("limit"))
        val after = parseNextToken(call.queryValues("nextToken"))
        val page = store.list(limit, after)
        call.respondJson { write(page) }
    }

    private suspend fun getItem(call: ApplicationCall) {
        val item = store.get(call.id()) ?: throw Problem.noItem
        call.respondJson { write(item) }
    }

    private suspend fun replaceItem(call: ApplicationCall) {
        val id = call.id()
        val item = store.update(id, call.readFields(), timestamp(now())) ?: throw Problem.noItem
        call.respondJson { write(item) }
    }

    private suspend fun deleteItem(call: ApplicationCall) {
        if (!store.delete(call.id())) throw Problem.noItem
        call.respondNothing()
    }

    private suspend fun health(call: ApplicationCall) {
        call.respondJson {
            document {
                writeStringField("status", "ok")
                writeStringField("runtime", RUNTIME_NAME)
                writeStringField("runtimeVersion", "${KotlinVersion.CURRENT} (Java ${Runtime.version().feature()})")
                writeStringField("framework", "Ktor ${BuildInfo.ktorVersion}")
                writeStringField("architecture", architecture(System.getProperty("os.arch")))
                writeNumberField("memoryLimitMb", memoryLimitMb)
                writeBooleanField("coldStart", call.isCold)
                writeStringField("version", version)
            }
        }
    }

    private suspend fun showMetrics(call: ApplicationCall) {
        call.respondJson { metrics.writeTo(this, call.isCold) }
    }

    /**
     * Surrounds every request: it sets the headers that all answers have, turns
     * errors into problems, and afterwards counts the request and writes its
     * line to the log.
     */
    private suspend fun observe(call: ApplicationCall, proceed: suspend () -> Unit) {
        val start = now()
        val cpuBefore = metrics.meter.cpu.total
        val cold = metrics.begin()
        val requestId = call.attributes.getOrNull(requestIdKey) ?: newId()
        call.attributes.put(coldKey, cold)
        call.response.header("X-Runtime", RUNTIME_NAME)
        call.response.header("X-Cold-Start", cold.toString())
        call.response.header(HttpHeaders.CacheControl, "no-store")
        call.response.header("X-Content-Type-Options", "nosniff")
        try {
            proceed()
        } catch (e: Exception) {
            call.fail(e, requestId)
        } catch (e: StackOverflowError) {
            call.fail(e, requestId)
        }
        val end = now()
        val took = Duration.between(start, end)
        val method = call.request.httpMethod.value
        // What has no route is one, so that callers cannot make names up.
        val route = call.attributes.getOrNull(routeKey)
        val known = route != null && call.response.headers["Allow"] == null
        metrics.end(if (known) "$method $route" else "unmatched", took)
        log.always("request") {
            writeStringField("requestId", requestId)
            writeStringField("method", method)
            writeStringField("route", route.takeIf { known } ?: "unmatched")
            writeNumberField("status", call.response.status()?.value ?: 0)
            writeNumberField("durationMs", milliseconds(took))
            writeNumberField("cpuMs", milliseconds(metrics.meter.cpu.total - cpuBefore))
            writeNumberField("rssBytes", metrics.meter.rss)
            writeBooleanField("coldStart", cold)
        }
    }

    /** Answers with the error's problem. What the caller may not see goes to the log. */
    private suspend fun ApplicationCall.fail(error: Throwable, requestId: String) {
        val problem = Problem.of(error)
        if (problem.status >= HttpStatusCode.InternalServerError.value) {
            log.error(problem.detail) {
                writeStringField("requestId", requestId)
                writeStringField("error", error.stackTraceToString())
            }
        }
        problem.headers.forEach { (name, value) -> response.header(name, value) }
        respondJson(HttpStatusCode(problem.status, problem.title), ContentType.Application.ProblemJson) { write(problem) }
    }
}

private val coldKey = AttributeKey<Boolean>("coldStart")
private val routeKey = AttributeKey<String>("route")

private val ApplicationCall.isCold get() = attributes[coldKey]

/** A path is judged as it is written; Ktor would decode it, and fold or ignore slashes. */
private fun refuseOtherPaths(call: ApplicationCall) {
    val path = call.request.path()
    if ('%' in path || "//" in path || path.endsWith('/')) throw Problem.unknownPath
}

private fun ApplicationCall.id(): String = parameters["id"]?.takeIf(::isId) ?: throw Problem.noItem

/** Judges a request's media type, then its size, then its body. */
private suspend fun ApplicationCall.readFields(): Fields {
    val mediaType = request.headers[HttpHeaders.ContentType]?.substringBefore(';')?.trim(' ', '\t')
    val encoded = request.headers.contains(HttpHeaders.ContentEncoding)
    if (encoded || !mediaType.equals("application/json", ignoreCase = true)) throw Problem.mediaType
    val body = request.receiveChannel().readRemaining(MAX_BODY_BYTES + 1L).readByteArray()
    if (body.size > MAX_BODY_BYTES) throw Problem.bodyTooLarge
    return parseFields(body)
}

/** All values of one query name, null without any. Ktor's own parameters know no case. */
private fun ApplicationCall.queryValues(name: String): List<String>? {
    val query = request.queryString()
    if (query.isEmpty()) return null
    return query
        .split('&')
        .filter { decoded(it.substringBefore('=')) == name }
        .map { decoded(it.substringAfter('=', "")) }
        .ifEmpty { null }
}

private fun decoded(text: String) = text.decodeURLQueryComponent(plusIsSpace = true)

private suspend fun ApplicationCall.respondJson(
    status: HttpStatusCode = HttpStatusCode.OK,
    type: ContentType = ContentType.Application.Json,
    write: JsonGenerator.() -> Unit,
): Unit = respond(ByteArrayContent(encodeJson(write), type, status), null)

private suspend fun ApplicationCall.respondNothing(): Unit = respond(NothingMore, null)

private object NothingMore : OutgoingContent.NoContent() {
    override val status = HttpStatusCode.NoContent
}

/** Lambda's name of a processor architecture. */
internal fun architecture(osArch: String): String =
    when (osArch) {
        "amd64" -> "x86_64"
        "aarch64" -> "arm64"
        else -> osArch
    }
