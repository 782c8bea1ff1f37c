package benchmark

import io.ktor.events.Events
import io.ktor.http.Headers
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.http.HttpStatusCode
import io.ktor.http.Parameters
import io.ktor.http.RequestConnectionPoint
import io.ktor.http.content.OutgoingContent
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
import kotlin.coroutines.CoroutineContext

/**
 * A Ktor engine for AWS Lambda behind an API Gateway REST API. Nothing listens:
 * Lambda's runtime client passes one event at a time to [LambdaEngine.handle].
 *
 *     val engine = Lambda.start { routing { get("/") { call.respondText("hello") } } }
 *     val answer = engine.handle(readEvent(input))
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
    fun handle(event: ProxyEvent, requestId: String? = null): ProxyResponse =
        runBlocking {
            val call = LambdaCall(applicationProvider(), event, coroutineContext)
            requestId?.let { call.attributes.put(requestIdKey, it) }
            pipeline.execute(call, Unit)
            call.response.answer()
        }
}

/** The id that Lambda gave to this invocation. */
internal val requestIdKey: AttributeKey<String> = AttributeKey("requestId")

/** Ktor and the SDK look for a logging library otherwise; what matters is told as an exception. */
internal fun lookForNoLogger() {
    System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider")
    System.setProperty("slf4j.internal.verbosity", "WARN") // It would tell of it on standard error.
}

private class LambdaCall(
    application: Application,
    event: ProxyEvent,
    override val coroutineContext: CoroutineContext,
) : BaseApplicationCall(application) {
    override val request = LambdaRequest(this, event)
    override val response = LambdaResponse(this)

    init {
        putResponseAttribute()
    }
}

private class LambdaRequest(call: PipelineCall, event: ProxyEvent) : BaseApplicationRequest(call) {
    override val engineHeaders: Headers = event.headers
    override val engineReceiveChannel: ByteReadChannel by lazy(LazyThreadSafetyMode.NONE) { ByteReadChannel(event.body) }
    override val rawQueryParameters: Parameters by lazy(LazyThreadSafetyMode.NONE) { parseQueryString(event.rawQuery, decode = false) }
    override val queryParameters: Parameters by lazy(LazyThreadSafetyMode.NONE) { parseQueryString(event.rawQuery) }
    override val cookies: RequestCookies by lazy(LazyThreadSafetyMode.NONE) { RequestCookies(this) }
    override val local: RequestConnectionPoint = LambdaConnectionPoint(event)
}

/** The caller as API Gateway tells it. Headers that name another one are the caller's own claim. */
private class LambdaConnectionPoint(private val event: ProxyEvent) : RequestConnectionPoint {
    override val method = HttpMethod.parse(event.method)
    override val uri = if (event.rawQuery.isEmpty()) event.path else "${event.path}?${event.rawQuery}"
    override val version get() = "HTTP/1.1"
    override val scheme get() = "https"
    override val serverHost get() = event.headers[HttpHeaders.Host] ?: "localhost"
    override val serverPort get() = 443
    override val localHost get() = serverHost
    override val localPort get() = serverPort
    override val localAddress get() = serverHost
    override val remoteHost get() = event.sourceIp
    override val remotePort get() = 0
    override val remoteAddress get() = event.sourceIp

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

    fun answer(): ProxyResponse {
        headerValues.remove(HttpHeaders.ContentLength) // API Gateway counts for itself, and would show ours renamed.
        return ProxyResponse(statusCode, headerValues, body)
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
