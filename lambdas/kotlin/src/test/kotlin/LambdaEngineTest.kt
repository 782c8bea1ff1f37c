package benchmark

import benchmark.tuned.readEvent
import benchmark.tuned.writeTo
import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers
import io.ktor.http.ContentType
import io.ktor.http.HttpStatusCode
import io.ktor.server.plugins.origin
import io.ktor.server.request.receiveText
import io.ktor.server.request.uri
import io.ktor.server.response.respond
import io.ktor.server.response.respondBytesWriter
import io.ktor.server.response.respondText
import io.ktor.server.routing.Routing
import io.ktor.server.routing.get
import io.ktor.server.routing.post
import io.ktor.server.routing.routing
import io.ktor.utils.io.ByteReadChannel
import io.ktor.utils.io.writeStringUtf8
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.io.ByteArrayOutputStream
import java.io.IOException

/** The engine with routes of its own: it knows nothing of the Items API. */
internal class LambdaEngineTest {
    /** An event is read as AWS's runtime client does, and as the tuned variant does: the answer must be the same. */
    private fun ask(event: String, routes: Routing.() -> Unit): String {
        val engine = Lambda.start { routing { routes() } }
        val bound = LambdaEventSerializers.serializerFor(APIGatewayProxyRequestEvent::class.java, javaClass.classLoader).fromJson(event)
        val answers =
            listOf(bound, readEvent(event.byteInputStream())).map {
                val out = ByteArrayOutputStream()
                engine.handle(it).writeTo(out)
                out.toString()
            }
        assertEquals(answers[0], answers[1])
        assertEquals(emptyList<Any>(), runBlocking { engine.resolvedConnectors() })
        engine.stop()
        return answers[0]
    }

    @Test
    fun `an event becomes a request and its answer an event`() {
        val event =
            """{"resource":"/{proxy+}","httpMethod":"POST","path":"/echo","headers":{"x-a":"2"},"multiValueHeaders":{"X-A":["1","2"]},""" +
                """"queryStringParameters":{"q":"2"},"multiValueQueryStringParameters":{"q":["1 &","2"]},"body":"aGVsbG8=","isBase64Encoded":true,""" +
                """"requestContext":{"identity":{"userAgent":null,"sourceIp":"192.0.2.1"},"authorizer":{"a":[1]}},"stageVariables":null}"""
        val got =
            ask(event) {
                post("/echo") {
                    val request = call.request
                    val origin = request.origin
                    delay(1) // A true suspension: the engine waits for the answer.
                    call.response.headers.append("X-B", "1")
                    call.response.headers.append("X-B", "2")
                    call.respondText(
                        "${call.receiveText()} ${request.headers.getAll("x-A")} ${request.queryParameters.getAll("q")} ${request.uri} " +
                            "${origin.remoteAddress} ${origin.remoteHost}:${origin.remotePort} ${origin.scheme}://${origin.serverHost}:${origin.serverPort} " +
                            "${origin.localHost}:${origin.localPort} ${origin.localAddress} ${origin.version} ${request.cookies.rawCookies.size} " +
                            "${request.rawQueryParameters.getAll("q")}",
                    )
                }
            }
        val text =
            "hello [1, 2] [1 &, 2] /echo?q=1+%26&q=2 192.0.2.1 192.0.2.1:0 https://localhost:443 localhost:443 localhost HTTP/1.1 0 [1+%26, 2]"
        assertEquals(
            """{"statusCode":200,"multiValueHeaders":{"X-B":["1","2"],"Content-Type":["text/plain; charset=UTF-8"]},"body":"$text","isBase64Encoded":false}""",
            got,
        )
    }

    @Test
    fun `single values count where there are no others`() {
        val got =
            ask("""{"httpMethod":"GET","path":"/","headers":{"x":"1"},"queryStringParameters":{"q":"é"},"requestContext":null,"body":null}""") {
                get("/") { call.respondText("${call.request.headers["X"]} ${call.request.queryParameters["q"]} ${call.receiveText()}.") }
            }
        assertEquals(true, """"body":"1 é ."""" in got, got)
    }

    @Test
    fun `streamed answers are kept whole`() {
        val long = "é".repeat(100_000)
        val event = """{"httpMethod":"GET","path":"/","isBase64Encoded":true,"body":"!","multiValueHeaders":null,"headers":null}"""
        val written = ask(event) { get("/") { call.respondBytesWriter(ContentType.Text.Plain) { writeStringUtf8(long) } } }
        val read = ask(event) { get("/") { call.respond(ByteReadChannel(long)) } }
        for (got in listOf(written, read)) assertEquals(long, got.substringAfter("\"body\":\"").substringBefore('"'))
    }

    @Test
    fun `a path without a route is Ktor's own 404, a status alone has no body`() {
        assertEquals(true, ask("""{"httpMethod":"GET","path":"/x"}""") {}.startsWith("""{"statusCode":404,"""))
        val got = ask("""{"httpMethod":"GET","path":"/"}""") { get("/") { call.respond(HttpStatusCode.NoContent) } }
        assertEquals("""{"statusCode":204,"multiValueHeaders":{},"body":"","isBase64Encoded":false}""", got)
    }

    @Test
    fun `what is no proxy event`() {
        for ((payload, words) in mapOf("[]" to "no JSON object", """{"version":"2.0"}""" to "no httpMethod")) {
            val error = assertThrows<IOException> { readEvent(payload.byteInputStream()) }
            assertEquals(true, words in error.message.orEmpty(), error.message)
        }
    }
}
