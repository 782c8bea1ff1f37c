package benchmark

import com.amazonaws.services.lambda.runtime.Context
import com.amazonaws.services.lambda.runtime.RequestStreamHandler
import org.crac.Core
import org.crac.Resource
import java.io.InputStream
import java.io.OutputStream
import java.net.URI
import java.time.Duration
import java.time.Instant
import java.util.UUID
import kotlin.system.exitProcess
import org.crac.Context as SnapshotContext

/** The Lambda function: answers API Gateway REST proxy events. */
public class Handler : RequestStreamHandler {
    private val engine: LambdaEngine

    init {
        val settings = readSettings(System::getenv)
        val function = wire(settings, System.out)
        if (settings.snapStart) primeBeforeSnapshot(function)
        engine = Lambda.start { function.app.install(this) }
    }

    override fun handleRequest(input: InputStream, output: OutputStream, context: Context) {
        engine.handle(readEvent(input), context.awsRequestId).writeTo(output)
    }
}

/** The app, and what warms it before its first request. */
internal class Function(val app: App, val prime: () -> Unit)

/** The first request will try again, so a failure only costs its warmth. */
private fun DynamoStore.warm(log: Log) {
    try {
        prime()
    } catch (e: Exception) {
        log.warn("prime the store: ${e.message}")
    }
}

/** Puts the parts together; in the init phase this is all there is. */
internal fun wire(settings: Settings, out: OutputStream): Function {
    lookForNoLogger()
    val log = Log(out, Instant::now, settings.logLevel)
    val store = DynamoStore(settings.store)
    if (settings.primeOnInit) store.warm(log)
    val app =
        App(
            store = store,
            metrics = Metrics(Proc(), Instant::now, settings.memoryLimitMb, SDK_VERSION),
            log = log,
            now = Instant::now,
            newId = { UUID.randomUUID().toString() },
            itemTtl = settings.itemTtl,
            version = settings.version,
            memoryLimitMb = settings.memoryLimitMb,
        )
    return Function(app) { store.warm(log) }
}

/** With SnapStart the store is warmed once, before the snapshot that all environments start from. */
internal fun primeBeforeSnapshot(function: Function): Resource {
    val hook =
        object : Resource {
            override fun beforeCheckpoint(context: SnapshotContext<out Resource>?) = function.prime()

            override fun afterRestore(context: SnapshotContext<out Resource>?) = Unit
        }
    Core.getGlobalContext().register(hook)
    hooks += hook
    return hook
}

// CRaC keeps weak references only.
private val hooks = ArrayList<Resource>()

/** The environment variables of the process. */
internal data class Settings(
    val port: Int,
    val primeOnInit: Boolean,
    val snapStart: Boolean,
    val itemTtl: Duration,
    val version: String,
    val memoryLimitMb: Long,
    val logLevel: String?,
    val store: StoreSettings,
)

/** Reads the environment variables, or throws an [IllegalArgumentException] that names all wrong ones. */
internal fun readSettings(getenv: (String) -> String?): Settings {
    val wrong = ArrayList<String>()

    fun text(vararg names: String): String? = names.firstNotNullOfOrNull { name -> getenv(name)?.ifEmpty { null } }

    fun positive(name: String, default: Int): Int {
        val value = text(name) ?: return default
        return value.toIntOrNull()?.takeIf { it > 0 } ?: default.also { wrong += "$name: got \"$value\", want a positive integer" }
    }

    fun port(): Int {
        val value = text("PORT") ?: return 8080
        return value.toIntOrNull()?.takeIf { it in 0..65_535 } ?: 8080.also { wrong += "PORT: got \"$value\", want a port" }
    }
    val region = text("AWS_REGION", "AWS_DEFAULT_REGION") ?: "us-east-1"

    fun endpoint(): URI {
        val value = text("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL") ?: return regionalEndpoint(region)
        val uri = runCatching { URI(value) }.getOrNull()?.takeIf { it.scheme in setOf("http", "https") && it.host != null }
        return uri ?: regionalEndpoint(region).also { wrong += "AWS_ENDPOINT_URL_DYNAMODB: got \"$value\", want a URL" }
    }
    val settings =
        Settings(
            port = port(),
            primeOnInit = getenv("PRIME_ON_INIT") == "true",
            snapStart = getenv("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start",
            itemTtl = Duration.ofDays(positive("ITEM_TTL_DAYS", 7).toLong()),
            version = text("APP_VERSION") ?: "dev",
            memoryLimitMb = positive("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 0).toLong(),
            logLevel = text("AWS_LAMBDA_LOG_LEVEL", "LOG_LEVEL"),
            store =
                StoreSettings(
                    table = text("TABLE_NAME") ?: "multi-runtime-benchmark-items-dev",
                    region = region,
                    endpoint = endpoint(),
                    attemptTimeout = Duration.ofMillis(positive("DYNAMODB_ATTEMPT_TIMEOUT_MS", 8000).toLong()),
                    accessKeyId = text("AWS_ACCESS_KEY_ID"),
                    secretAccessKey = text("AWS_SECRET_ACCESS_KEY"),
                    sessionToken = text("AWS_SESSION_TOKEN"),
                ),
        )
    require(wrong.isEmpty()) { wrong.joinToString("\n") }
    return settings
}

internal fun main() {
    val settings =
        try {
            readSettings(System::getenv)
        } catch (e: IllegalArgumentException) {
            System.err.println("error: ${e.message}")
            exitProcess(2)
        }
    serve(settings.port, wire(settings, System.out).app, System.err)
    Thread.currentThread().join() // The server's threads are daemons.
}
