package benchmark.tuned

import benchmark.Function
import benchmark.Log
import benchmark.readSettings
import com.amazonaws.services.lambda.runtime.Context
import com.amazonaws.services.lambda.runtime.RequestStreamHandler
import java.io.InputStream
import java.io.OutputStream
import java.time.Instant
import benchmark.Handler as StockHandler

/** The Lambda function with all that is faster than what its libraries offer. */
public class Handler :
    StreamHandler({
        Function(readSettings(System::getenv), { fixedClient(it) }, HandwrittenJson(), { exactQuery(it) }, plainLog())
    })

/** Stock, but for reading events and writing answers token by token. */
public class EventHandler : StreamHandler({ Function(readSettings(System::getenv)) })

/** Stock, but for the client. */
public class ClientHandler : StockHandler(Function(readSettings(System::getenv), newClient = { fixedClient(it) }))

/** Stock, but for items that are read and written token by token. */
public class JsonHandler : StockHandler(Function(readSettings(System::getenv), json = HandwrittenJson()))

/** Stock, but for the log. */
public class LogHandler : StockHandler(Function(readSettings(System::getenv), log = plainLog()))

/** Answers events that are streams, so that the runtime client has nothing to bind. */
public abstract class StreamHandler internal constructor(newFunction: () -> Function) : RequestStreamHandler {
    private val function = newFunction()

    override fun handleRequest(input: InputStream, output: OutputStream, context: Context) {
        function.engine.handle(readEvent(input), context.awsRequestId).writeTo(output)
    }
}

private fun plainLog(): Log {
    lookForNoLogger()
    val level = listOf("AWS_LAMBDA_LOG_LEVEL", "LOG_LEVEL").firstNotNullOfOrNull { System.getenv(it)?.ifEmpty { null } }
    return PlainLog(System.out, Instant::now, level)
}
