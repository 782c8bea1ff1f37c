package benchmark

import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.SerializationException
import kotlinx.serialization.builtins.MapSerializer
import kotlinx.serialization.builtins.serializer
import kotlinx.serialization.descriptors.PrimitiveKind
import kotlinx.serialization.descriptors.PrimitiveSerialDescriptor
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonEncoder
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.JsonUnquotedLiteral

/** Writes a price in its shortest form: 19.9, and 100 instead of 100.0. */
internal object PriceSerializer : KSerializer<Double> {
    override val descriptor: SerialDescriptor = PrimitiveSerialDescriptor("benchmark.Price", PrimitiveKind.DOUBLE)

    @OptIn(ExperimentalSerializationApi::class)
    override fun serialize(encoder: Encoder, value: Double): Unit =
        (encoder as JsonEncoder).encodeJsonElement(JsonUnquotedLiteral(formatPrice(value)))

    override fun deserialize(decoder: Decoder): Double = decoder.decodeDouble()
}

private val requestNames = setOf("name", "description", "price")

/**
 * Reads a body by way of its tree: a generated serializer would end at the first
 * value of another type, but the API names all fields that are wrong at once.
 */
internal object ItemRequestSerializer : KSerializer<ItemRequest> {
    private val members = MapSerializer(String.serializer(), StrictElement)
    override val descriptor: SerialDescriptor = members.descriptor

    override fun deserialize(decoder: Decoder): ItemRequest {
        val body = members.deserialize(decoder)
        if (!requestNames.containsAll(body.keys)) throw SerializationException("got other names than $requestNames")
        return ItemRequest(
            name = body["name"].text(),
            description = body["description"].let { if (it == null || it is JsonNull) "" else it.text() },
            price = body["price"].number(),
        )
    }

    override fun serialize(encoder: Encoder, value: ItemRequest): Unit = throw SerializationException("requests are only read")
}

private fun JsonElement?.text(): String? = (this as? JsonPrimitive)?.takeIf { it.isString }?.content

private fun JsonElement?.number(): Double? = (this as? JsonPrimitive)?.takeIf { !it.isString }?.content?.toDoubleOrNull()

/** A member's value. It is judged before a later one of the same name can take its place. */
private object StrictElement : KSerializer<JsonElement> by JsonElement.serializer() {
    override fun deserialize(decoder: Decoder): JsonElement =
        JsonElement.serializer().deserialize(decoder).also { refuseWhatIsNoJson(it, MAX_DEPTH - 1) }
}

private val literal = Regex("true|false|null|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")

// The library takes any word without quotes for a value (kotlinx.serialization#2511), and nests without an end.
private fun refuseWhatIsNoJson(element: JsonElement, levels: Int) {
    val parts =
        when (element) {
            is JsonPrimitive -> if (element.isString || literal.matches(element.content)) return else null
            is JsonArray -> element
            is JsonObject -> element.values
        }
    if (parts == null || levels == 0) throw SerializationException("got other than JSON of at most $MAX_DEPTH levels")
    parts.forEach { refuseWhatIsNoJson(it, levels - 1) }
}
