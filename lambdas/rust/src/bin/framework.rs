//! The floor and the framework: axum and the adapter of events as the API has
//! them, with its item routes and the floor's answer, but without middleware,
//! bodies, validation, metrics, a log or an SDK. What its figures are above the
//! floor's is what axum and the adapter cost.

use axum::{
    Router,
    http::{HeaderName, StatusCode, header},
    routing::get,
};
use items::{app::PATH_PREFIX, event};
use lambda_runtime::{Error, service_fn};

const LOCATION: (HeaderName, &str) = (
    header::LOCATION,
    "items/00000000-0000-4000-8000-000000000000",
);
const OK: ([(HeaderName, &str); 1], &str) = (
    [(header::CONTENT_TYPE, "application/json")],
    r#"{"status":"ok"}"#,
);

fn router() -> Router {
    let items = get(|| async { OK }).post(|| async { (StatusCode::CREATED, [LOCATION], OK) });
    let item = get(|| async { OK })
        .put(|| async { OK })
        .delete(|| async { StatusCode::NO_CONTENT });
    let mut router = Router::new();
    for prefix in ["", PATH_PREFIX] {
        router = router
            .route(&format!("{prefix}/items"), items.clone())
            .route(&format!("{prefix}/items/{{id}}"), item.clone());
    }
    router
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let router = router();
    lambda_runtime::run(service_fn(|event| event::answer(router.clone(), event))).await
}

#[cfg(test)]
mod tests {
    use lambda_runtime::{Context, LambdaEvent};
    use serde_json::{Value, json};

    use super::*;

    async fn answer(method: &str, path: &str) -> Value {
        let event = serde_json::from_value(json!({
            "httpMethod": method, "path": path, "body": "{", "requestContext": {"identity": {}},
        }));
        let event = LambdaEvent::new(event.unwrap(), Context::default());
        let got = event::answer(router(), event).await.unwrap();
        serde_json::to_value(got).unwrap()
    }

    #[tokio::test]
    async fn has_the_routes_of_the_api() {
        let json = json!({"content-type": ["application/json"]});
        let created = json!({
            "content-type": ["application/json"],
            "location": ["items/00000000-0000-4000-8000-000000000000"],
        });
        for prefix in ["", "/rust"] {
            for (method, path, status, headers, body) in [
                ("POST", "/items", 201, &created, r#"{"status":"ok"}"#),
                ("GET", "/items", 200, &json, r#"{"status":"ok"}"#),
                ("GET", "/items/x", 200, &json, r#"{"status":"ok"}"#),
                ("PUT", "/items/x", 200, &json, r#"{"status":"ok"}"#),
                ("DELETE", "/items/x", 204, &json!({}), ""),
            ] {
                let want = json!({
                    "statusCode": status, "multiValueHeaders": headers, "body": body, "isBase64Encoded": false,
                });
                let got = answer(method, &format!("{prefix}{path}")).await;
                assert_eq!(got, want, "{method} {prefix}{path}");
            }
        }
        assert_eq!(answer("GET", "/rust").await["statusCode"], 404);
    }
}
