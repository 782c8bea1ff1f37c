package benchmark.tuned

import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent.ProxyRequestContext
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent.RequestIdentity
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyResponseEvent
import tools.jackson.core.JsonParser
import tools.jackson.core.JsonToken
import tools.jackson.core.ObjectReadContext
import tools.jackson.core.ObjectWriteContext
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream

/** Reads of an event what the engine looks at, or throws an [IOException] of a payload that is none. */
internal fun readEvent(input: InputStream): APIGatewayProxyRequestEvent =
    json.createParser(ObjectReadContext.empty(), input).use { parser ->
        if (parser.nextToken() != JsonToken.START_OBJECT) throw IOException("got no JSON object, want a REST proxy event")
        val event = APIGatewayProxyRequestEvent()
        parser.members { name ->
            when (name) {
                "httpMethod" -> event.httpMethod = parser.valueAsString
                "path" -> event.path = parser.valueAsString.orEmpty()
                "body" -> event.body = parser.valueAsString
                "isBase64Encoded" -> event.isBase64Encoded = parser.valueAsBoolean
                "headers" -> event.headers = parser.readSingle()
                "multiValueHeaders" -> event.multiValueHeaders = parser.readMulti()
                "queryStringParameters" -> event.queryStringParameters = parser.readSingle()
                "multiValueQueryStringParameters" -> event.multiValueQueryStringParameters = parser.readMulti()
                "requestContext" -> event.requestContext = ProxyRequestContext().withIdentity(parser.readIdentity())
                else -> parser.skipChildren()
            }
        }
        if (event.httpMethod == null) throw IOException("got no httpMethod, want a REST proxy event with payload format 1.0")
        event
    }

/** Calls [read] at the value of each member; it must leave the parser at that value's end. */
private inline fun JsonParser.members(read: (name: String) -> Unit) {
    if (currentToken() != JsonToken.START_OBJECT) return
    while (nextToken() == JsonToken.PROPERTY_NAME) {
        val name = currentName()
        nextToken()
        read(name)
    }
}

private fun JsonParser.readIdentity(): RequestIdentity {
    val identity = RequestIdentity()
    members { name ->
        if (name == "identity") {
            members { if (it == "sourceIp") identity.sourceIp = valueAsString else skipChildren() }
        } else {
            skipChildren()
        }
    }
    return identity
}

private fun JsonParser.readSingle(): Map<String, String>? {
    if (currentToken() != JsonToken.START_OBJECT) return null
    return buildMap { members { name -> valueAsString?.let { put(name, it) } } }
}

private fun JsonParser.readMulti(): Map<String, List<String>>? {
    if (currentToken() != JsonToken.START_OBJECT) return null
    return buildMap {
        members { name ->
            if (currentToken() == JsonToken.START_ARRAY) {
                put(name, buildList { while (nextToken() != JsonToken.END_ARRAY) valueAsString?.let(::add) })
            }
        }
    }
}

internal fun APIGatewayProxyResponseEvent.writeTo(output: OutputStream) {
    json.createGenerator(ObjectWriteContext.empty(), output).use { generator ->
        with(generator) {
            writeStartObject()
            writeNumberProperty("statusCode", statusCode)
            writeObjectPropertyStart("multiValueHeaders")
            for ((name, values) in multiValueHeaders) {
                writeArrayPropertyStart(name)
                values.forEach(::writeString)
                writeEndArray()
            }
            writeEndObject()
            writeStringProperty("body", body)
            writeBooleanProperty("isBase64Encoded", isBase64Encoded)
            writeEndObject()
        }
    }
}
