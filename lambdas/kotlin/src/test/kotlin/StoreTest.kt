package benchmark

import benchmark.tuned.endpoint
import benchmark.tuned.fixedClient
import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy
import software.amazon.awssdk.retries.api.BackoffStrategy
import software.amazon.awssdk.services.dynamodb.DynamoDbClient
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder
import java.net.InetSocketAddress
import java.net.URI
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch

private const val STORED =
    """{"id":{"S":"$TEST_ID"},"name":{"S":"Widget"},"description":{"S":"<b>"},"price":{"N":"19.99"},"runtime":{"S":"kotlin"},""" +
        """"sourceIp":{"S":"192.0.2.1"},"createdAt":{"S":"2026-11-22T04:05:06.789Z"},"updatedAt":{"S":"2026-11-22T04:05:06.789Z"}"""
private const val KEY = """{"id":{"S":"$TEST_ID"}}"""
private const val MISSING = """{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}"""

internal class StockStoreTest : StoreTest(::stockClient) {
    /** To the SDK, what is no JSON is a connection that broke. */
    @Test
    fun `an answer that is no JSON is unavailability`() {
        for (body in listOf("<html>", "{\"Item\":")) {
            requests.clear()
            assertThrows<DatabaseUnavailable> { storeAnswering(200, body).get(TEST_ID) }
            assertEquals(3, requests.size, body)
            stop()
        }
    }
}

internal class TunedStoreTest : StoreTest(::tunedClient) {
    @Test
    fun `an answer that is no JSON is not asked for again`() {
        for (body in listOf("<html>", "{\"Item\":")) {
            requests.clear()
            assertThrows<IllegalStateException> { storeAnswering(200, body).get(TEST_ID) }
            assertEquals(1, requests.size, body)
            stop()
        }
    }

    @Test
    fun `each partition has its own endpoint, if none is set`() {
        val set = mapOf("AWS_ENDPOINT_URL" to "http://all", "AWS_ENDPOINT_URL_DYNAMODB" to "http://d")
        val got = listOf(endpoint("eu-west-1") { null }, endpoint("cn-north-1") { "" }, endpoint("r", set::get))
        assertEquals(listOf("https://dynamodb.eu-west-1.amazonaws.com", "https://dynamodb.cn-north-1.amazonaws.com.cn", "http://d").map(::URI), got)
    }
}

/** The store before a server that answers as a test wants it to, with the client of a variant. */
internal abstract class StoreTest(private val newClient: (endpoint: URI, attemptTimeout: Duration) -> DynamoDbClient) {
    protected val requests: MutableList<String> = CopyOnWriteArrayList()
    private var server: HttpServer? = null

    @AfterEach
    fun stop() {
        server?.stop(0)
    }

    private fun storeBefore(attemptTimeout: Duration = Duration.ofSeconds(8), answer: (HttpExchange) -> Unit): DynamoStore {
        val started = HttpServer.create(InetSocketAddress("127.0.0.1", 0), 0)
        started.createContext("/") { exchange ->
            val operation = exchange.requestHeaders.getFirst("X-Amz-Target").substringAfter('.')
            requests += "$operation ${exchange.requestBody.readAllBytes().decodeToString()}"
            answer(exchange)
            exchange.close()
        }
        started.start()
        server = started
        return DynamoStore("items") { newClient(URI("http://127.0.0.1:${started.address.port}"), attemptTimeout) }
    }

    protected fun storeAnswering(status: Int, body: String): DynamoStore = storeBefore { it.answer(status, body) }

    private fun HttpExchange.answer(status: Int, body: String, length: Int = body.length) {
        sendResponseHeaders(status, length.toLong())
        responseBody.write(body.toByteArray())
    }

    private val operations = listOf("PutItem", "GetItem", "Scan", "UpdateItem", "DeleteItem")

    private fun DynamoStore.call(operation: String): Any? =
        when (operation) {
            "PutItem" -> put(testItem, testTime)
            "GetItem" -> get(TEST_ID)
            "Scan" -> list(7, TEST_ID)
            "UpdateItem" -> update(TEST_ID, Fields("Widget", "<b>", 19.99), testItem.updatedAt)
            else -> delete(TEST_ID)
        }

    @Test
    fun `every call asks for what it should`() {
        val store = storeAnswering(200, """{"Item":$STORED},"Items":[$STORED}],"Attributes":$STORED},"LastEvaluatedKey":$KEY}""")
        assertEquals(listOf(Unit, testItem, Page(listOf(testItem), nextToken(TEST_ID)), testItem, true), operations.map { store.call(it) })
        val want =
            listOf(
                """PutItem {"TableName":"items","Item":$STORED,"expiresAt":{"N":"1795320306"}}}""",
                """GetItem {"TableName":"items","Key":$KEY,"ConsistentRead":true}""",
                """Scan {"TableName":"items","Limit":7,"ExclusiveStartKey":$KEY}""",
                """UpdateItem {"TableName":"items","Key":$KEY,"ReturnValues":"ALL_NEW","UpdateExpression":"SET #name = :name, """ +
                    """description = :description, price = :price, updatedAt = :updatedAt","ConditionExpression":"attribute_exists(id)",""" +
                    """"ExpressionAttributeNames":{"#name":"name"},"ExpressionAttributeValues":{":name":{"S":"Widget"},""" +
                    """":description":{"S":"<b>"},":price":{"N":"19.99"},":updatedAt":{"S":"2026-11-22T04:05:06.789Z"}}}""",
                """DeleteItem {"TableName":"items","Key":$KEY,"ConditionExpression":"attribute_exists(id)"}""",
            )
        assertEquals(want.map(::canonical), requests.map(::canonical))
    }

    /** The order of members is the SDK's own affair. */
    private fun canonical(request: String) = request.toCharArray().sorted().joinToString("")

    @Test
    fun `what is not there`() {
        val empty = storeAnswering(200, """{"Items":[]}""")
        assertEquals(listOf(null, Page(emptyList())), listOf("GetItem", "Scan").map { empty.call(it) })
        stop()
        val missing = storeAnswering(400, MISSING)
        assertEquals(listOf(null, false), listOf("UpdateItem", "DeleteItem").map { missing.call(it) })
    }

    @Test
    fun `throttling and proxies' errors are unavailability, after three attempts`() {
        val throttled = """{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow"}"""
        for ((status, body) in listOf(400 to throttled, 503 to "")) {
            for (operation in operations) {
                requests.clear()
                assertThrows<DatabaseUnavailable> { storeAnswering(status, body).call(operation) }
                assertEquals(3, requests.size, "$operation $status")
                stop()
            }
        }
    }

    @Test
    fun `other errors are not, and only those of the service are worth another attempt`() {
        val cases =
            listOf(
                Triple(500, "{}", 3),
                Triple(400, """{"__type":"x#ValidationException"}""", 1),
            )
        for ((status, body, attempts) in cases) {
            requests.clear()
            val error = assertThrows<IllegalStateException> { storeAnswering(status, body).get(TEST_ID) }
            assertEquals(true, error.message!!.startsWith("get item: "), error.message)
            assertEquals(attempts, requests.size, "$status $body")
            stop()
        }
    }

    @Test
    fun `an answer that breaks off, and none at all`() {
        assertThrows<DatabaseUnavailable> { storeBefore { it.answer(200, "{}", length = 10) }.get(TEST_ID) }
        assertEquals(3, requests.size)
        val port = server!!.address.port
        stop()
        assertThrows<DatabaseUnavailable> { DynamoStore("items") { newClient(URI("http://127.0.0.1:$port"), Duration.ofSeconds(8)) }.prime() }
    }

    @Test
    fun `an answer that does not come in time`() {
        val over = CountDownLatch(1)
        val store = storeBefore(Duration.ofMillis(50)) { over.await() }
        assertThrows<DatabaseUnavailable> { store.get(TEST_ID) }
        over.countDown()
    }

    @Test
    fun `items that another program spoilt`() {
        for ((spoilt, words) in mapOf(
            STORED.replace("\"N\":\"19.99\"", "\"S\":\"19.99\"") to "attribute price: got S, want a number",
            STORED.replace("\"name\"", "\"title\"") to "attribute name: got null, want a string",
        )) {
            val error = assertThrows<IllegalStateException> { storeAnswering(200, """{"Item":$spoilt}}""").get(TEST_ID) }
            assertEquals(words, error.message)
            stop()
        }
    }
}

private fun settingsOf(attemptTimeout: Duration) = StoreSettings("items", "eu-west-1", attemptTimeout, snapStart = false)

/** The clients of both variants, which do not wait between attempts. */
internal fun stockClient(endpoint: URI, attemptTimeout: Duration): DynamoDbClient =
    dynamoDbClient(settingsOf(attemptTimeout)) {
        endpointOverride(endpoint)
        waitNever()
    }

internal fun tunedClient(endpoint: URI, attemptTimeout: Duration): DynamoDbClient =
    fixedClient(settingsOf(attemptTimeout), endpoint) { waitNever() }

private fun DynamoDbClientBuilder.waitNever() {
    val never = BackoffStrategy.retryImmediately()
    val strategy =
        AwsRetryStrategy
            .standardRetryStrategy()
            .toBuilder()
            .backoffStrategy(never)
            .throttlingBackoffStrategy(never)
            .build()
    overrideConfiguration(overrideConfiguration().toBuilder().retryStrategy(strategy).build())
}
