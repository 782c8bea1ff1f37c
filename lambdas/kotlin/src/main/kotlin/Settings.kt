package benchmark

import java.time.Duration

/** The environment variables of the process. */
internal data class Settings(
    val port: Int,
    val primeOnInit: Boolean,
    val itemTtl: Duration,
    val version: String,
    val memoryLimitMb: Long,
    val store: StoreSettings,
)

/** Reads the environment variables, or throws an [IllegalArgumentException] that names all wrong ones. */
internal fun readSettings(getenv: (String) -> String?): Settings {
    val wrong = ArrayList<String>()

    fun text(vararg names: String): String? = names.firstNotNullOfOrNull { name -> getenv(name)?.ifEmpty { null } }

    fun number(name: String, default: Int, range: IntRange): Int {
        val value = text(name) ?: return default
        return value.toIntOrNull()?.takeIf { it in range }
            ?: default.also { wrong += "$name: got \"$value\", want an integer from ${range.first} to ${range.last}" }
    }

    fun positive(name: String, default: Int) = number(name, default, 1..Int.MAX_VALUE)
    val settings =
        Settings(
            port = number("PORT", 8080, 0..65_535),
            primeOnInit = getenv("PRIME_ON_INIT") == "true",
            itemTtl = Duration.ofDays(positive("ITEM_TTL_DAYS", 7).toLong()),
            version = text("APP_VERSION") ?: "dev",
            memoryLimitMb = positive("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 0).toLong(),
            store =
                StoreSettings(
                    table = text("TABLE_NAME") ?: "multi-runtime-benchmark-items-dev",
                    region = text("AWS_REGION", "AWS_DEFAULT_REGION") ?: "us-east-1",
                    attemptTimeout = Duration.ofMillis(positive("DYNAMODB_ATTEMPT_TIMEOUT_MS", 8000).toLong()),
                    snapStart = getenv("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start",
                ),
        )
    require(wrong.isEmpty()) { wrong.joinToString("\n") }
    return settings
}
