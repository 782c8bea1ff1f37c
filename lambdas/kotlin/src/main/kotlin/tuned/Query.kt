package benchmark.tuned

import io.ktor.http.decodeURLQueryComponent
import io.ktor.server.application.ApplicationCall
import io.ktor.server.request.queryString

/** All values of one query name, null without any. To Ktor's own parameters limit and Limit are the same. */
internal fun ApplicationCall.exactQuery(name: String): List<String>? {
    val query = request.queryString()
    if (query.isEmpty()) return null
    return query
        .split('&')
        .filter { decoded(it.substringBefore('=')) == name }
        .map { decoded(it.substringAfter('=', "")) }
        .ifEmpty { null }
}

private fun decoded(text: String) = text.decodeURLQueryComponent(plusIsSpace = true)
