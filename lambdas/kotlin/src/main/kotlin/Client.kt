package benchmark

import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider
import software.amazon.awssdk.core.retry.RetryMode
import software.amazon.awssdk.http.crt.AwsCrtHttpClient
import software.amazon.awssdk.regions.Region
import software.amazon.awssdk.services.dynamodb.DynamoDbClient
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder

/** The client as AWS's guide for Lambda functions in Java wants it. The SDK itself honours AWS_ENDPOINT_URL_DYNAMODB. */
internal fun dynamoDbClient(settings: StoreSettings, adapt: DynamoDbClientBuilder.() -> Unit = {}): DynamoDbClient =
    DynamoDbClient
        .builder()
        .region(Region.of(settings.region))
        .credentialsProvider(settings.credentials())
        .httpClientBuilder(AwsCrtHttpClient.builder()) // It waits two seconds for a connection.
        .overrideConfiguration {
            it
                .apiCallAttemptTimeout(settings.attemptTimeout)
                .retryStrategy(RetryMode.STANDARD)
        }.apply(adapt)
        .build()

/** With SnapStart there are no keys in the environment: Lambda offers them at a local address, which the default chain finds. */
private fun StoreSettings.credentials(): AwsCredentialsProvider =
    if (snapStart) DefaultCredentialsProvider.builder().build() else EnvironmentVariableCredentialsProvider.create()
