package benchmark

import java.util.Properties

/** What only the build knows. */
internal object BuildInfo {
    val ktorVersion: String =
        Properties().apply { BuildInfo::class.java.getResourceAsStream("/build.properties").use(::load) }.getProperty("ktor")
}
