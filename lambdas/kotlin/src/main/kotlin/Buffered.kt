package benchmark

import software.amazon.awssdk.http.AbortableInputStream
import software.amazon.awssdk.http.ExecutableHttpRequest
import software.amazon.awssdk.http.HttpExecuteRequest
import software.amazon.awssdk.http.HttpExecuteResponse
import software.amazon.awssdk.http.SdkHttpClient
import java.io.ByteArrayInputStream
import java.io.EOFException
import java.io.IOException

/**
 * An HTTP client whose answers are whole or not at all. An answer that breaks
 * off is an attempt that the SDK makes again only if it is the HTTP client that
 * says so; found while parsing, it would look like a wrong answer.
 */
internal class Buffered(private val client: SdkHttpClient) : SdkHttpClient by client {
    override fun prepareRequest(request: HttpExecuteRequest): ExecutableHttpRequest {
        val prepared = client.prepareRequest(request)
        return object : ExecutableHttpRequest {
            override fun call(): HttpExecuteResponse =
                try {
                    prepared.call().buffered()
                } catch (e: IOException) {
                    throw Unanswered(e)
                }

            override fun abort() = prepared.abort()
        }
    }

    private fun HttpExecuteResponse.buffered(): HttpExecuteResponse {
        val body = responseBody().map { stream -> stream.use { it.readAllBytes() } }.orElse(ByteArray(0))
        val length = httpResponse().firstMatchingHeader("Content-Length").map(String::toLong).orElse(body.size.toLong())
        if (length != body.size.toLong()) throw EOFException("got ${body.size} bytes, want $length")
        return HttpExecuteResponse
            .builder()
            .response(httpResponse())
            .responseBody(AbortableInputStream.create(ByteArrayInputStream(body)))
            .build()
    }
}
