package benchmark

import io.ktor.http.ContentType
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.http.HttpStatusCode
import io.ktor.serialization.ContentConverter
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.createApplicationPlugin
import io.ktor.server.application.hooks.ResponseSent
import io.ktor.server.application.install
import io.ktor.server.plugins.BadRequestException
import io.ktor.server.plugins.contentnegotiation.ContentNegotiation
import io.ktor.server.plugins.statuspages.StatusPages
import io.ktor.server.request.contentLength
import io.ktor.server.request.httpMethod
import io.ktor.server.request.path
import io.ktor.server.request.receive
import io.ktor.server.response.header
import io.ktor.server.response.respond
import io.ktor.server.response.respondText
import io.ktor.server.routing.RoutingCall
import io.ktor.server.routing.route
import io.ktor.server.routing.routing
import io.ktor.util.AttributeKey
import kotlinx.serialization.json.Json
import java.time.Duration
import java.time.Instant

internal const val RUNTIME_NAME = "kotlin"

/** Answers the Items API. Everything that it depends on is a parameter. */
internal class App(
    private val store: Store,
    private val metrics: Metrics,
    private val log: Log,
    private val json: ContentConverter,
    private val query: ApplicationCall.(name: String) -> List<String>?,
    private val now: () -> Instant,
    private val newId: () -> String,
    private val itemTtl: Duration,
    private val version: String,
    private val memoryLimitMb: Long,
) : ItemOperations {
    fun install(application: Application) {
        application.install(observation)
        application.install(StatusPages) { exception<Throwable> { call, cause -> call.fail(cause) } }
        application.install(ContentNegotiation) {
            register(ContentType.Application.Json, json)
            accept { _, _ -> emptyList() } // There is but one form, so whatever a client would rather have is no fault.
        }
        application.routing {
            for (prefix in prefixes) {
                route(prefix) {
                    itemRoutes(this@App)
                    operation(HttpMethod.Get, "/health") { it.respond(health(it.isCold)) }
                    operation(HttpMethod.Get, "/metrics") { it.respond(metrics.report(it.isCold)) }
                    refuseOtherMethods("/items", "GET, POST")
                    refuseOtherMethods("/items/{id}", "GET, PUT, DELETE")
                    refuseOtherMethods("/health", "GET")
                    refuseOtherMethods("/metrics", "GET")
                }
            }
            route("{...}") { handle { throw Problem.unknownPath } }
        }
    }

    override suspend fun create(call: RoutingCall) {
        val fields = call.receiveFields()
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
        call.respond(HttpStatusCode.Created, item)
    }

    override suspend fun list(call: RoutingCall) {
        val limit = parseLimit(call.query("limit"))
        val after = parseNextToken(call.query("nextToken"))
        call.respond(store.list(limit, after))
    }

    override suspend fun read(call: RoutingCall) {
        call.respond(store.get(call.id()) ?: throw Problem.noItem)
    }

    override suspend fun replace(call: RoutingCall) {
        val id = call.id()
        call.respond(store.update(id, call.receiveFields(), timestamp(now())) ?: throw Problem.noItem)
    }

    override suspend fun delete(call: RoutingCall) {
        if (!store.delete(call.id())) throw Problem.noItem
        call.respond(HttpStatusCode.NoContent)
    }

    private fun health(coldStart: Boolean) =
        Health(
            status = "ok",
            runtime = RUNTIME_NAME,
            runtimeVersion = "${KotlinVersion.CURRENT} (Java ${Runtime.version().feature()})",
            framework = "Ktor ${BuildInfo.ktorVersion}",
            architecture = architecture(System.getProperty("os.arch")),
            memoryLimitMb = memoryLimitMb,
            coldStart = coldStart,
            version = version,
        )

    /** Sets the headers that all answers have, counts every request and writes its line to the log. */
    private val observation =
        createApplicationPlugin("Observation") {
            onCall { call ->
                call.attributes.put(startKey, now())
                call.attributes.put(coldKey, metrics.begin())
                call.response.header("X-Runtime", RUNTIME_NAME)
                call.response.header("X-Cold-Start", call.isCold.toString())
                call.response.header(HttpHeaders.CacheControl, "no-store")
                call.response.header("X-Content-Type-Options", "nosniff")
                // A path is judged as it is written; Ktor would decode it, and fold or ignore slashes.
                val path = call.request.path()
                if ('%' in path || "//" in path || path.endsWith('/')) throw Problem.unknownPath
            }
            on(ResponseSent) { call ->
                val took = Duration.between(call.attributes[startKey], now())
                val method = call.request.httpMethod.value
                val route = call.attributes.getOrNull(routeKey) ?: "unmatched"
                metrics.end(if (route == "unmatched") route else "$method $route", took)
                log.request(RequestLine(call.requestId, method, route, call.response.status()?.value ?: 0, milliseconds(took), call.isCold))
            }
        }

    /** Answers with the error's problem. What the caller may not see goes to the log. */
    private suspend fun ApplicationCall.fail(error: Throwable) {
        val problem =
            when (error) {
                is Problem -> error
                is DatabaseUnavailable -> Problem.databaseDown
                is BadRequestException -> Problem.body
                else -> Problem.unexpected
            }
        if (problem.status >= HttpStatusCode.InternalServerError.value) log.error(problem.document.detail, requestId, error)
        problem.headers.forEach { (name, value) -> response.header(name, value) }
        val status = HttpStatusCode(problem.status, problem.title)
        respondText(Json.encodeToString(problem.document), ContentType.Application.ProblemJson, status)
    }

    private val ApplicationCall.requestId get() = attributes.computeIfAbsent(requestIdKey, newId)
}

private val startKey = AttributeKey<Instant>("start")
private val coldKey = AttributeKey<Boolean>("coldStart")

private val ApplicationCall.isCold get() = attributes[coldKey]

private fun ApplicationCall.id(): String = parameters["id"]?.takeIf(::isId) ?: throw Problem.noItem

/** Judges a request's media type, then its size, then its body. */
private suspend fun ApplicationCall.receiveFields(): Fields {
    val mediaType = request.headers[HttpHeaders.ContentType]?.substringBefore(';')?.trim(' ', '\t')
    val encoded = HttpHeaders.ContentEncoding in request.headers
    if (encoded || !mediaType.equals("application/json", ignoreCase = true)) throw Problem.mediaType
    if ((request.contentLength() ?: 0) > MAX_BODY_BYTES) throw Problem.bodyTooLarge
    return receive<ItemRequest>().fields()
}

/** Lambda's name of a processor architecture. */
internal fun architecture(osArch: String): String =
    when (osArch) {
        "amd64" -> "x86_64"
        "aarch64" -> "arm64"
        else -> osArch
    }
