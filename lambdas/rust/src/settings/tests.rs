use std::{collections::HashMap, time::Duration};

use super::{SettingError, Settings};

fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingError> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    Settings::read(|name| variables.get(name).map(ToString::to_string))
}

#[test]
fn has_defaults() {
    let got = read(&[("ITEM_TTL_DAYS", ""), ("PRIME_ON_INIT", "1")]).unwrap();
    assert!(!got.lambda && !got.prime_on_init);
    assert_eq!(got.port, 8080);
    assert_eq!(got.table, "multi-runtime-benchmark-items-dev");
    assert_eq!(got.attempt_timeout, Duration::from_secs(8));
    assert_eq!(got.item_ttl, Duration::from_hours(7 * 24));
    assert_eq!(got.version, "dev");
    assert_eq!(got.memory_limit_mb, 0);
    assert_eq!(got.log_level, "INFO");
}

#[test]
fn reads_what_lambda_sets() {
    let got = read(&[
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_LOG_LEVEL", "WARN"),
        ("LOG_LEVEL", "DEBUG"),
        ("PRIME_ON_INIT", "true"),
        ("PORT", "0"),
    ])
    .unwrap();
    assert!(got.lambda && got.prime_on_init);
    assert_eq!(got.port, 0);
    assert_eq!(got.memory_limit_mb, 128);
    assert_eq!(got.log_level, "WARN");
}

#[test]
fn says_what_is_wrong() {
    for (name, value, want) in [
        (
            "ITEM_TTL_DAYS",
            "0",
            "ITEM_TTL_DAYS: got \"0\", want a positive integer",
        ),
        (
            "DYNAMODB_ATTEMPT_TIMEOUT_MS",
            "8s",
            "DYNAMODB_ATTEMPT_TIMEOUT_MS: got \"8s\", want a positive integer",
        ),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "-1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE: got \"-1\", want a positive integer",
        ),
        (
            "PORT",
            "70000",
            "PORT: got \"70000\", want a port, 0 for any free one",
        ),
    ] {
        assert_eq!(read(&[(name, value)]).unwrap_err().to_string(), want);
    }
}
