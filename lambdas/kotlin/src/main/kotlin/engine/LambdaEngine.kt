package benchmark

import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyResponseEvent
import io.ktor.events.Events
import io.ktor.http.Headers
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.http.HttpStatusCode
import io.ktor.http.Parameters
import io.ktor.http.RequestConnectionPoint
import io.ktor.http.content.OutgoingContent
import io.ktor.http.formUrlEncode
import io.ktor.http.parseQueryString
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationEnvironment
import io.ktor.server.application.PipelineCall
import io.ktor.server.application.serverConfig
import io.ktor.server.engine.ApplicationEngine
import io.ktor.server.engine.ApplicationEngineFactory
import io.ktor.server.engine.BaseApplicationCall
import io.ktor.server.engine.BaseApplicationEngine
import io.ktor.server.engine.BaseApplicationRequest
import io.ktor.server.engine.BaseApplicationResponse
import io.ktor.server.engine.EmbeddedServer
import io.ktor.server.engine.applicationEnvironment
import io.ktor.server.request.RequestCookies
import io.ktor.server.response.ResponseHeaders
import io.ktor.util.AttributeKey
import io.ktor.utils.io.ByteChannel
import io.ktor.utils.io.ByteReadChannel
import io.ktor.utils.io.ByteWriteChannel
import io.ktor.utils.io.toByteArray
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.util.Base64
import kotlin.coroutines.CoroutineContext

/**
 * A Ktor engine for AWS Lambda behind an API Gateway REST API. Nothing listens:
 * Lambda's runtime client passes one event at a time to [LambdaEngine.handle].
 *
 *     val engine = Lambda.start { routing { get("/") { call.respondText("hello") } } }
 *     val answer = engine.handle(event)
 */
internal object Lambda : ApplicationEngineFactory<LambdaEngine, ApplicationEngine.Configuration> {
    /** Starts an application of one [module], without configuration files. */
    fun start(module: Application.() -> Unit): LambdaEngine =
        EmbeddedServer(serverConfig(applicationEnvironment()) { module(module) }, this).start().engine

    override fun configuration(configure: ApplicationEngine.Configuration.() -> Unit) =
        ApplicationEngine.Configuration().apply(configure)

    override fun create(
        environment: ApplicationEnvironment,
        monitor: Events,
        developmentMode: Boolean,
        configuration: ApplicationEngine.Configuration,
        applicationProvider: () -> Application,
    ) = LambdaEngine(environment, monitor, developmentMode, applicationProvider)
}

internal class LambdaEngine(
    environment: ApplicationEnvironment,
    monitor: Events,
    developmentMode: Boolean,
    private val applicationProvider: () -> Application,
) : BaseApplicationEngine(environment, monitor, developmentMode) {
    override fun start(wait: Boolean): LambdaEngine {
        resolvedConnectorsDeferred.complete(emptyList())
        return this
    }

    override fun stop(gracePeriodMillis: Long, timeoutMillis: Long): Unit = Unit

    /** Answers one event. The caller's thread runs the whole call, so nothing goes on after it. */
    fun handle(event: APIGatewayProxyRequestEvent, requestId: String? = null): APIGatewayProxyResponseEvent =
        runBlocking {
            val call = LambdaCall(applicationProvider(), event, coroutineContext)
            requestId?.let { call.attributes.put(requestIdKey, it) }
            pipeline.execute(call, Unit)
            call.response.answer()
        }
}

/** The id that Lambda gave to this invocation. */
internal val requestIdKey: AttributeKey<String> = AttributeKey("requestId")

private class LambdaCall(
    application: Application,
    event: APIGatewayProxyRequestEvent,
    override val coroutineContext: CoroutineContext,
) : BaseApplicationCall(application) {
    override val request = LambdaRequest(this, event)
    override val response = LambdaResponse(this)

    init {
        putResponseAttribute()
    }
}

private class LambdaRequest(call: PipelineCall, event: APIGatewayProxyRequestEvent) : BaseApplicationRequest(call) {
    private val body = event.bytes()
    override val engineHeaders: Headers =
        Headers.build {
            event.headerValues().forEach { (name, values) -> appendAll(name, values) }
            set(HttpHeaders.ContentLength, body.size.toString()) // What the client says of it is about another encoding.
            remove("Accept-Charset") // RFC 9110 ends it, but Ktor would write the Content-Type of its charset.
        }
    override val engineReceiveChannel: ByteReadChannel by lazy(LazyThreadSafetyMode.NONE) { ByteReadChannel(body) }
    override val local: RequestConnectionPoint = LambdaConnectionPoint(event, engineHeaders)

    // API Gateway passes names and values decoded.
    override val queryParameters: Parameters by lazy(LazyThreadSafetyMode.NONE) {
        Parameters.build { event.queryValues().forEach { (name, values) -> appendAll(name, values) } }
    }
    override val rawQueryParameters: Parameters by lazy(LazyThreadSafetyMode.NONE) {
        parseQueryString(queryParameters.formUrlEncode(), decode = false)
    }
    override val cookies: RequestCookies by lazy(LazyThreadSafetyMode.NONE) { RequestCookies(this) }
}

/** The map of single values only repeats that of all, so it counts where this is missing. */
private fun APIGatewayProxyRequestEvent.headerValues(): Map<String, List<String>> =
    multiValueHeaders ?: headers?.mapValues { (_, value) -> listOf(value) }.orEmpty()

private fun APIGatewayProxyRequestEvent.queryValues(): Map<String, List<String>> =
    multiValueQueryStringParameters ?: queryStringParameters?.mapValues { (_, value) -> listOf(value) }.orEmpty()

/** What is not base64, although the event says so, has no meaning that could be guessed. */
private fun APIGatewayProxyRequestEvent.bytes(): ByteArray =
    when {
        body == null -> ByteArray(0)
        isBase64Encoded != true -> body.toByteArray()
        else -> runCatching { Base64.getDecoder().decode(body) }.getOrDefault(ByteArray(0))
    }

/** The caller as API Gateway tells it. Headers that name another one are the caller's own claim. */
private class LambdaConnectionPoint(event: APIGatewayProxyRequestEvent, private val headers: Headers) : RequestConnectionPoint {
    private val sourceIp = event.requestContext?.identity?.sourceIp.orEmpty()
    override val method = HttpMethod.parse(event.httpMethod)
    override val uri =
        event.queryValues().flatMap { (name, values) -> values.map { name to it } }.let { query ->
            if (query.isEmpty()) event.path else "${event.path}?${query.formUrlEncode()}"
        }
    override val version get() = "HTTP/1.1"
    override val scheme get() = "https"
    override val serverHost get() = headers[HttpHeaders.Host] ?: "localhost"
    override val serverPort get() = 443
    override val localHost get() = serverHost
    override val localPort get() = serverPort
    override val localAddress get() = serverHost
    override val remoteHost get() = sourceIp
    override val remotePort get() = 0
    override val remoteAddress get() = sourceIp

    @Deprecated("Ktor's own deprecation", ReplaceWith("serverHost"))
    override val host get() = serverHost

    @Deprecated("Ktor's own deprecation", ReplaceWith("serverPort"))
    override val port get() = serverPort
}

private class LambdaResponse(call: PipelineCall) : BaseApplicationResponse(call) {
    private var statusCode = HttpStatusCode.OK.value
    private val headerValues = LinkedHashMap<String, MutableList<String>>()
    private var body = ByteArray(0)

    override val headers: ResponseHeaders =
        object : ResponseHeaders() {
            override fun engineAppendHeader(name: String, value: String) {
                headerValues.getOrPut(name, ::ArrayList) += value
            }

            override fun getEngineHeaderNames(): List<String> = headerValues.keys.toList()

            override fun getEngineHeaderValues(name: String): List<String> = headerValues[name].orEmpty()
        }

    fun answer(): APIGatewayProxyResponseEvent {
        headerValues.remove(HttpHeaders.ContentLength) // API Gateway counts for itself, and would show ours renamed.
        return APIGatewayProxyResponseEvent()
            .withStatusCode(statusCode)
            .withMultiValueHeaders(headerValues)
            .withBody(String(body))
            .withIsBase64Encoded(false)
    }

    override fun setStatus(statusCode: HttpStatusCode) {
        this.statusCode = statusCode.value
    }

    override suspend fun respondFromBytes(bytes: ByteArray) {
        body = bytes
    }

    override suspend fun respondFromChannel(readChannel: ByteReadChannel) {
        body = readChannel.toByteArray()
    }

    override suspend fun respondWriteChannelContent(content: OutgoingContent.WriteChannelContent): Unit =
        coroutineScope {
            val channel = ByteChannel()
            launch {
                content.writeTo(channel)
                channel.flushAndClose()
            }
            body = channel.toByteArray()
        }

    override suspend fun responseChannel(): ByteWriteChannel = throw UnsupportedOperationException("answers are kept whole")

    override suspend fun respondUpgrade(upgrade: OutgoingContent.ProtocolUpgrade): Unit =
        throw UnsupportedOperationException("an API Gateway REST API cannot upgrade the protocol")
}
