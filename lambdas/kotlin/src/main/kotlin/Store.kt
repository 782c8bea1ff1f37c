package benchmark

import software.amazon.awssdk.awscore.exception.AwsServiceException
import software.amazon.awssdk.core.exception.AbortedException
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException
import software.amazon.awssdk.services.dynamodb.DynamoDbClient
import software.amazon.awssdk.services.dynamodb.model.AttributeValue
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException
import software.amazon.awssdk.services.dynamodb.model.ReturnValue
import java.io.IOException
import java.time.Duration
import java.time.Instant

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
    val attemptTimeout: Duration,
    val snapStart: Boolean,
)

/**
 * Keeps items in a DynamoDB table. The client is made on first use, once per
 * process. Calls block: a Lambda environment has one request at a time, and a
 * second thread would only cost a switch.
 */
internal class DynamoStore(private val table: String, newClient: () -> DynamoDbClient) : Store {
    internal val client: DynamoDbClient by lazy(newClient)

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
        return Page(answer.items().map(::fromAttributes), next?.let(::nextToken))
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
 * Tells whether DynamoDB throttled, or no answer of it could be read, be it for
 * the network or for a proxy on the way.
 */
private fun isUnavailable(error: Exception): Boolean =
    when (error) {
        // A refusal always says which one it is, unless it was cut off.
        is AwsServiceException -> {
            error.isThrottlingException || error.statusCode() in 502..504 ||
                (error.statusCode() < 500 && error.awsErrorDetails()?.errorCode() == null)
        }

        is ApiCallAttemptTimeoutException, is AbortedException -> {
            true
        }

        else -> {
            generateSequence(error.cause) { it.cause }.any { it is IOException }
        }
    }
