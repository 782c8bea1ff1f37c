use std::time::{Duration, UNIX_EPOCH};

use axum::http::StatusCode;
use lambda_http::{Body, Context, IntoResponse, RequestExt, request::from_str, tower::ServiceExt};
use serde_json::{Value, json};

use super::{caller, raw_uri, request, response};
use crate::testing::{FakeStore, ID, ITEM, item, problem, test_app};

fn event(method: &str, path: &str) -> Value {
    json!({
        "httpMethod": method, "path": path, "headers": {"Host": "api.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.9"},
        "multiValueHeaders": {"Host": ["api.example.com"], "Content-Type": ["application/json"]},
        "isBase64Encoded": false, "body": null,
        "requestContext": {"stage": "dev", "httpMethod": method, "identity": {"sourceIp": "192.0.2.1"}},
    })
}

/// Sends an event through the whole function, as far as the runtime's own loop.
async fn send(event: Value, store: FakeStore) -> (StatusCode, axum::http::HeaderMap, Body) {
    let mut context = Context::default();
    context.request_id = "request-1".into();
    context.deadline = u64::MAX / 2;
    let event = from_str(&event.to_string())
        .unwrap()
        .with_lambda_context(context);
    let (router, lines) = test_app(store);
    let answer = response(router.oneshot(request(event)).await.unwrap());
    assert_eq!(lines.json()[0]["requestId"], "request-1");
    let (parts, body) = IntoResponse::into_response(answer).await.into_parts();
    (parts.status, parts.headers, body)
}

// The tests set no AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH: the raw path is right anyway.
#[tokio::test]
async fn answers_with_text() {
    let mut create = event("POST", "/rust/items");
    create["body"] = r#"{"name":"Widget","description":"<b>","price":19.99}"#.into();
    let (status, headers, body) = send(create, FakeStore::default()).await;
    assert_eq!((status.as_u16(), body), (201, Body::Text(ITEM.into())));
    assert_eq!(headers["location"], format!("items/{ID}"));
    assert!(!headers.contains_key("content-length"));

    let (status, headers, body) = send(event("GET", "/items/x"), FakeStore::default()).await;
    let want = problem(404, "Not Found", "The item does not exist.");
    assert_eq!((status.as_u16(), body), (404, Body::Text(want)));
    assert_eq!(headers["content-type"], "application/problem+json");

    let delete = event("DELETE", &format!("/items/{ID}"));
    let (status, headers, body) = send(delete, FakeStore::with([item()])).await;
    assert_eq!(status.as_u16(), 204);
    assert!(
        matches!(&body, Body::Empty) || body == Body::Text(String::new()),
        "{body:?}"
    );
    assert!(!headers.contains_key("content-type"));
}

#[tokio::test]
async fn decodes_base64() {
    let mut create = event("POST", "/items");
    create["body"] = "eyJuYW1lIjoiV2lkZ2V0IiwiZGVzY3JpcHRpb24iOiI8Yj4iLCJwcmljZSI6MTkuOTl9".into();
    create["isBase64Encoded"] = true.into();
    let (status, _, body) = send(create, FakeStore::default()).await;
    assert_eq!((status.as_u16(), body), (201, Body::Text(ITEM.into())));
}

#[tokio::test]
async fn keeps_every_value_of_a_query() {
    let mut list = event("GET", "/items");
    list["queryStringParameters"] = json!({"limit": "2"});
    list["multiValueQueryStringParameters"] = json!({"limit": ["1", "2"]});
    let (status, ..) = send(list.clone(), FakeStore::default()).await;
    assert_eq!(status.as_u16(), 400);

    list["multiValueQueryStringParameters"] = Value::Null;
    let store = FakeStore::default();
    let (status, ..) = send(list, store.clone()).await;
    assert_eq!(status.as_u16(), 200);
    assert_eq!(*store.asked.lock().unwrap(), ["list 2 after None"]);
}

#[tokio::test]
async fn takes_paths_as_they_are() {
    for path in [
        "/items/../health",
        "/rust/./health",
        "/%68ealth",
        "/dev/health",
        "/health/",
        "/he\\alth",
    ] {
        let (status, ..) = send(event("GET", path), FakeStore::default()).await;
        assert_eq!(status.as_u16(), 404, "{path}");
    }
    assert_eq!(raw_uri("/a b", None), "/%");
    assert_eq!(raw_uri("/items", Some("limit=1")), "/items?limit=1");
}

#[test]
fn leaves_time_for_an_answer() {
    let now = UNIX_EPOCH + Duration::from_secs(1000);
    let mut context = Context::default();
    for (deadline, want) in [(1_028_000, 27_500), (1_000_400, 0), (0, 0)] {
        context.deadline = deadline;
        let got = caller(Some(&context), None, now);
        assert_eq!(got.time_left, Some(Duration::from_millis(want)));
        assert_eq!(got.source_ip, "");
    }
    assert_eq!(caller(None, None, now).time_left, None);
}
