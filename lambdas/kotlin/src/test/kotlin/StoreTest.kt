package benchmark

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import software.amazon.awssdk.retries.api.BackoffStrategy
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

/** The store before a server that answers as a test wants it to. */
internal class StoreTest {
    private val requests = CopyOnWriteArrayList<String>()
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
        return storeAt("http://127.0.0.1:${started.address.port}", attemptTimeout)
    }

    private fun storeAnswering(status: Int, body: String) = storeBefore { it.answer(status, body) }

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
        assertEquals(listOf(Unit, testItem, Page(listOf(testItem), TEST_ID), testItem, true), operations.map { store.call(it) })
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
        assertEquals(listOf(null, Page(emptyList(), null)), listOf("GetItem", "Scan").map { empty.call(it) })
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
                Triple(200, "<html>", 1),
                Triple(200, "{\"Item\":", 1),
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
        assertThrows<DatabaseUnavailable> { storeAt("http://127.0.0.1:$port").prime() }
    }

    @Test
    fun `an answer that does not come in time`() {
        val over = CountDownLatch(1) // One thread serves all, so only the first attempt is seen.
        val store = storeBefore(Duration.ofMillis(50)) { over.await() }
        assertThrows<DatabaseUnavailable> { store.get(TEST_ID) }
        over.countDown()
        assertEquals("GetItem", requests.first().substringBefore(' '))
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

    @Test
    fun `each partition has its own endpoint`() {
        assertEquals(
            listOf("https://dynamodb.eu-west-1.amazonaws.com", "https://dynamodb.cn-north-1.amazonaws.com.cn"),
            listOf("eu-west-1", "cn-north-1").map { regionalEndpoint(it).toString() },
        )
    }

    @Test
    fun `credentials of the environment, with and without a session, or of its container`() {
        val settings = settingsOf("http://127.0.0.1:1")
        val got =
            listOf(settings, settings.copy(sessionToken = null), settings.copy(accessKeyId = null)).map {
                it.credentials().javaClass.simpleName
            }
        assertEquals(listOf("StaticCredentialsProvider", "StaticCredentialsProvider", "ContainerCredentialsProvider"), got)
    }
}

internal fun settingsOf(endpoint: String, attemptTimeout: Duration = Duration.ofSeconds(8), table: String = "items") =
    StoreSettings(table, "eu-west-1", URI(endpoint), attemptTimeout, "key", "secret", "token")

/** A store that does not wait between attempts. */
internal fun storeAt(endpoint: String, attemptTimeout: Duration = Duration.ofSeconds(8), table: String = "items") =
    DynamoStore(settingsOf(endpoint, attemptTimeout, table), BackoffStrategy.retryImmediately())
