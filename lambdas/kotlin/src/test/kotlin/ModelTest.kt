package benchmark

import io.ktor.serialization.ContentConvertException
import io.ktor.util.reflect.typeInfo
import io.ktor.utils.io.ByteReadChannel
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource
import org.junit.jupiter.params.provider.ValueSource

internal class StockRequestTest : RequestTest(stockParts) {
    @Test
    fun `a control character is its field's fault`() {
        assertEquals(listOf("name"), fieldsOf("{\"name\":\"a\u0001\",\"price\":1}".toByteArray()))
    }

    @Test
    fun `bytes that are no UTF-8 become replacement characters`() {
        assertEquals("\uFFFD", parseFields("""{"name":"é","price":1}""".toByteArray(Charsets.ISO_8859_1)).name)
    }
}

internal class TunedRequestTest : RequestTest(tunedParts) {
    @Test
    fun `control characters are no JSON`() {
        assertSame(Problem.body, assertThrows<Problem> { parseFields("{\"name\":\"a\u0001\",\"price\":1}".toByteArray()) })
    }

    @Test
    fun `only UTF-8 is text`() {
        val text = """{"name":"é","price":1}"""
        for (bytes in listOf(text.toByteArray(Charsets.ISO_8859_1), text.toByteArray(Charsets.UTF_16), text.toByteArray(Charsets.UTF_16LE))) {
            assertSame(Problem.body, assertThrows<Problem> { parseFields(bytes) })
        }
    }
}

/** Bodies as a variant reads them, and the rules of fields. */
internal abstract class RequestTest(private val parts: Parts) {
    /** As the app does: whatever a converter refuses is a fault of the body. */
    protected fun parseFields(body: ByteArray): Fields {
        val request =
            try {
                runBlocking { parts.json.deserialize(Charsets.UTF_8, typeInfo<ItemRequest>(), ByteReadChannel(body)) }
            } catch (_: ContentConvertException) {
                throw Problem.body
            }
        return (request as ItemRequest).fields()
    }

    @Test
    fun `fields are read, and the last duplicate wins`() {
        val got = parseFields("""{"name":"a","price":1e2,"name":" \t B\n","description":null}""".toByteArray())
        assertEquals(Fields("B", "", 100.0), got)
    }

    @ParameterizedTest
    @ValueSource(
        strings = [
            "", "null", "[]", "1", "{", """{"name":"x","price":1}x""", """{"name":"x","price":1,}""", """{"name":"x","price":01}""",
            """{"name":"x","price":NaN}""", """{"name":"x","price":1d}""", """{"name":"x","price":+1}""", """{name:"x","price":1}""",
            """{'name':"x","price":1}""", """{"name":"x","price":1,"Name":"y"}""", """{"name":"x","price":1,"\ud800":1}""",
            """{"name":"x" "price":1}""", """{"name":x,"price":1}""", "\uFEFF{\"name\":\"x\",\"price\":1}", """{"name":"x","price":1} // done""",
        ],
    )
    fun `a body that is no object of known fields`(body: String) {
        assertSame(Problem.body, assertThrows<Problem> { parseFields(body.toByteArray()) })
    }

    @Test
    fun `nesting ends at 32`() {
        fun nested(depth: Int) = """{"name":"x","price":1,"description":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}""".toByteArray()
        assertEquals(listOf("description"), fieldsOf(nested(32)))
        assertSame(Problem.body, assertThrows<Problem> { parseFields(nested(33)) })
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = [
            "{}|name,price",
            """{"name":"  ","price":"1"}|name,price""",
            """{"name":1,"description":true,"price":null}|name,description,price""",
            """{"name":"a\u0000","price":-1}|name,price""",
            """{"name":"\ud800","price":1e400}|name,price""",
            """{"name":"\ud800x","price":0.001}|name,price""",
            """{"name":"\udc00","price":1000000.01}|name,price""",
            """{"name":["x"],"description":{},"price":1}|name,description""",
            """{"name":{"\ud800":1,"\\\uDBFF":1},"price":1}|name""",
            """{"name":1,"description":"\\ud800","price":1}|name""",
        ],
    )
    fun `fields that are wrong`(body: String, fields: String) {
        assertEquals(fields.split(','), fieldsOf(body.toByteArray()))
    }

    protected fun fieldsOf(body: ByteArray): List<String> = assertThrows<Problem> { parseFields(body) }.document.errors.orEmpty().map { it.field }

    @Test
    fun `code points are counted`() {
        fun body(name: Int, description: Int) = """{"name":"${"😀".repeat(name)}","description":"${"😀".repeat(description)}","price":1}"""
        assertEquals("😀".repeat(100), parseFields(body(100, 1000).toByteArray()).name)
        assertEquals(listOf("name", "description"), fieldsOf(body(101, 1001).toByteArray()))
    }

    @ParameterizedTest
    @CsvSource("0,0", "-0,0", "-0.0,0", "19.990,19.99", "1e2,100", "1000000,1000000", "1e6,1000000", "0.1,0.1", "1e-2,0.01", "123456.78,123456.78")
    fun `prices in their shortest form`(given: String, want: String) {
        assertEquals(want, formatPrice(parseFields("""{"name":"x","price":$given}""".toByteArray()).price))
    }

    @Test
    fun `a long number is read to its end`() {
        assertEquals(0.1, parseFields("""{"name":"x","price":0.1${"0".repeat(5000)}}""".toByteArray()).price)
    }
}

internal class ModelTest {
    @ParameterizedTest
    @ValueSource(strings = ["", "0", "101", "01", "1.0", "+1", " 1", "1000", "９"])
    fun `limits that are wrong`(text: String) {
        assertSame(Problem.limit, assertThrows<Problem> { parseLimit(listOf(text)) })
    }

    @Test
    fun `limits that are right`() {
        assertEquals(listOf(20, 1, 100), listOf(parseLimit(null), parseLimit(listOf("1")), parseLimit(listOf("100"))))
        assertThrows<Problem> { parseLimit(listOf("1", "1")) }
    }

    @ParameterizedTest
    @ValueSource(strings = ["", "x", "V26F5mClReOIxr6M5fhx_A==", "V26F5mClReOIxr6M5fhx_B", "V26F5mClReOIxr6M5fhx/A", "V26F5mClReOIxr6M5fhx_AAA"])
    fun `tokens that are wrong`(token: String) {
        assertSame(Problem.nextToken, assertThrows<Problem> { parseNextToken(listOf(token)) })
    }

    @Test
    fun `a token and its id`() {
        assertEquals(null, parseNextToken(null))
        assertEquals("V26F5mClReOIxr6M5fhx_A", nextToken(TEST_ID))
        assertEquals(TEST_ID, parseNextToken(listOf("V26F5mClReOIxr6M5fhx_A")))
        assertThrows<Problem> { parseNextToken(listOf("V26F5mClReOIxr6M5fhx_A", "V26F5mClReOIxr6M5fhx_A")) }
    }

    @Test
    fun `ids are lower case with hyphens`() {
        assertEquals(true, isId(TEST_ID))
        for (wrong in listOf(TEST_ID.uppercase(), "{$TEST_ID}", TEST_ID.replace('-', 'a'), TEST_ID.dropLast(1) + "g", "")) {
            assertEquals(false, isId(wrong), wrong)
        }
    }
}
