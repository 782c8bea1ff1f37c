package benchmark.tuned

import benchmark.Item
import benchmark.ItemRequest
import benchmark.MAX_BODY_BYTES
import benchmark.MAX_DEPTH
import benchmark.Page
import benchmark.formatPrice
import io.ktor.http.ContentType
import io.ktor.http.content.ByteArrayContent
import io.ktor.http.content.OutgoingContent
import io.ktor.serialization.ContentConvertException
import io.ktor.serialization.ContentConverter
import io.ktor.serialization.JsonConvertException
import io.ktor.serialization.kotlinx.KotlinxSerializationConverter
import io.ktor.util.reflect.TypeInfo
import io.ktor.utils.io.ByteReadChannel
import io.ktor.utils.io.charsets.Charset
import io.ktor.utils.io.readRemaining
import kotlinx.io.readByteArray
import kotlinx.serialization.json.Json
import tools.jackson.core.JacksonException
import tools.jackson.core.JsonGenerator
import tools.jackson.core.JsonParser
import tools.jackson.core.JsonToken
import tools.jackson.core.ObjectReadContext
import tools.jackson.core.ObjectWriteContext
import tools.jackson.core.StreamReadConstraints
import tools.jackson.core.StreamWriteFeature
import tools.jackson.core.TokenStreamFactory
import tools.jackson.core.json.JsonFactory
import tools.jackson.core.json.JsonWriteFeature
import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException

/** Reads events and writes answers; request bodies have stricter rules of their own. */
internal val json: JsonFactory =
    JsonFactory
        .builder()
        .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
        .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
        .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
        .build()

// A number's length is no fault of its own: 0.10 with a thousand zeros is 0.1.
private val strictJson: JsonFactory =
    JsonFactory
        .builder()
        .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
        .streamReadConstraints(
            StreamReadConstraints
                .builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxNumberLength(MAX_BODY_BYTES)
                .build(),
        ).build()

internal fun encodeJson(write: JsonGenerator.() -> Unit): ByteArray {
    val out = ByteArrayOutputStream(512)
    json.createGenerator(ObjectWriteContext.empty(), out).use(write)
    return out.toByteArray()
}

/** Reads and writes items by hand, token by token; the rest is the framework's. */
internal class HandwrittenJson : ContentConverter {
    private val rest by lazy { KotlinxSerializationConverter(Json) }

    override suspend fun serialize(contentType: ContentType, charset: Charset, typeInfo: TypeInfo, value: Any?): OutgoingContent? =
        when (value) {
            is Item -> ByteArrayContent(encodeJson { write(value) }, contentType)
            is Page -> ByteArrayContent(encodeJson { write(value) }, contentType)
            else -> rest.serialize(contentType, charset, typeInfo, value)
        }

    /** The parser gets text, since of bytes it would guess the encoding and skip a byte-order mark. */
    override suspend fun deserialize(charset: Charset, typeInfo: TypeInfo, content: ByteReadChannel): ItemRequest {
        val bytes = content.readRemaining().readByteArray()
        return try {
            readRequest(unescapeSurrogates(Charsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()))
        } catch (e: CharacterCodingException) {
            throw ContentConvertException("got other than UTF-8", e)
        } catch (e: JacksonException) {
            throw JsonConvertException(e.originalMessage, e)
        }
    }
}

private val escapedSurrogate = Regex("""(?<!\\)((?:\\\\)*)\\u([dD][89a-fA-F][0-9a-fA-F]{2})""")

/** Jackson refuses a name with half a surrogate pair if that is escaped, and takes it if not. JSON has both. */
private fun unescapeSurrogates(text: String): String =
    if ('\\' !in text) text else escapedSurrogate.replace(text) { it.groupValues[1] + it.groupValues[2].toInt(radix = 16).toChar() }

private fun readRequest(text: String): ItemRequest =
    strictJson.createParser(ObjectReadContext.empty(), text).use { parser ->
        if (parser.nextToken() != JsonToken.START_OBJECT) throw JsonConvertException("got no object")
        var name: String? = null
        var description: String? = ""
        var price: Double? = null
        var unknown = false
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            val member = parser.currentName()
            val token = parser.nextToken()
            when (member) {
                "name" -> name = parser.text(token)
                "description" -> description = if (token == JsonToken.VALUE_NULL) "" else parser.text(token)
                "price" -> price = if (token.isNumeric) parser.string.toDouble() else null
                else -> unknown = true
            }
            parser.skipChildren()
        }
        if (unknown || parser.nextToken() != null) throw JsonConvertException("got an unknown name, or more than one document")
        ItemRequest(name, description, price)
    }

private fun JsonParser.text(token: JsonToken): String? = if (token == JsonToken.VALUE_STRING) string else null

private fun JsonGenerator.write(item: Item) {
    writeStartObject()
    writeStringProperty("id", item.id)
    writeStringProperty("name", item.name)
    writeStringProperty("description", item.description)
    writeName("price")
    writeNumber(formatPrice(item.price))
    writeStringProperty("runtime", item.runtime)
    writeStringProperty("sourceIp", item.sourceIp)
    writeStringProperty("createdAt", item.createdAt)
    writeStringProperty("updatedAt", item.updatedAt)
    writeEndObject()
}

private fun JsonGenerator.write(page: Page) {
    writeStartObject()
    writeArrayPropertyStart("items")
    page.items.forEach { write(it) }
    writeEndArray()
    page.nextToken?.let { writeStringProperty("nextToken", it) }
    writeEndObject()
}
