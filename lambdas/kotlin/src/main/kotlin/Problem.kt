package benchmark

import kotlinx.serialization.Serializable

/** What a field must be, whichever of its rules was broken. */
@Serializable
internal data class FieldError(val field: String, val message: String)

/** A problem document of RFC 9457. */
@Serializable
internal class ProblemDocument(
    val type: String,
    val title: String,
    val status: Int,
    val detail: String,
    val errors: List<FieldError>? = null,
)

/**
 * An error that a caller may see. The words are fixed for all runtimes; nothing
 * internal ever enters one.
 */
internal class Problem(
    val status: Int,
    val title: String,
    detail: String,
    errors: List<FieldError>? = null,
    /** Headers that belong to this problem. */
    val headers: Map<String, String> = emptyMap(),
) : Exception(detail, null, false, false) {
    val document = ProblemDocument("about:blank", title, status, detail, errors)

    internal companion object {
        val unknownPath = Problem(404, "Not Found", "The requested resource does not exist.")
        val noItem = Problem(404, "Not Found", "The item does not exist.")
        val mediaType =
            Problem(415, "Unsupported Media Type", "The request body must be application/json without a content encoding.")
        val bodyTooLarge = Problem(413, "Content Too Large", "The request body must not exceed 65536 bytes.")
        val body =
            Problem(
                400,
                "Bad Request",
                "The request body must be a JSON object with no other fields than name, description and price.",
            )
        val limit = Problem(400, "Bad Request", "The limit must be an integer from 1 to 100.")
        val nextToken = Problem(400, "Bad Request", "The nextToken is not valid.")
        val databaseDown =
            Problem(
                503,
                "Service Unavailable",
                "The database is not available, try again later.",
                headers = mapOf("Retry-After" to "1"),
            )
        val unexpected = Problem(500, "Internal Server Error", "An unexpected error occurred.")

        fun method(allowed: String) =
            Problem(
                405,
                "Method Not Allowed",
                "The method is not allowed for this resource.",
                headers = mapOf("Allow" to allowed),
            )

        fun fields(errors: List<FieldError>) = Problem(400, "Bad Request", "One or more fields are invalid.", errors)
    }
}
