//! Both adapters, from an event to an answer.

use axum::body::to_bytes;
use lambda_http::RequestExt;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use tower::ServiceExt;
use tuned::event::{ProxyEvent, uri};

use crate::testing::{FakeStore, ID, ITEM, item, problem, test_app};

/// What an adapter made of an event, as far as both show it alike.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u64,
    headers: Value,
    body: String,
}

fn event(method: &str, path: &str) -> Value {
    json!({
        "httpMethod": method, "path": path, "headers": {"Host": "api.example.com", "X-Forwarded-For": "198.51.100.9"},
        "multiValueHeaders": {"Host": ["api.example.com"], "Content-Type": ["application/json"]},
        "isBase64Encoded": false, "body": null,
        "requestContext": {"httpMethod": method, "identity": {"sourceIp": "192.0.2.1"}},
    })
}

fn context() -> Context {
    let mut context = Context::default();
    context.request_id = "request-1".into();
    context
}

/// Sends an event through the stock function, as far as the runtime's own loop.
async fn send_stock(event: &Value, store: FakeStore) -> Answer {
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let request = request.with_lambda_context(context());
    let service = items::lambda::service(test_app(store));
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    let mut headers = json!({});
    for (name, value) in &head.headers {
        headers[name.as_str()] = json!([value.to_str().unwrap()]);
    }
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: head.status.as_u16().into(),
        headers,
        body: String::from_utf8(body.into()).unwrap(),
    }
}

async fn send_tuned(event: &Value, store: FakeStore) -> Answer {
    let event: ProxyEvent = serde_json::from_value(event.clone()).unwrap();
    let event = LambdaEvent::new(event, context());
    let answer = tuned::event::answer(test_app(store), event).await.unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!(answer["isBase64Encoded"], false);
    Answer {
        status: answer["statusCode"].as_u64().unwrap(),
        headers: answer["multiValueHeaders"].clone(),
        body: answer["body"].as_str().unwrap().into(),
    }
}

async fn send(event: Value, store: FakeStore) -> Answer {
    let got = send_stock(&event, FakeStore::clone_of(&store)).await;
    assert_eq!(got, send_tuned(&event, store).await, "{event}");
    got
}

#[tokio::test]
async fn answers_with_text() {
    let mut create = event("POST", "/rust/items");
    create["body"] = r#"{"name":"Widget","description":"<b>","price":19.99}"#.into();
    let got = send(create, FakeStore::default()).await;
    let headers = json!({
        "content-type": ["application/json"], "location": [format!("items/{ID}")], "x-runtime": ["rust"],
        "x-cold-start": ["true"], "cache-control": ["no-store"], "x-content-type-options": ["nosniff"],
    });
    let want = Answer {
        status: 201,
        headers,
        body: ITEM.into(),
    };
    assert_eq!(got, want);

    let got = send(event("GET", "/items/x"), FakeStore::default()).await;
    let want = problem(404, "Not Found", "The item does not exist.");
    assert_eq!((got.status, got.body), (404, want));

    let delete = event("DELETE", &format!("/items/{ID}"));
    let got = send(delete, FakeStore::with([item()])).await;
    assert_eq!((got.status, got.body.as_str()), (204, ""));
    assert_eq!(got.headers.get("content-type"), None);
}

#[tokio::test]
async fn decodes_base64() {
    let mut create = event("POST", "/items");
    create["body"] = "eyJuYW1lIjoiV2lkZ2V0IiwiZGVzY3JpcHRpb24iOiI8Yj4iLCJwcmljZSI6MTkuOTl9".into();
    create["isBase64Encoded"] = true.into();
    assert_eq!(send(create, FakeStore::default()).await.body, ITEM);
}

#[tokio::test]
async fn keeps_every_value_of_a_query() {
    let mut list = event("GET", "/items");
    list["queryStringParameters"] = json!({"limit": "2"});
    list["multiValueQueryStringParameters"] = json!({"limit": ["1", "2"]});
    assert_eq!(send(list.clone(), FakeStore::default()).await.status, 400);

    list["multiValueQueryStringParameters"] = Value::Null;
    for send_one in [true, false] {
        let store = FakeStore::default();
        let got = if send_one {
            send_stock(&list, store.clone()).await
        } else {
            send_tuned(&list, store.clone()).await
        };
        assert_eq!(got.status, 200);
        assert_eq!(*store.asked.lock().unwrap(), ["list 2 after None"]);
    }
}

#[tokio::test]
async fn reads_single_headers_where_there_are_no_others() {
    let mut create = event("POST", "/items");
    create["body"] = r#"{"name":"x","price":1}"#.into();
    create["headers"] = json!({"content-TYPE": "application/json"});
    create["multiValueHeaders"] = Value::Null;
    assert_eq!(send(create.clone(), FakeStore::default()).await.status, 201);
    create["headers"] = Value::Null;
    assert_eq!(send(create, FakeStore::default()).await.status, 415);
}

#[tokio::test]
async fn takes_paths_as_they_are() {
    for path in ["/rust//items", "/%68ealth", "/dev/health", "/health/"] {
        let got = send(event("GET", path), FakeStore::default()).await;
        assert_eq!(got.status, 404, "{path}");
    }
    let query = [("a".to_owned(), vec!["1".to_owned(), "& ".to_owned()])];
    let got = uri("/items", &query.into()).unwrap();
    assert_eq!(got, "/items?a=1&a=%26+");
}

/// What `lambda_http` makes of odd paths and hosts is its own: differences.yaml.
#[tokio::test]
async fn tuned_takes_any_path_and_host() {
    for path in [
        "/items/../health",
        "/rust/./health",
        "/he\\alth",
        "/he alth",
        "/health#",
        "/health?",
    ] {
        let got = send_tuned(&event("GET", path), FakeStore::default()).await;
        assert_eq!(got.status, 404, "{path}");
    }
    for id in ["a b", "\u{e4}", "{id}", "a?b", "a#b", "<>\"^`|\\"] {
        let get = event("GET", &format!("/items/{id}"));
        let got = send_tuned(&get, FakeStore::default()).await;
        let want = problem(404, "Not Found", "The item does not exist.");
        assert_eq!(got.body, want, "{id}");
    }
    for host in ["", "a b", "[::1", "example.com:99999", "%", "\u{e9}", "\n"] {
        let mut health = event("GET", "/health");
        health["headers"]["Host"] = host.into();
        health["multiValueHeaders"]["Host"] = json!([host]);
        health["multiValueHeaders"]["no header"] = json!([]);
        health["multiValueHeaders"]["X-Forwarded-Proto"] = json!(["file"]);
        assert_eq!(
            send_tuned(&health, FakeStore::default()).await.status,
            200,
            "{host:?}"
        );
    }
}

#[tokio::test]
async fn tuned_refuses_other_events() {
    let mut encoded = event("POST", "/items");
    encoded["body"] = "*".into();
    encoded["isBase64Encoded"] = true.into();
    for broken in [event("", "/health"), encoded] {
        let broken: ProxyEvent = serde_json::from_value(broken).unwrap();
        let broken = LambdaEvent::new(broken, context());
        let got = tuned::event::answer(test_app(FakeStore::default()), broken).await;
        assert!(got.is_err());
    }
    let other = json!({"version": "2.0", "rawPath": "/health"});
    let error = serde_json::from_value::<ProxyEvent>(other).err().unwrap();
    assert_eq!(error.to_string(), "missing field `httpMethod`");
}
