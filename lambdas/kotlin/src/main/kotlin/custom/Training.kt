package benchmark.custom

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import java.net.InetAddress
import java.net.InetSocketAddress
import java.nio.file.Path
import java.util.concurrent.ArrayBlockingQueue
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import kotlin.system.exitProcess

private const val ROUNDS = 20
private const val ID = "576e85e6-60a5-45e3-88c6-be8ce5f871fc"
private const val ITEM =
    """{"id":{"S":"$ID"},"name":{"S":"Widget"},"description":{"S":""},"price":{"N":"19.99"},"runtime":{"S":"kotlin"},""" +
        """"sourceIp":{"S":"192.0.2.1"},"createdAt":{"S":"2026-11-22T04:05:06.789Z"},"updatedAt":{"S":"2026-11-22T04:05:06.789Z"}}"""

private val events =
    listOf(
        event("POST", "/kotlin/items", """{\"name\":\"Widget\",\"price\":19.99}"""),
        event("GET", "/kotlin/items/$ID"),
        event("GET", "/kotlin/items"),
        event("PUT", "/kotlin/items/$ID", """{\"name\":\"Widget\",\"description\":\"blue\",\"price\":20}"""),
        event("DELETE", "/kotlin/items/$ID"),
        event("GET", "/kotlin/health"),
        event("GET", "/kotlin/metrics"),
        event("POST", "/kotlin/items", "{}"),
        event("GET", "/kotlin/nothing"),
    )

private fun event(method: String, path: String, body: String? = null): String =
    """{"httpMethod":"$method","path":"$path","multiValueHeaders":{"Content-Type":["application/json"]},""" +
        """"multiValueQueryStringParameters":null,"requestContext":{"identity":{"sourceIp":"192.0.2.1"}},""" +
        """"body":${body?.let { "\"$it\"" }},"isBase64Encoded":false}"""

/**
 * Trains the AOT cache of the function in a folder: it starts the function as
 * Lambda does, answers as Lambda and DynamoDB, and ends it with SIGTERM, at which
 * the JVM writes what it has learnt.
 */
public fun main(arguments: Array<String>) {
    val folder = Path.of(arguments.single()).toAbsolutePath()
    val statuses = ArrayBlockingQueue<Int>(ROUNDS * events.size + 1)
    val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
    server.executor = Executors.newCachedThreadPool { Thread(it).apply { isDaemon = true } }
    val queue = ArrayBlockingQueue<String>(ROUNDS * events.size)
    repeat(ROUNDS) { queue += events }
    server.createContext("/2018-06-01/runtime/") { it.lambda(queue, statuses) }
    server.createContext("/") { it.dynamoDb() }
    server.start()
    val address = "127.0.0.1:${server.address.port}"
    val function = start(folder, address)
    val got =
        try {
            List(ROUNDS * events.size) { statuses.poll(60, TimeUnit.SECONDS) ?: fail("the function does not answer") }
        } finally {
            function.destroy() // SIGTERM
        }
    if (!function.waitFor(300, TimeUnit.SECONDS)) {
        function.destroyForcibly()
        fail("the function does not end")
    }
    val want = List(ROUNDS) { listOf(201, 200, 200, 200, 204, 200, 200, 400, 404) }.flatten()
    if (got != want) fail("got the statuses ${got.take(events.size)}, want ${want.take(events.size)}")
    exitProcess(0)
}

private fun start(folder: Path, address: String): Process =
    ProcessBuilder("$folder/bootstrap")
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .apply {
            environment().clear()
            environment() +=
                mapOf(
                    "PATH" to "/usr/bin:/bin",
                    "AOT_CACHE_OPTIONS" to "-XX:AOTCacheOutput=app.aot",
                    "LAMBDA_TASK_ROOT" to "$folder",
                    "_HANDLER" to "benchmark.tuned.Handler::handleRequest",
                    "AWS_LAMBDA_RUNTIME_API" to address,
                    "AWS_LAMBDA_INITIALIZATION_TYPE" to "on-demand",
                    "AWS_LAMBDA_FUNCTION_NAME" to "training",
                    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" to "1769",
                    "AWS_LAMBDA_LOG_FORMAT" to "JSON",
                    "AWS_LAMBDA_LOG_LEVEL" to "INFO",
                    "AWS_REGION" to "eu-west-1",
                    "AWS_ACCESS_KEY_ID" to "key",
                    "AWS_SECRET_ACCESS_KEY" to "secret",
                    "AWS_SESSION_TOKEN" to "token",
                    "AWS_ENDPOINT_URL_DYNAMODB" to "http://$address",
                )
        }.start()

/** Lambda's Runtime API; once there are no more events, the next one never comes. */
private fun HttpExchange.lambda(queue: ArrayBlockingQueue<String>, statuses: ArrayBlockingQueue<Int>) {
    if (requestMethod == "GET") {
        responseHeaders["Lambda-Runtime-Aws-Request-Id"] = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
        responseHeaders["Lambda-Runtime-Deadline-Ms"] = "${System.currentTimeMillis() + 28_000}"
        responseHeaders["Lambda-Runtime-Invoked-Function-Arn"] = "arn:aws:lambda:eu-west-1:123456789012:function:training"
        responseHeaders["Content-Type"] = "application/json"
        answer(200, queue.poll() ?: return)
        return
    }
    val body = requestBody.readAllBytes().decodeToString()
    statuses += Regex(""""statusCode":(\d+)""").find(body)?.run { groupValues[1].toInt() } ?: fail("got $requestURI $body, want an answer")
    answer(202, "{}")
}

private fun HttpExchange.dynamoDb() {
    requestBody.readAllBytes()
    responseHeaders["Content-Type"] = "application/x-amz-json-1.0"
    val answers = mapOf("GetItem" to """{"Item":$ITEM}""", "UpdateItem" to """{"Attributes":$ITEM}""", "Scan" to """{"Items":[$ITEM,$ITEM],"Count":2}""")
    answer(200, answers[requestHeaders.getFirst("X-Amz-Target").substringAfter('.')] ?: "{}")
}

private operator fun com.sun.net.httpserver.Headers.set(name: String, value: String) = set(name, listOf(value))

private fun HttpExchange.answer(status: Int, body: String) {
    val bytes = body.toByteArray()
    sendResponseHeaders(status, bytes.size.toLong())
    responseBody.use { it.write(bytes) }
}

private fun fail(words: String): Nothing {
    System.err.println("training: $words")
    exitProcess(1)
}
