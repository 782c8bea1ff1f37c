package benchmark

import com.fasterxml.jackson.core.JsonFactory
import com.fasterxml.jackson.core.JsonGenerator
import com.fasterxml.jackson.core.StreamWriteFeature
import com.fasterxml.jackson.core.json.JsonWriteFeature
import java.io.ByteArrayOutputStream

/** Reads events and writes answers; request bodies have stricter rules of their own. */
internal val json: JsonFactory =
    JsonFactory
        .builder()
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
        .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
        .build()

internal fun encodeJson(write: JsonGenerator.() -> Unit): ByteArray {
    val out = ByteArrayOutputStream(512)
    json.createGenerator(out).use(write)
    return out.toByteArray()
}

internal inline fun JsonGenerator.member(name: String, write: JsonGenerator.() -> Unit) {
    writeFieldName(name)
    write()
}

internal inline fun JsonGenerator.document(write: JsonGenerator.() -> Unit) {
    writeStartObject()
    write()
    writeEndObject()
}

internal fun JsonGenerator.write(item: Item): Unit =
    document {
        writeStringField("id", item.id)
        writeStringField("name", item.name)
        writeStringField("description", item.description)
        member("price") { writeNumber(formatPrice(item.price)) }
        writeStringField("runtime", item.runtime)
        writeStringField("sourceIp", item.sourceIp)
        writeStringField("createdAt", item.createdAt)
        writeStringField("updatedAt", item.updatedAt)
    }

internal fun JsonGenerator.write(page: Page): Unit =
    document {
        member("items") {
            writeStartArray()
            page.items.forEach { write(it) }
            writeEndArray()
        }
        page.next?.let { writeStringField("nextToken", nextToken(it)) }
    }

internal fun JsonGenerator.write(problem: Problem): Unit =
    document {
        writeStringField("type", "about:blank")
        writeStringField("title", problem.title)
        writeNumberField("status", problem.status)
        writeStringField("detail", problem.detail)
        if (problem.errors.isNotEmpty()) {
            member("errors") {
                writeStartArray()
                for (error in problem.errors) {
                    document {
                        writeStringField("field", error.field)
                        writeStringField("message", error.message)
                    }
                }
                writeEndArray()
            }
        }
    }
