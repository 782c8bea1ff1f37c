//! The environment variables of the process.

use std::time::Duration;

use aws_sdk_dynamodb::config::Credentials;

use crate::{log::Level, store};

const SECONDS_A_DAY: u32 = 86_400;

#[derive(Debug)]
pub struct Settings {
    /// Whether this is a Lambda function and not a plain server.
    pub lambda: bool,
    pub port: u16,
    pub prime_on_init: bool,
    pub item_ttl: Duration,
    pub version: String,
    pub memory_limit_mb: u64, // 0 outside Lambda
    pub log_level: Level,
    pub store: store::Settings,
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{name}: got {got:?}, want {want}")]
pub struct SettingError {
    name: &'static str,
    got: String,
    want: &'static str,
}

impl Settings {
    /// Reads the variables with `getenv`; one that is empty counts as not set.
    pub fn read(getenv: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let get = |name| getenv(name).filter(|value| !value.is_empty());
        let positive = |name, fallback: u32| match get(name) {
            None => Ok(fallback),
            Some(value) => match value.parse() {
                Ok(number) if number > 0 => Ok(number),
                _ => Err(SettingError {
                    name,
                    got: value,
                    want: "a positive integer",
                }),
            },
        };
        let port = match get("PORT") {
            None => 8080,
            Some(value) => value.parse().map_err(|_| SettingError {
                name: "PORT",
                got: value,
                want: "a port, 0 for any free one",
            })?,
        };
        let days = positive("ITEM_TTL_DAYS", 7)?;
        let attempt_timeout = positive("DYNAMODB_ATTEMPT_TIMEOUT_MS", 8000)?;
        let keys = get("AWS_ACCESS_KEY_ID").zip(get("AWS_SECRET_ACCESS_KEY"));
        Ok(Self {
            lambda: get("AWS_LAMBDA_RUNTIME_API").is_some(),
            port,
            prime_on_init: get("PRIME_ON_INIT").as_deref() == Some("true"),
            item_ttl: Duration::from_secs(u64::from(days) * u64::from(SECONDS_A_DAY)),
            version: get("APP_VERSION").unwrap_or_else(|| "dev".to_owned()),
            memory_limit_mb: positive("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 0)?.into(),
            log_level: Level::named(
                &get("AWS_LAMBDA_LOG_LEVEL")
                    .or_else(|| get("LOG_LEVEL"))
                    .unwrap_or_default(),
            ),
            store: store::Settings {
                table: get("TABLE_NAME")
                    .unwrap_or_else(|| "multi-runtime-benchmark-items-dev".to_owned()),
                region: get("AWS_REGION")
                    .or_else(|| get("AWS_DEFAULT_REGION"))
                    .unwrap_or_default(),
                endpoint: get("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| get("AWS_ENDPOINT_URL")),
                attempt_timeout: Duration::from_millis(attempt_timeout.into()),
                credentials: keys.map(|(id, secret)| {
                    Credentials::new(id, secret, get("AWS_SESSION_TOKEN"), None, "environment")
                }),
            },
        })
    }
}

#[cfg(test)]
mod tests;
