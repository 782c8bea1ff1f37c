package benchmark

import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.fail
import software.amazon.awssdk.retries.api.BackoffStrategy
import software.amazon.awssdk.services.dynamodb.DynamoDbClient
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition
import software.amazon.awssdk.services.dynamodb.model.AttributeValue
import software.amazon.awssdk.services.dynamodb.model.BillingMode
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement
import software.amazon.awssdk.services.dynamodb.model.KeyType
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType
import java.net.URI
import java.time.Duration
import java.util.UUID

internal class StockStoreDatabaseTest : StoreDatabaseTest(::stockClient)

internal class TunedStoreDatabaseTest : StoreDatabaseTest(::tunedClient)

/** The store with an empty table of its own in a real DynamoDB implementation. */
internal abstract class StoreDatabaseTest(private val newClient: (endpoint: URI, attemptTimeout: Duration) -> DynamoDbClient) {
    private val table = "kotlin-${UUID.randomUUID()}"
    private lateinit var store: DynamoStore

    @BeforeEach
    fun createTable() {
        val endpoint =
            System.getenv("TEST_DYNAMODB_ENDPOINT")
                ?: fail("TEST_DYNAMODB_ENDPOINT is not set: start a local DynamoDB (npx dynalite --port 8000) and set it to http://127.0.0.1:8000")
        store = DynamoStore(table) { newClient(URI(endpoint), Duration.ofSeconds(8)) }
        store.client.createTable {
            it
                .tableName(table)
                .keySchema(KeySchemaElement.builder().attributeName("id").keyType(KeyType.HASH).build())
                .attributeDefinitions(AttributeDefinition.builder().attributeName("id").attributeType(ScalarAttributeType.S).build())
                .billingMode(BillingMode.PAY_PER_REQUEST)
        }
        store.client.waiter().use { waiter ->
            waiter.waitUntilTableExists(
                { it.tableName(table) },
                { it.maxAttempts(500).backoffStrategyV2(BackoffStrategy.fixedDelay(Duration.ofMillis(20))) },
            )
        }
    }

    @AfterEach
    fun deleteTable() {
        if (::store.isInitialized) store.client.deleteTable { it.tableName(table) }
    }

    @Test
    fun `the life of an item`() {
        store.prime()
        val item = testItem.copy(description = "", sourceIp = "") // DynamoDB takes empty strings in all but keys.
        store.put(item, testTime)
        assertEquals(item, store.get(TEST_ID))
        val want = item.copy(name = "Ünï\n😀", description = "d", price = 0.1, updatedAt = "later")
        assertEquals(want, store.update(TEST_ID, Fields(want.name, want.description, want.price), "later"))
        assertEquals(want, store.get(TEST_ID))
        val key = mapOf("id" to AttributeValue.fromS(TEST_ID))
        val stored = store.client.getItem { it.tableName(table).key(key) }.item()
        assertEquals(listOf("0.1", "1795320306"), listOf("price", "expiresAt").map { stored[it]?.n() })
        assertEquals(listOf(true, false), List(2) { store.delete(TEST_ID) })
        assertEquals(listOf(null, null), listOf(store.get(TEST_ID), store.update(TEST_ID, Fields("x", "", 1.0), "later")))
    }

    @Test
    fun `pages go through the whole table`() {
        val ids = List(5) { UUID.randomUUID().toString() }
        ids.forEach { store.put(testItem.copy(id = it), testTime) }
        val pages = generateSequence(store.list(2, null)) { page -> page.nextToken?.let { store.list(2, parseNextToken(listOf(it))) } }.toList()
        assertEquals(ids.sorted(), pages.flatMap { it.items }.map { it.id }.sorted())
        assertEquals(true, pages.all { it.items.size <= 2 } && pages.size >= 3)
    }
}
