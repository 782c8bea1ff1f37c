//! The floor of the Rust runtime: the smallest function there can be, without a
//! framework, an SDK or a look at the event.

use std::{collections::BTreeMap, convert::Infallible};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Serialize, de::IgnoredAny};

/// The part of an API Gateway proxy answer that is needed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    headers: BTreeMap<&'static str, &'static str>,
    body: &'static str,
}

async fn handle(_: LambdaEvent<IgnoredAny>) -> Result<Answer, Infallible> {
    Ok(Answer {
        status_code: 200,
        headers: BTreeMap::from([("Content-Type", "application/json")]),
        body: r#"{"status":"ok"}"#,
    })
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}

#[cfg(test)]
mod tests {
    use lambda_runtime::Context;

    use super::*;

    #[tokio::test]
    async fn answers_every_event() {
        let Ok(got) = handle(LambdaEvent::new(IgnoredAny, Context::default())).await;
        let want = r#"{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\"status\":\"ok\"}"}"#;
        assert_eq!(serde_json::to_string(&got).unwrap(), want);
    }
}
