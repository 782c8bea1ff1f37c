package benchmark

import io.ktor.server.application.serverConfig
import io.ktor.server.cio.CIO
import io.ktor.server.engine.EmbeddedServer
import io.ktor.server.engine.applicationEnvironment
import io.ktor.server.engine.connector
import kotlinx.coroutines.runBlocking
import java.io.PrintStream
import kotlin.system.exitProcess

/**
 * Answers plain HTTP until the server is stopped, or SIGTERM or SIGINT comes, and
 * then finishes the requests that it has begun.
 */
internal fun serve(port: Int, app: App, words: PrintStream): EmbeddedServer<*, *> {
    val server =
        EmbeddedServer(serverConfig(applicationEnvironment()) { module { app.install(this) } }, CIO) {
            connector {
                host = "127.0.0.1"
                this.port = port
            }
            shutdownGracePeriod = 0
            shutdownTimeout = 10_000
        }
    server.start()
    val connector = runBlocking { server.engine.resolvedConnectors().first() }
    words.println("listening on http://${connector.host}:${connector.port}")
    return server
}

internal fun main() {
    val settings =
        try {
            readSettings(System::getenv)
        } catch (e: IllegalArgumentException) {
            System.err.println("error: ${e.message}")
            exitProcess(2)
        }
    serve(settings.port, Function(settings).app, System.err)
    Thread.currentThread().join() // The server's threads are daemons.
}
