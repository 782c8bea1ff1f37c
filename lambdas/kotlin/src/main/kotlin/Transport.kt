package benchmark

import software.amazon.awssdk.http.AbortableInputStream
import software.amazon.awssdk.http.ExecutableHttpRequest
import software.amazon.awssdk.http.HttpExecuteRequest
import software.amazon.awssdk.http.HttpExecuteResponse
import software.amazon.awssdk.http.SdkHttpClient
import software.amazon.awssdk.http.SdkHttpFullResponse
import java.io.EOFException
import java.io.IOException
import java.net.HttpURLConnection
import java.net.Proxy
import java.time.Duration

/** No whole answer came over the network. Unlike other I/O errors it is never about what was in it. */
internal class Unanswered(cause: IOException) : IOException(cause.message, cause)

/**
 * The SDK's HTTP client: one attempt over the JDK's own connections, which are
 * kept alive. Nothing is set up before it is needed, TLS least of all, and no
 * thread but the caller's takes part.
 *
 * An answer is whole or not at all. One that breaks off is an attempt that the
 * SDK makes again only if its HTTP client says so; found while parsing, it would
 * look like a wrong answer.
 */
internal class Transport(private val connectTimeout: Duration, private val readTimeout: Duration) : SdkHttpClient {
    override fun prepareRequest(request: HttpExecuteRequest): ExecutableHttpRequest {
        val connection = request.httpRequest().uri.toURL().openConnection(Proxy.NO_PROXY) as HttpURLConnection
        connection.connectTimeout = connectTimeout.toMillis().toInt()
        connection.readTimeout = readTimeout.toMillis().toInt()
        return Attempt(connection, request)
    }

    override fun clientName(): String = "JdkConnection"

    override fun close(): Unit = Unit
}

private class Attempt(private val connection: HttpURLConnection, private val request: HttpExecuteRequest) : ExecutableHttpRequest {
    override fun call(): HttpExecuteResponse =
        try {
            send()
            receive()
        } catch (e: IOException) {
            throw Unanswered(e)
        }

    override fun abort(): Unit = connection.disconnect()

    private fun send() {
        connection.requestMethod = request.httpRequest().method().name
        connection.instanceFollowRedirects = false
        request.httpRequest().forEachHeader { name, values -> values.forEach { connection.addRequestProperty(name, it) } }
        request.contentStreamProvider().ifPresent { content ->
            val body = content.newStream().use { it.readAllBytes() }
            connection.doOutput = true
            // Without a fixed length, the JDK would send a POST again by itself when a connection breaks.
            connection.setFixedLengthStreamingMode(body.size)
            connection.outputStream.use { it.write(body) }
        }
    }

    private fun receive(): HttpExecuteResponse {
        val status = connection.responseCode
        val stream = if (status < HttpURLConnection.HTTP_BAD_REQUEST) connection.inputStream else connection.errorStream
        val body = stream?.use { it.readAllBytes() } ?: ByteArray(0)
        val length = connection.contentLengthLong
        if (length >= 0 && length != body.size.toLong()) throw EOFException("got ${body.size} bytes, want $length")
        val response = SdkHttpFullResponse.builder().statusCode(status).statusText(connection.responseMessage)
        connection.headerFields.forEach { (name, values) -> if (name != null) response.putHeader(name, values) }
        return HttpExecuteResponse
            .builder()
            .response(response.build())
            .responseBody(AbortableInputStream.create(body.inputStream()))
            .build()
    }
}
