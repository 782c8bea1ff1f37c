package benchmark

import com.amazonaws.services.lambda.runtime.Context
import com.amazonaws.services.lambda.runtime.RequestHandler
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyResponseEvent
import io.ktor.serialization.ContentConverter
import io.ktor.serialization.kotlinx.KotlinxSerializationConverter
import io.ktor.server.application.ApplicationCall
import kotlinx.serialization.json.Json
import org.crac.Core
import org.crac.Resource
import software.amazon.awssdk.core.util.VersionInfo
import software.amazon.awssdk.services.dynamodb.DynamoDbClient
import java.time.Instant
import java.util.UUID
import org.crac.Context as SnapshotContext

/** The Lambda function: answers API Gateway REST proxy events. */
public open class Handler internal constructor(
    private val function: Function,
) : RequestHandler<APIGatewayProxyRequestEvent, APIGatewayProxyResponseEvent> {
    public constructor() : this(Function(readSettings(System::getenv)))

    override fun handleRequest(event: APIGatewayProxyRequestEvent, context: Context): APIGatewayProxyResponseEvent =
        function.engine.handle(event, context.awsRequestId)
}

/** The parts of the function put together. All that a variant may have its own of is a parameter. */
internal class Function(
    settings: Settings,
    newClient: (StoreSettings) -> DynamoDbClient = ::dynamoDbClient,
    json: ContentConverter = KotlinxSerializationConverter(Json),
    query: ApplicationCall.(name: String) -> List<String>? = { request.queryParameters.getAll(it) },
    private val log: Log = Slf4jLog(),
) : Resource {
    private val store = DynamoStore(settings.store.table) { newClient(settings.store) }

    init {
        if (settings.primeOnInit) prime()
        if (settings.store.snapStart) Core.getGlobalContext().register(this)
    }

    val app: App =
        App(
            store = store,
            metrics = Metrics(ProcessFigures(), Instant::now, settings.memoryLimitMb, VersionInfo.SDK_VERSION),
            log = log,
            json = json,
            query = query,
            now = Instant::now,
            newId = { UUID.randomUUID().toString() },
            itemTtl = settings.itemTtl,
            version = settings.version,
            memoryLimitMb = settings.memoryLimitMb,
        )
    val engine: LambdaEngine by lazy { Lambda.start { app.install(this) } }

    /** With SnapStart the store is warmed once, before the snapshot that all environments start from. */
    override fun beforeCheckpoint(context: SnapshotContext<out Resource>?): Unit = prime()

    override fun afterRestore(context: SnapshotContext<out Resource>?): Unit = Unit

    /** The first request will try again, so a failure only costs its warmth. */
    private fun prime() {
        try {
            store.prime()
        } catch (e: Exception) {
            log.warn("prime the store: ${e.message}")
        }
    }
}
