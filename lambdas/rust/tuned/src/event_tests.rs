use std::time::{Duration, UNIX_EPOCH};

use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

use super::{ProxyEvent, answer, time_left, uri};
use crate::{
    problem::BoxError,
    testing::{FakeStore, ID, ITEM, item, problem, test_app},
};

fn event(method: &str, path: &str) -> Value {
    json!({
        "httpMethod": method, "path": path, "headers": {"Host": "api.example.com", "X-Forwarded-For": "198.51.100.9"},
        "multiValueHeaders": {"Host": ["api.example.com"], "Content-Type": ["application/json"]},
        "isBase64Encoded": false, "body": null,
        "requestContext": {"stage": "dev", "httpMethod": method, "identity": {"sourceIp": "192.0.2.1"}},
    })
}

/// Sends an event through the whole function, as far as the runtime's own loop.
async fn send(event: Value, store: FakeStore) -> Result<Value, BoxError> {
    let mut context = Context::default();
    context.request_id = "request-1".into();
    context.deadline = u64::MAX / 2;
    let (router, lines) = test_app(store);
    let event: ProxyEvent = serde_json::from_value(event)?;
    let got = answer(router, LambdaEvent::new(event, context)).await?;
    assert_eq!(lines.json()[0]["requestId"], "request-1");
    Ok(serde_json::to_value(got)?)
}

async fn status(event: Value) -> u64 {
    let got = send(event, FakeStore::default()).await.unwrap();
    got["statusCode"].as_u64().unwrap()
}

#[tokio::test]
async fn answers_with_text() {
    let mut create = event("POST", "/rust/items");
    create["body"] = r#"{"name":"Widget","description":"<b>","price":19.99}"#.into();
    let got = send(create, FakeStore::default()).await.unwrap();
    let headers = json!({
        "content-type": ["application/json"], "location": [format!("items/{ID}")], "x-runtime": ["rust"],
        "x-cold-start": ["true"], "cache-control": ["no-store"], "x-content-type-options": ["nosniff"],
    });
    let want = json!({"statusCode": 201, "multiValueHeaders": headers, "body": ITEM, "isBase64Encoded": false});
    assert_eq!(got, want);

    let get = event("GET", "/items/x");
    let got = send(get, FakeStore::default()).await.unwrap();
    let want = problem(404, "Not Found", "The item does not exist.");
    assert_eq!(
        (&got["statusCode"], &got["body"]),
        (&404.into(), &want.into())
    );

    let delete = event("DELETE", &format!("/items/{ID}"));
    let got = send(delete, FakeStore::with([item()])).await.unwrap();
    assert_eq!(
        (&got["statusCode"], &got["body"]),
        (&204.into(), &"".into())
    );
    assert_eq!(got["multiValueHeaders"].get("content-type"), None);
}

#[tokio::test]
async fn decodes_base64() {
    let mut create = event("POST", "/items");
    create["body"] = "eyJuYW1lIjoiV2lkZ2V0IiwiZGVzY3JpcHRpb24iOiI8Yj4iLCJwcmljZSI6MTkuOTl9".into();
    create["isBase64Encoded"] = true.into();
    let got = send(create.clone(), FakeStore::default()).await.unwrap();
    assert_eq!(got["body"], ITEM);
    create["body"] = "*".into();
    assert!(send(create, FakeStore::default()).await.is_err());
}

#[tokio::test]
async fn keeps_every_value_of_a_query() {
    let mut list = event("GET", "/items");
    list["queryStringParameters"] = json!({"limit": "2"});
    list["multiValueQueryStringParameters"] = json!({"limit": ["1", "2"]});
    assert_eq!(status(list.clone()).await, 400);

    list["multiValueQueryStringParameters"] = Value::Null;
    let store = FakeStore::default();
    let got = send(list, store.clone()).await.unwrap();
    assert_eq!(got["statusCode"], 200);
    assert_eq!(*store.asked.lock().unwrap(), ["list 2 after None"]);
}

#[tokio::test]
async fn reads_single_headers_where_there_are_no_others() {
    let mut create = event("POST", "/items");
    create["body"] = r#"{"name":"x","price":1}"#.into();
    create["headers"] = json!({"content-TYPE": "application/json"});
    create["multiValueHeaders"] = Value::Null;
    assert_eq!(status(create.clone()).await, 201);
    create["headers"] = Value::Null;
    assert_eq!(status(create).await, 415);
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
        "/he alth",
        "/health#",
        "/health?",
    ] {
        assert_eq!(status(event("GET", path)).await, 404, "{path}");
    }
    for id in ["a b", "\u{e4}", "{id}", "a?b", "a#b", "<>\"^`|\\"] {
        let get = event("GET", &format!("/items/{id}"));
        let got = send(get, FakeStore::default()).await.unwrap();
        let want = problem(404, "Not Found", "The item does not exist.");
        assert_eq!(got["body"], want, "{id}");
    }
    let query = [("a".to_owned(), vec!["1".to_owned(), "& ".to_owned()])];
    let got = uri("/items", &query.into()).unwrap();
    assert_eq!(got, "/items?a=1&a=%26+");
}

#[tokio::test]
async fn survives_any_header() {
    for host in ["", "a b", "[::1", "example.com:99999", "%", "\u{e9}", "\n"] {
        let mut health = event("GET", "/health");
        health["headers"]["Host"] = host.into();
        health["multiValueHeaders"]["Host"] = json!([host]);
        health["multiValueHeaders"]["no header"] = json!([]);
        health["multiValueHeaders"]["X-Forwarded-Proto"] = json!(["file"]);
        assert_eq!(status(health).await, 200, "{host:?}");
    }
}

#[tokio::test]
async fn refuses_other_events() {
    let methodless = event("", "/health");
    assert!(send(methodless, FakeStore::default()).await.is_err());
    let other = json!({"version": "2.0", "rawPath": "/health"});
    let error = send(other, FakeStore::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "missing field `httpMethod`");
}

#[test]
fn leaves_time_for_an_answer() {
    let now = UNIX_EPOCH + Duration::from_secs(1000);
    for (deadline, want) in [(1_028_000, 27_500), (1_000_400, 0), (0, 0)] {
        let deadline = UNIX_EPOCH + Duration::from_millis(deadline);
        assert_eq!(time_left(deadline, now), Duration::from_millis(want));
    }
}
