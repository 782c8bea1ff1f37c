package benchmark.bare

import com.amazonaws.services.lambda.runtime.Context
import com.amazonaws.services.lambda.runtime.RequestStreamHandler
import java.io.InputStream
import java.io.OutputStream

/**
 * The floor of the Kotlin runtime: the smallest function there can be, without a
 * framework, an SDK or a look at the event. Its figures are what the JVM and
 * Lambda's Java client themselves cost.
 */
public class Handler : RequestStreamHandler {
    override fun handleRequest(input: InputStream, output: OutputStream, context: Context) {
        output.write(answer)
    }

    private companion object {
        val answer =
            """{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\"status\":\"ok\"}"}""".toByteArray()
    }
}
