//! The `DynamoDB` client from what Lambda always sets: environment variables. The
//! aws-config crate would look into shared files as well and link the clients of
//! SSO and STS, which no function of ours ever calls. ring is smaller than aws-lc.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use items::store::{Connecting, retries, timeouts};

#[cfg(feature = "aws-config")]
pub fn connect(attempt_timeout: Duration) -> Connecting {
    Box::pin(async move {
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .retry_config(retries())
            .timeout_config(timeouts(attempt_timeout));
        #[cfg(not(feature = "https"))]
        let config = config.http_client(ring());
        Client::new(&config.load().await)
    })
}

#[cfg(not(feature = "aws-config"))]
pub fn connect(attempt_timeout: Duration) -> Connecting {
    use std::env;

    use aws_sdk_dynamodb::{
        Config,
        config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig},
    };

    let var = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let mut config = Config::builder();
    config.set_endpoint_url(var("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| var("AWS_ENDPOINT_URL")));
    config.set_region(var("AWS_REGION").map(Region::new));
    if let Some((id, secret)) = var("AWS_ACCESS_KEY_ID").zip(var("AWS_SECRET_ACCESS_KEY")) {
        // They stay the same for the whole life of a Lambda environment.
        let token = var("AWS_SESSION_TOKEN");
        let credentials = Credentials::new(id, secret, token, None, "environment");
        config = config.credentials_provider(credentials);
    }
    let config = config
        .behavior_version(BehaviorVersion::latest())
        .retry_config(retries())
        .timeout_config(timeouts(attempt_timeout))
        // The attempt's timeout covers the body too.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    #[cfg(not(feature = "https"))]
    let config = config.http_client(ring());
    let client = Client::from_conf(config.build());
    Box::pin(async { client })
}

#[cfg(not(feature = "https"))]
fn ring() -> aws_sdk_dynamodb::config::SharedHttpClient {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}
