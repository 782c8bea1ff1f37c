//! The environment variables of the process.

use std::{env, num::NonZeroU32, str::FromStr, time::Duration};

#[derive(Debug)]
pub struct Settings {
    /// Whether this is a Lambda function and not a plain server.
    pub lambda: bool,
    pub port: u16,
    pub prime_on_init: bool,
    pub table: String,
    pub attempt_timeout: Duration,
    pub item_ttl: Duration,
    pub version: String,
    pub memory_limit_mb: u64, // 0 outside Lambda
    pub log_level: String,    // A level's name; unknown is INFO.
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{name}: got {got:?}, want {want}")]
pub struct SettingError {
    name: &'static str,
    got: String,
    want: &'static str,
}

impl Settings {
    pub fn from_env() -> Result<Self, SettingError> {
        Self::read(|name| env::var(name).ok())
    }

    /// Reads the variables with `getenv`; one that is empty counts as not set.
    pub fn read(getenv: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let get = |name| getenv(name).filter(|value| !value.is_empty());
        let positive = |name, default| {
            let number: Option<NonZeroU32> = number(name, get(name), "a positive integer")?;
            Ok(number.map_or(default, NonZeroU32::get))
        };
        Ok(Self {
            lambda: get("AWS_LAMBDA_RUNTIME_API").is_some(),
            port: number("PORT", get("PORT"), "a port, 0 for any free one")?.unwrap_or(8080),
            prime_on_init: get("PRIME_ON_INIT").as_deref() == Some("true"),
            table: get("TABLE_NAME")
                .unwrap_or_else(|| "multi-runtime-benchmark-items-dev".to_owned()),
            attempt_timeout: Duration::from_millis(
                positive("DYNAMODB_ATTEMPT_TIMEOUT_MS", 8000)?.into(),
            ),
            item_ttl: Duration::from_hours(24) * positive("ITEM_TTL_DAYS", 7)?,
            version: get("APP_VERSION").unwrap_or_else(|| "dev".to_owned()),
            memory_limit_mb: positive("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 0)?.into(),
            log_level: get("AWS_LAMBDA_LOG_LEVEL")
                .or_else(|| get("LOG_LEVEL"))
                .unwrap_or_else(|| "INFO".to_owned()),
        })
    }
}

fn number<N: FromStr>(
    name: &'static str,
    value: Option<String>,
    want: &'static str,
) -> Result<Option<N>, SettingError> {
    let number = |got: String| got.parse().map_err(|_| SettingError { name, got, want });
    value.map(number).transpose()
}

#[cfg(test)]
mod tests;
