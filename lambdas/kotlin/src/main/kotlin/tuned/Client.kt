package benchmark.tuned

import benchmark.StoreSettings
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider
import software.amazon.awssdk.awscore.defaultsmode.DefaultsMode
import software.amazon.awssdk.awscore.endpoints.AccountIdEndpointMode
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy
import software.amazon.awssdk.core.exception.RetryableException
import software.amazon.awssdk.core.interceptor.Context
import software.amazon.awssdk.core.interceptor.ExecutionAttributes
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor
import software.amazon.awssdk.endpoints.Endpoint
import software.amazon.awssdk.endpoints.EndpointUrl
import software.amazon.awssdk.http.crt.AwsCrtHttpClient
import software.amazon.awssdk.profiles.ProfileFile
import software.amazon.awssdk.regions.Region
import software.amazon.awssdk.services.dynamodb.DynamoDbClient
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder
import software.amazon.awssdk.services.dynamodb.auth.scheme.DynamoDbAuthSchemeProvider
import tools.jackson.core.ObjectReadContext
import java.io.IOException
import java.io.InputStream
import java.net.URI
import java.util.Optional
import java.util.concurrent.CompletableFuture

/**
 * Stock's client, told everything that the SDK would otherwise work out from profile
 * files, system properties and the rules of all partitions.
 */
internal fun fixedClient(
    settings: StoreSettings,
    endpoint: URI = endpoint(settings.region, System::getenv),
    adapt: DynamoDbClientBuilder.() -> Unit = {},
): DynamoDbClient {
    val resolved = CompletableFuture.completedFuture(Endpoint.builder().endpointUrl(EndpointUrl.fromUri(endpoint)).build())
    return DynamoDbClient
        .builder()
        .region(Region.of(settings.region))
        .endpointOverride(endpoint)
        .endpointProvider { resolved }
        .endpointDiscoveryEnabled(false)
        .accountIdEndpointMode(AccountIdEndpointMode.DISABLED)
        .dualstackEnabled(false)
        .fipsEnabled(false)
        .defaultsMode(DefaultsMode.LEGACY)
        .authSchemeProvider(DynamoDbAuthSchemeProvider.defaultProvider())
        .credentialsProvider(if (settings.snapStart) ContainerCredentialsProvider.create() else EnvironmentVariableCredentialsProvider.create())
        .httpClientBuilder(AwsCrtHttpClient.builder())
        .overrideConfiguration {
            it
                .apiCallAttemptTimeout(settings.attemptTimeout)
                .retryStrategy(AwsRetryStrategy.standardRetryStrategy())
                .addExecutionInterceptor(WholeAnswers())
                .defaultProfileFile(ProfileFile.aggregator().build())
        }.apply(adapt)
        .build()
}

/** DynamoDB's own endpoint in a region of the public or the Chinese partition; others are set by their URL. */
internal fun endpoint(region: String, getenv: (String) -> String?): URI {
    val set = listOf("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL").firstNotNullOfOrNull { getenv(it)?.ifEmpty { null } }
    return URI(set ?: "https://dynamodb.$region.amazonaws.com${if (region.startsWith("cn-")) ".cn" else ""}")
}

/**
 * Takes only answers that are whole: one that breaks off is worth another attempt,
 * one that is no JSON is not. To the SDK both are input that it could not read.
 */
private class WholeAnswers : ExecutionInterceptor {
    override fun modifyHttpResponseContent(context: Context.ModifyHttpResponse, attributes: ExecutionAttributes): Optional<InputStream> =
        context.responseBody().map { stream ->
            val body =
                try {
                    stream.use { it.readAllBytes() }
                } catch (e: IOException) {
                    throw RetryableException.create("the answer broke off", e)
                }
            if (context.httpResponse().isSuccessful) {
                json.createParser(ObjectReadContext.empty(), body).use { while (it.nextToken() != null) it.skipChildren() }
            }
            body.inputStream()
        }
}
