package benchmark

import com.fasterxml.jackson.core.JsonParser
import com.fasterxml.jackson.core.JsonToken
import io.ktor.http.Headers
import io.ktor.http.HeadersBuilder
import io.ktor.http.formUrlEncode
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.util.Base64

/** What a request is made from: the part of API Gateway's REST proxy event (payload 1.0) that is needed. */
internal class ProxyEvent(
    val method: String,
    /** As it was sent: still percent-encoded. */
    val path: String,
    val headers: Headers = Headers.Empty,
    /** Encoded anew: API Gateway passes names and values decoded. */
    val rawQuery: String = "",
    val body: ByteArray = ByteArray(0),
    val sourceIp: String = "",
)

/** An answer; its [body] is text, so it is never base64. */
internal class ProxyResponse(val status: Int, val headers: Map<String, List<String>>, val body: ByteArray)

/**
 * Reads an event, or throws an [IOException] of a payload that is none. The maps
 * of single values only repeat those of multiple ones, so they count only where
 * these are missing.
 */
internal fun readEvent(input: InputStream): ProxyEvent =
    json.createParser(input).use { parser ->
        if (parser.nextToken() != JsonToken.START_OBJECT) throw IOException("got no JSON object, want a REST proxy event")
        var method: String? = null
        var path = ""
        var body: String? = null
        var isBase64 = false
        var sourceIp = ""
        val headerValues = HeadersBuilder()
        val headers = Values(headerValues::append, headerValues::clear)
        val queryValues = ArrayList<Pair<String, String>>()
        val query = Values({ name, value -> queryValues += name to value }, queryValues::clear)
        parser.members { name ->
            when (name) {
                "httpMethod" -> method = parser.valueAsString
                "path" -> path = parser.valueAsString.orEmpty()
                "body" -> body = parser.valueAsString
                "isBase64Encoded" -> isBase64 = parser.valueAsBoolean
                "headers" -> headers.readSingle(parser)
                "multiValueHeaders" -> headers.readMulti(parser)
                "queryStringParameters" -> query.readSingle(parser)
                "multiValueQueryStringParameters" -> query.readMulti(parser)
                "requestContext" -> sourceIp = parser.readSourceIp()
                else -> parser.skipChildren()
            }
        }
        ProxyEvent(
            method = method ?: throw IOException("got no httpMethod, want a REST proxy event with payload format 1.0"),
            path = path,
            headers = headerValues.build(),
            rawQuery = if (queryValues.isEmpty()) "" else queryValues.formUrlEncode(),
            body = body.orEmpty().let { if (isBase64) decodeBase64(it) else it.toByteArray() },
            sourceIp = sourceIp,
        )
    }

/** Calls [read] at the value of each member; it must leave the parser at that value's end. */
private inline fun JsonParser.members(read: (name: String) -> Unit) {
    while (nextToken() == JsonToken.FIELD_NAME) {
        val name = currentName()
        nextToken()
        read(name)
    }
}

private fun JsonParser.readSourceIp(): String {
    var sourceIp = ""
    if (currentToken() != JsonToken.START_OBJECT) return sourceIp
    members { name ->
        if (name == "identity" && currentToken() == JsonToken.START_OBJECT) {
            members { if (it == "sourceIp") sourceIp = valueAsString.orEmpty() else skipChildren() }
        } else {
            skipChildren()
        }
    }
    return sourceIp
}

/** Headers or query parameters, of which an event has two maps. */
private class Values(private val add: (name: String, value: String) -> Unit, private val clear: () -> Unit) {
    private var multi = false

    fun readSingle(parser: JsonParser) {
        if (multi || parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren()
            return
        }
        parser.members { name -> parser.valueAsString?.let { add(name, it) } }
    }

    fun readMulti(parser: JsonParser) {
        if (parser.currentToken() != JsonToken.START_OBJECT) return
        clear()
        multi = true
        parser.members { name ->
            if (parser.currentToken() == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) parser.valueAsString?.let { add(name, it) }
            }
        }
    }
}

/** What is not base64, although the event says so, is no JSON either: its own text will do. */
private fun decodeBase64(text: String): ByteArray =
    try {
        Base64.getDecoder().decode(text)
    } catch (_: IllegalArgumentException) {
        byteArrayOf()
    }

internal fun ProxyResponse.writeTo(output: OutputStream) {
    json.createGenerator(output).use { generator ->
        with(generator) {
            document {
                writeNumberField("statusCode", status)
                member("multiValueHeaders") {
                    document {
                        for ((name, values) in headers) {
                            member(name) {
                                writeStartArray()
                                values.forEach(::writeString)
                                writeEndArray()
                            }
                        }
                    }
                }
                member("body") { writeUTF8String(body, 0, body.size) }
                writeBooleanField("isBase64Encoded", false)
            }
        }
    }
}
