//! The `DynamoDB` client, as the SDK's guide makes one.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;

use crate::store::{Connecting, retries, timeouts};

pub fn connect(attempt_timeout: Duration) -> Connecting {
    Box::pin(async move {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(retries())
            .timeout_config(timeouts(attempt_timeout))
            .load()
            .await;
        Client::new(&config)
    })
}
