mod database;
mod server;

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::config::{Builder, Credentials, retry::RetryConfig};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use self::server::{Reply, Server};
use super::{DynamoStore, Settings};
use crate::{
    app::{Store, StoreError},
    model::Item,
    problem::chain,
    testing::{EXPIRES_SECONDS, ID, NOW, expires, fields, item},
};

const MINUTE: Duration = Duration::from_mins(1);

fn stored_item() -> Value {
    json!({
        "id": {"S": ID}, "name": {"S": "Widget"}, "description": {"S": "<b>"}, "price": {"N": "19.99"},
        "runtime": {"S": "rust"}, "sourceIp": {"S": "192.0.2.1"}, "createdAt": {"S": NOW}, "updatedAt": {"S": NOW},
        "expiresAt": {"N": EXPIRES_SECONDS.to_string()},
    })
}

/// A store that does not wait between attempts.
fn store_at(endpoint: &str, table: &str, attempt_timeout: Duration) -> DynamoStore {
    let settings = Settings {
        table: table.into(),
        region: "eu-west-1".into(),
        endpoint: Some(endpoint.into()),
        attempt_timeout,
        credentials: Some(Credentials::new(
            "key",
            "secret",
            Some("token".into()),
            None,
            "test",
        )),
    };
    let without_waiting = |config: Builder| {
        let retry = RetryConfig::standard().with_max_attempts(super::MAX_ATTEMPTS);
        config.retry_config(retry.with_max_backoff(Duration::from_millis(1)))
    };
    DynamoStore::configured(settings, without_waiting)
}

#[derive(Debug, PartialEq)]
enum Answer {
    Nothing,
    Item(Item),
    Page(Vec<Item>, Option<String>),
}

const OPERATIONS: [&str; 5] = ["PutItem", "GetItem", "Scan", "UpdateItem", "DeleteItem"];

/// Everything that a store does.
async fn ask(store: &DynamoStore, operation: &str) -> Result<Answer, StoreError> {
    match operation {
        "PutItem" => store
            .put(&item(), expires())
            .await
            .map(|()| Answer::Nothing),
        "GetItem" => store.get(ID).await.map(Answer::Item),
        "Scan" => store
            .list(7, Some(ID))
            .await
            .map(|(items, next)| Answer::Page(items, next)),
        "UpdateItem" => store
            .update(ID, &fields("A", "", 1e6), "now")
            .await
            .map(Answer::Item),
        "DeleteItem" => store.delete(ID).await.map(|()| Answer::Nothing),
        other => panic!("no such operation: {other}"),
    }
}

#[tokio::test]
async fn speaks_dynamodb() {
    let stored = stored_item();
    let key = json!({"id": {"S": ID}});
    let exists = "attribute_exists(id)";
    let update = json!({
        "TableName": "items", "Key": key, "ReturnValues": "ALL_NEW", "ConditionExpression": exists,
        "UpdateExpression": "SET #name = :name, description = :description, price = :price, updatedAt = :updatedAt",
        "ExpressionAttributeNames": {"#name": "name"},
        "ExpressionAttributeValues": {":name": {"S": "A"}, ":description": {"S": ""}, ":price": {"N": "1000000"}, ":updatedAt": {"S": "now"}},
    });
    let page = json!({"Count": 2, "Items": [stored, stored], "LastEvaluatedKey": key});
    for (operation, request, reply, want) in [
        (
            "PutItem",
            json!({"TableName": "items", "Item": stored}),
            json!({}),
            Answer::Nothing,
        ),
        (
            "GetItem",
            json!({"TableName": "items", "ConsistentRead": true, "Key": key}),
            json!({"Item": stored}),
            Answer::Item(item()),
        ),
        (
            "Scan",
            json!({"TableName": "items", "Limit": 7, "ExclusiveStartKey": key}),
            page,
            Answer::Page(vec![item(), item()], Some(ID.into())),
        ),
        (
            "UpdateItem",
            update,
            json!({"Attributes": stored}),
            Answer::Item(item()),
        ),
        (
            "DeleteItem",
            json!({"TableName": "items", "ConditionExpression": exists, "Key": key}),
            json!({}),
            Answer::Nothing,
        ),
    ] {
        let seen = Arc::new(Mutex::new(None));
        let server = Server::start({
            let seen = Arc::clone(&seen);
            move |request| {
                *seen.lock().unwrap() = Some(request.clone());
                Reply::json(200, &reply)
            }
        });
        let got = ask(&store_at(&server.url, "items", MINUTE), operation)
            .await
            .unwrap();
        assert_eq!(got, want, "{operation}");
        let seen = seen.lock().unwrap().take().unwrap();
        assert_eq!(
            seen.header("x-amz-target"),
            format!("DynamoDB_20120810.{operation}")
        );
        assert_eq!(seen.header("x-amz-security-token"), "token");
        assert!(
            seen.header("authorization")
                .starts_with("AWS4-HMAC-SHA256 Credential=key/")
        );
        assert_eq!(
            serde_json::from_str::<Value>(&seen.body).unwrap(),
            request,
            "{operation}"
        );
    }
}

#[tokio::test]
async fn reads_nothing() {
    let server = Server::start(|request| {
        assert!(
            !request.body.contains("ExclusiveStartKey"),
            "{}",
            request.body
        );
        Reply::json(200, &json!({}))
    });
    let store = store_at(&server.url, "items", MINUTE);
    assert!(matches!(store.get(ID).await, Err(StoreError::NotFound)));
    assert_eq!(store.list(20, None).await.unwrap(), (vec![], None));
    store.prime().await.unwrap(); // An absent item is warm enough.
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    NotFound,
    Unavailable,
    Unexpected,
}

fn kind(error: &StoreError) -> Kind {
    match error {
        StoreError::NotFound => Kind::NotFound,
        StoreError::Unavailable { .. } => Kind::Unavailable,
        StoreError::Unexpected { .. } => Kind::Unexpected,
    }
}

fn fault(status: u16, kind: &str) -> Reply {
    Reply::json(
        status,
        &json!({"__type": kind, "message": "words of DynamoDB"}),
    )
}

/// An answer of `DynamoDB` that is none, how often the store should ask before
/// it gives up, and what it should say.
type Fault = (&'static str, fn() -> Reply, usize, Kind);

#[tokio::test]
#[allow(clippy::too_many_lines)] // One table.
async fn tells_faults_apart() {
    let cases: [Fault; 15] = [
        (
            "throttled table",
            || {
                fault(
                    400,
                    "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
                )
            },
            3,
            Kind::Unavailable,
        ),
        (
            "throttled account",
            || fault(400, "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded"),
            3,
            Kind::Unavailable,
        ),
        (
            "throttled caller",
            || fault(400, "com.amazon.coral.availability#ThrottlingException"),
            3,
            Kind::Unavailable,
        ),
        (
            "out of service",
            || fault(503, "com.amazonaws.dynamodb.v20120810#ServiceUnavailable"),
            3,
            Kind::Unavailable,
        ),
        (
            "bad gateway",
            || Reply::text(502, "<html>"),
            3,
            Kind::Unavailable,
        ),
        ("reset", || Reply::HangUp(""), 3, Kind::Unavailable),
        (
            "reset within the answer",
            || Reply::HangUp("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"It"),
            3,
            Kind::Unavailable,
        ),
        ("slow", || Reply::Hold(""), 3, Kind::Unavailable),
        (
            "slow within the answer",
            || Reply::Hold("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
            3,
            Kind::Unavailable,
        ),
        (
            "JSON cut short",
            || Reply::text(200, "{\"Item\":{\"id\":{\"S\":\""),
            1,
            Kind::Unexpected,
        ),
        (
            "no JSON",
            || Reply::text(200, "<html>"),
            1,
            Kind::Unexpected,
        ),
        (
            "internal error",
            || fault(500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
            3,
            Kind::Unexpected,
        ),
        (
            "no such table",
            || {
                fault(
                    400,
                    "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                )
            },
            1,
            Kind::Unexpected,
        ),
        (
            "denied",
            || fault(400, "com.amazon.coral.service#AccessDeniedException"),
            1,
            Kind::Unexpected,
        ),
        (
            "condition",
            || {
                fault(
                    400,
                    "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                )
            },
            1,
            Kind::NotFound,
        ),
    ];
    for (name, reply, attempts, want) in cases {
        let mut checks = JoinSet::new();
        for operation in OPERATIONS {
            checks.spawn(check_fault(name, operation, reply, attempts, want));
        }
        checks.join_all().await;
    }
}

async fn check_fault(
    name: &str,
    operation: &str,
    reply: fn() -> Reply,
    attempts: usize,
    want: Kind,
) {
    let asked = Arc::new(AtomicUsize::new(0));
    let server = Server::start({
        let asked = Arc::clone(&asked);
        move |_| {
            asked.fetch_add(1, Ordering::Relaxed);
            reply()
        }
    });
    let slow = name.starts_with("slow");
    let timeout = if slow {
        Duration::from_millis(300)
    } else {
        MINUTE
    };
    let store = store_at(&server.url, "items", timeout);
    let error = ask(&store, operation).await.unwrap_err();
    assert_eq!(kind(&error), want, "{name}, {operation}: {}", chain(&error));
    // An attempt that was given up may not have been read by the server yet.
    let read_all = async {
        while asked.load(Ordering::Relaxed) < attempts {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let _ = tokio::time::timeout(MINUTE, read_all).await;
    assert_eq!(
        asked.load(Ordering::Relaxed),
        attempts,
        "{name}, {operation}"
    );
}

#[tokio::test]
async fn says_when_nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let store = store_at(&endpoint, "items", MINUTE);
    let error = store.prime().await.unwrap_err();
    assert_eq!(kind(&error), Kind::Unavailable, "{}", chain(&error));
}

#[tokio::test]
async fn survives_two_faults() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Reply::HangUp(""),
        _ => Reply::json(200, &json!({"Item": stored_item()})),
    });
    let store = store_at(&server.url, "items", MINUTE);
    assert_eq!(store.get(ID).await.unwrap(), item());
}

#[tokio::test]
async fn keeps_its_connection() {
    let server = Server::start(|_| Reply::json(200, &json!({"Item": stored_item()})));
    let store = store_at(&server.url, "items", MINUTE);
    for _ in 0..50 {
        store.get(ID).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn refuses_foreign_items() {
    for (name, value, want) in [
        (
            "name",
            Value::Null,
            "attribute name: got nothing, want a string",
        ),
        (
            "name",
            json!({"N": "1"}),
            "attribute name: got a number, want a string",
        ),
        (
            "price",
            json!({"S": "19.99"}),
            "attribute price: got a string, want a number",
        ),
        (
            "price",
            json!({"BOOL": true}),
            "attribute price: got another type, want a number",
        ),
    ] {
        let mut stored = stored_item();
        match value {
            Value::Null => stored.as_object_mut().unwrap().remove(name),
            value => stored.as_object_mut().unwrap().insert(name.into(), value),
        };
        let reply = json!({"Item": stored, "Items": [stored], "Attributes": stored});
        let server = Server::start(move |_| Reply::json(200, &reply));
        let store = store_at(&server.url, "items", MINUTE);
        for operation in ["GetItem", "Scan", "UpdateItem"] {
            let error = ask(&store, operation).await.unwrap_err();
            assert_eq!(kind(&error), Kind::Unexpected);
            assert!(
                chain(&error).ends_with(want),
                "{operation}: {}",
                chain(&error)
            );
        }
    }
}

#[tokio::test]
async fn has_the_same_settings_as_every_runtime() {
    let settings = Settings {
        table: "items".into(),
        region: "eu-west-1".into(),
        endpoint: None,
        attempt_timeout: Duration::from_secs(8),
        credentials: Some(Credentials::new("key", "secret", None, None, "test")),
    };
    let store = DynamoStore::new(settings);
    let client = store.client().unwrap();
    let config = client.config();
    assert_eq!(config.retry_config().unwrap().max_attempts(), 3);
    let timeouts = config.timeout_config().unwrap();
    assert_eq!(timeouts.connect_timeout(), Some(Duration::from_secs(2)));
    assert_eq!(
        timeouts.operation_attempt_timeout(),
        Some(Duration::from_secs(8))
    );
    assert!(
        std::ptr::eq(client, store.client().unwrap()),
        "one client for the whole process"
    );
}
