package benchmark

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider
import software.amazon.awssdk.awscore.defaultsmode.DefaultsMode
import software.amazon.awssdk.awscore.endpoints.AccountIdEndpointMode
import software.amazon.awssdk.awscore.exception.AwsServiceException
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration
import software.amazon.awssdk.core.exception.AbortedException
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException
import software.amazon.awssdk.core.exception.ApiCallTimeoutException
import software.amazon.awssdk.core.util.VersionInfo
import software.amazon.awssdk.endpoints.Endpoint
import software.amazon.awssdk.endpoints.EndpointUrl
import software.amazon.awssdk.profiles.ProfileFile
import software.amazon.awssdk.regions.Region
import software.amazon.awssdk.retries.api.BackoffStrategy
import software.amazon.awssdk.retries.api.RefreshRetryTokenRequest
import software.amazon.awssdk.retries.api.RefreshRetryTokenResponse
import software.amazon.awssdk.retries.api.RetryStrategy
import software.amazon.awssdk.retries.api.TokenAcquisitionFailedException
import software.amazon.awssdk.services.dynamodb.DynamoDbClient
import software.amazon.awssdk.services.dynamodb.auth.scheme.DynamoDbAuthSchemeProvider
import software.amazon.awssdk.services.dynamodb.model.AttributeValue
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException
import software.amazon.awssdk.services.dynamodb.model.ReturnValue
import software.amazon.awssdk.thirdparty.jackson.core.JsonProcessingException
import java.net.URI
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CompletableFuture

internal const val SDK_VERSION: String = VersionInfo.SDK_VERSION
private const val MAX_ATTEMPTS = 3
private val connectTimeout = Duration.ofSeconds(2)
private const val NO_ITEM_ID = "00000000-0000-0000-0000-000000000000"

/** What the app needs of a database. All of it may throw [DatabaseUnavailable]. */
internal interface Store {
    /** Writes a new item. The id is fresh, so that a retry does no harm. */
    fun put(item: Item, expires: Instant)

    /** Reads an item with strong consistency; null if there is none. */
    fun get(id: String): Item?

    /** Reads up to [limit] items after the one with the id [after]; null is the start. */
    fun list(limit: Int, after: String?): Page

    /** Replaces what a caller decides about an item, and returns the whole of it; null, if there is none. */
    fun update(id: String, fields: Fields, updatedAt: String): Item?

    /** Removes an item and tells whether there was one. */
    fun delete(id: String): Boolean
}

/** DynamoDB throttled the call or could not be reached, even after the SDK's own retries. */
internal class DatabaseUnavailable(message: String, cause: Throwable) : Exception(message, cause)

/** The store's environment variables. */
internal data class StoreSettings(
    val table: String,
    val region: String,
    val endpoint: URI,
    val attemptTimeout: Duration,
    val accessKeyId: String?,
    val secretAccessKey: String?,
    val sessionToken: String?,
)

/**
 * Keeps items in a DynamoDB table. The client is made on first use, once per
 * process. Calls block: a Lambda environment has one request at a time, and a
 * second thread would only cost a switch.
 */
internal class DynamoStore(private val settings: StoreSettings, private val backoff: BackoffStrategy? = null) : Store {
    private val table = settings.table
    internal val client: DynamoDbClient by lazy(::newClient)

    // Everything that the SDK would otherwise work out from profile files, system
    // properties, metadata services and the rules of all partitions is said here.
    private fun newClient(): DynamoDbClient {
        val endpoint = CompletableFuture.completedFuture(Endpoint.builder().endpointUrl(EndpointUrl.fromUri(settings.endpoint)).build())
        return DynamoDbClient
            .builder()
            .region(Region.of(settings.region))
            .endpointOverride(settings.endpoint)
            .endpointProvider { endpoint }
            .endpointDiscoveryEnabled(false)
            .accountIdEndpointMode(AccountIdEndpointMode.DISABLED)
            .dualstackEnabled(false)
            .fipsEnabled(false)
            .defaultsMode(DefaultsMode.LEGACY)
            .authSchemeProvider(DynamoDbAuthSchemeProvider.defaultProvider())
            .credentialsProvider(settings.credentials())
            .httpClient(Transport(connectTimeout, settings.attemptTimeout))
            .overrideConfiguration(
                ClientOverrideConfiguration
                    .builder()
                    .apiCallAttemptTimeout(settings.attemptTimeout)
                    .retryStrategy(
                        UnlessNonsense(
                            AwsRetryStrategy
                                .standardRetryStrategy()
                                .toBuilder()
                                .maxAttempts(MAX_ATTEMPTS)
                                .apply { backoff?.let { backoffStrategy(it).throttlingBackoffStrategy(it) } }
                                .build(),
                        ),
                    ).defaultProfileFile(ProfileFile.aggregator().build())
                    .build(),
            ).build()
    }

    /** Makes the client and warms it: TLS, connection, one read. */
    fun prime() {
        get(NO_ITEM_ID)
    }

    override fun put(item: Item, expires: Instant) {
        doing("put item") { client.putItem { it.tableName(table).item(toAttributes(item, expires)) } }
    }

    override fun get(id: String): Item? {
        val answer = doing("get item") { client.getItem { it.tableName(table).key(key(id)).consistentRead(true) } }
        return if (answer.hasItem()) fromAttributes(answer.item()) else null
    }

    override fun list(limit: Int, after: String?): Page {
        val answer =
            doing("scan items") {
                client.scan {
                    it.tableName(table).limit(limit)
                    if (after != null) it.exclusiveStartKey(key(after))
                }
            }
        val next = if (answer.hasLastEvaluatedKey()) answer.lastEvaluatedKey().text("id") else null
        return Page(answer.items().map(::fromAttributes), next)
    }

    override fun update(id: String, fields: Fields, updatedAt: String): Item? =
        unlessMissing {
            val answer =
                doing("update item") {
                    client.updateItem {
                        it
                            .tableName(table)
                            .key(key(id))
                            .conditionExpression("attribute_exists(id)")
                            .updateExpression(
                                "SET #name = :name, description = :description, price = :price, updatedAt = :updatedAt",
                            ).expressionAttributeNames(mapOf("#name" to "name")) // A reserved word.
                            .expressionAttributeValues(
                                mapOf(
                                    ":name" to text(fields.name),
                                    ":description" to text(fields.description),
                                    ":price" to number(formatPrice(fields.price)),
                                    ":updatedAt" to text(updatedAt),
                                ),
                            ).returnValues(ReturnValue.ALL_NEW)
                    }
                }
            fromAttributes(answer.attributes())
        }

    override fun delete(id: String): Boolean =
        unlessMissing {
            doing("delete item") {
                client.deleteItem { it.tableName(table).key(key(id)).conditionExpression("attribute_exists(id)") }
            }
        } != null
}

/** DynamoDB's own endpoint in a region of the public or the Chinese partition; others are set by their URL. */
internal fun regionalEndpoint(region: String): URI =
    URI("https://dynamodb.$region.amazonaws.com${if (region.startsWith("cn-")) ".cn" else ""}")

/**
 * Lambda sets keys that stay the same for the environment's whole life. With
 * SnapStart it sets none, and offers them at a local address.
 */
internal fun StoreSettings.credentials(): AwsCredentialsProvider =
    when {
        accessKeyId == null || secretAccessKey == null -> ContainerCredentialsProvider.create()
        sessionToken == null -> StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKeyId, secretAccessKey))
        else -> StaticCredentialsProvider.create(AwsSessionCredentials.create(accessKeyId, secretAccessKey, sessionToken))
    }

private fun key(id: String) = mapOf("id" to text(id))

private fun text(value: String): AttributeValue = AttributeValue.fromS(value)

private fun number(value: String): AttributeValue = AttributeValue.fromN(value)

private fun toAttributes(item: Item, expires: Instant): Map<String, AttributeValue> =
    mapOf(
        "id" to text(item.id),
        "name" to text(item.name),
        "description" to text(item.description),
        "price" to number(formatPrice(item.price)),
        "runtime" to text(item.runtime),
        "sourceIp" to text(item.sourceIp),
        "createdAt" to text(item.createdAt),
        "updatedAt" to text(item.updatedAt),
        "expiresAt" to number(expires.epochSecond.toString()),
    )

private fun fromAttributes(attributes: Map<String, AttributeValue>) =
    Item(
        id = attributes.text("id"),
        name = attributes.text("name"),
        description = attributes.text("description"),
        price =
            checkNotNull(attributes["price"]?.n()?.toDoubleOrNull()) {
                "attribute price: got ${attributes["price"]?.type()}, want a number"
            },
        runtime = attributes.text("runtime"),
        sourceIp = attributes.text("sourceIp"),
        createdAt = attributes.text("createdAt"),
        updatedAt = attributes.text("updatedAt"),
    )

private fun Map<String, AttributeValue>.text(name: String): String =
    checkNotNull(this[name]?.s()) { "attribute $name: got ${this[name]?.type()}, want a string" }

private inline fun <T> unlessMissing(call: () -> T): T? =
    try {
        call()
    } catch (_: ConditionalCheckFailedException) {
        null
    }

/** Makes a failure of the SDK [DatabaseUnavailable] if it is that. */
private inline fun <T> doing(what: String, call: () -> T): T =
    try {
        call()
    } catch (e: ConditionalCheckFailedException) {
        throw e
    } catch (e: Exception) {
        throw if (isUnavailable(e)) DatabaseUnavailable("$what: ${e.message}", e) else IllegalStateException("$what: ${e.message}", e)
    }

/**
 * Tells whether DynamoDB throttled, or no answer of it arrived in time, be it for
 * the network or for a proxy on the way.
 */
private fun isUnavailable(error: Throwable): Boolean =
    when (error) {
        is AwsServiceException -> error.isThrottlingException || error.statusCode() in 502..504
        is ApiCallAttemptTimeoutException, is ApiCallTimeoutException, is AbortedException -> true
        else -> generateSequence(error.cause) { it.cause }.any { it is Unanswered }
    }

/**
 * Asks again as the SDK does, but not after an answer that is no JSON: the SDK
 * takes it for a broken connection, since its parser's errors are IOExceptions.
 */
private class UnlessNonsense(private val standard: RetryStrategy) : RetryStrategy by standard {
    override fun refreshRetryToken(request: RefreshRetryTokenRequest): RefreshRetryTokenResponse {
        if (generateSequence(request.failure()) { it.cause }.any { it is JsonProcessingException }) {
            throw TokenAcquisitionFailedException("the answer is no JSON", request.token(), request.failure())
        }
        return standard.refreshRetryToken(request)
    }

    // Else the SDK would build a strategy of its own from this one.
    override fun useClientDefaults(): Boolean = false
}
