package benchmark

import kotlinx.serialization.Serializable
import java.math.BigDecimal
import java.nio.ByteBuffer
import java.time.Instant
import java.time.ZoneOffset
import java.time.format.DateTimeFormatter
import java.util.Base64
import java.util.UUID

internal const val MAX_BODY_BYTES = 65_536
internal const val MAX_DEPTH = 32
private const val MAX_NAME = 100
private const val MAX_DESCRIPTION = 1_000
private const val MAX_PRICE = 1_000_000.0
private const val MAX_PRICE_DECIMALS = 2
internal const val DEFAULT_LIMIT = 20
private const val TOKEN_BYTES = 16

/** An item as callers see it. */
@Serializable
internal data class Item(
    val id: String,
    val name: String,
    val description: String,
    @Serializable(PriceSerializer::class) val price: Double,
    val runtime: String,
    val sourceIp: String,
    val createdAt: String,
    val updatedAt: String,
)

/** A part of the table as callers see it; without a token it is the last. */
@Serializable
internal data class Page(val items: List<Item>, val nextToken: String? = null)

/** What a caller decides about an item. */
internal data class Fields(val name: String, val description: String, val price: Double)

/** A request's body. Null stands for a value of another type, and a name or price that is missing. */
@Serializable(ItemRequestSerializer::class)
internal class ItemRequest(private val name: String?, private val description: String?, private val price: Double?) {
    /** Returns the fields, or throws the [Problem] that names all wrong ones. */
    fun fields(): Fields {
        val name = validName(name)
        val description = description?.takeIf { it.isClean() && it.codePoints <= MAX_DESCRIPTION }
        val price = price?.let(::validPrice)
        if (name == null || description == null || price == null) {
            throw Problem.fields(
                buildList {
                    if (name == null) add(FieldError("name", "must be a string of 1 to 100 characters"))
                    if (description == null) add(FieldError("description", "must be a string of at most 1000 characters"))
                    if (price == null) {
                        add(FieldError("price", "must be a number from 0 to 1000000 with at most 2 decimal places"))
                    }
                },
            )
        }
        return Fields(name, description, price)
    }
}

private fun validName(text: String?): String? =
    text
        ?.takeIf { it.isClean() }
        ?.trim { it == '\t' || it == '\n' || it == '\r' || it == ' ' }
        ?.takeIf { it.isNotEmpty() && it.codePoints <= MAX_NAME }

private fun validPrice(price: Double): Double? {
    if (price !in 0.0..MAX_PRICE && price != 0.0) return null
    return (price + 0.0).takeIf { shortest(it).scale() <= MAX_PRICE_DECIMALS } // -0.0 + 0.0 is 0.0.
}

private val String.codePoints get() = codePointCount(0, length)

/** Tells that there is no control character but tab, LF and CR, and no half of a surrogate pair. */
private fun String.isClean(): Boolean {
    var i = 0
    while (i < length) {
        val c = this[i++]
        when {
            c < ' ' -> if (c != '\t' && c != '\n' && c != '\r') return false
            c.isHighSurrogate() -> if (i == length || !this[i++].isLowSurrogate()) return false
            c.isLowSurrogate() -> return false
        }
    }
    return true
}

// Since JDK 19, toString gives the shortest decimal that is the same double.
private fun shortest(number: Double): BigDecimal = BigDecimal(number.toString()).stripTrailingZeros()

/** Returns the shortest decimal that gives the same double, without an exponent. */
internal fun formatPrice(price: Double): String = shortest(price).toPlainString()

/** Tells whether [text] is a UUID in its canonical form: lower case, with hyphens. */
internal fun isId(text: String): Boolean =
    text.length == 36 &&
        text.indices.all { i ->
            val c = text[i]
            if (i == 8 || i == 13 || i == 18 || i == 23) c == '-' else c in '0'..'9' || c in 'a'..'f'
        }

/** Reads the limit's query values; null means that there is none. */
internal fun parseLimit(values: List<String>?): Int {
    if (values == null) return DEFAULT_LIMIT
    val text = values.singleOrNull() ?: throw Problem.limit
    val limit = if (text.length <= 3) text.toIntOrNull() else null
    return limit?.takeIf { it in 1..100 && it.toString() == text } ?: throw Problem.limit
}

/** Returns the id that the token's query values stand for, null without any. */
internal fun parseNextToken(values: List<String>?): String? {
    if (values == null) return null
    val token = values.singleOrNull() ?: throw Problem.nextToken
    val bytes =
        try {
            Base64.getUrlDecoder().decode(token)
        } catch (_: IllegalArgumentException) {
            throw Problem.nextToken
        }
    if (bytes.size != TOKEN_BYTES) throw Problem.nextToken
    val id = ByteBuffer.wrap(bytes).run { UUID(getLong(), getLong()) }.toString()
    // Padding and spare bits decode as well, but are not what we give out.
    return id.takeIf { nextToken(it) == token } ?: throw Problem.nextToken
}

/** Returns the token of the page after the item with this id. */
internal fun nextToken(id: String): String {
    val uuid = UUID.fromString(id)
    val bytes = ByteBuffer.allocate(TOKEN_BYTES).putLong(uuid.mostSignificantBits).putLong(uuid.leastSignificantBits)
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array())
}

private val rfc3339 = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC)

/** Formats an instant as RFC 3339 in UTC with milliseconds. */
internal fun timestamp(instant: Instant): String = rfc3339.format(instant)
