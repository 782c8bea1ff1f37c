mod database;
mod faults;
mod server;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use items::{
    model::Item,
    settings::Settings,
    store::{DynamoStore, Store, StoreError, retries, timeouts},
};
use serde_json::{Value, json};
use tracing::dispatcher;

use self::server::{Reply, Server};
use crate::{
    log,
    testing::{EXPIRES_SECONDS, ID, Lines, NOW, expires, fields, item},
};

const MINUTE: Duration = Duration::from_mins(1);

fn stored_item() -> Value {
    json!({
        "id": {"S": ID}, "name": {"S": "Widget"}, "description": {"S": "<b>"}, "price": {"N": "19.99"},
        "runtime": {"S": "rust"}, "sourceIp": {"S": "192.0.2.1"}, "createdAt": {"S": NOW}, "updatedAt": {"S": NOW},
        "expiresAt": {"N": EXPIRES_SECONDS.to_string()},
    })
}

fn settings(table: &str, attempt_timeout: Duration) -> Settings {
    let milliseconds = attempt_timeout.as_millis().to_string();
    let settings = Settings::read(|name| match name {
        "TABLE_NAME" => Some(table.to_owned()),
        "DYNAMODB_ATTEMPT_TIMEOUT_MS" => Some(milliseconds.clone()),
        _ => None,
    });
    settings.unwrap()
}

/// A store that does not wait between attempts.
fn store_at(endpoint: &str, table: &str, attempt_timeout: Duration) -> DynamoStore {
    let token = Some("token".into());
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("key", "secret", token, None, "test"))
        .retry_config(retries().with_max_backoff(Duration::from_millis(1)));
    DynamoStore::new(&settings(table, attempt_timeout), move |attempt| {
        let config = config.clone().timeout_config(timeouts(attempt));
        let client = Client::from_conf(config.build());
        Box::pin(async { client })
    })
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
async fn has_the_same_settings_as_every_runtime() {
    for connect in [items::client::connect, tuned::client::connect] {
        let store = DynamoStore::new(&settings("items", Duration::from_secs(8)), connect);
        let client = store.client().await;
        let config = client.config();
        assert_eq!(config.retry_config().unwrap().max_attempts(), 3);
        let timeouts = config.timeout_config().unwrap();
        assert_eq!(timeouts.connect_timeout(), Some(Duration::from_secs(2)));
        let attempt = timeouts.operation_attempt_timeout();
        assert_eq!(attempt, Some(Duration::from_secs(8)));
        let again = store.client().await;
        assert!(
            std::ptr::eq(client, again),
            "one client for the whole process"
        );
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_primed_is_told() {
    let server = Server::start(|_| Reply::text(400, "{}"));
    let lines = Lines::default();
    let _guard = dispatcher::set_default(&log::stock("INFO", &lines));
    store_at(&server.url, "items", MINUTE).prime().await;
    let got = &lines.json()[0];
    assert_eq!(got["level"], "WARN");
    assert_eq!(got["message"], "the store could not be primed");
    assert!(
        got["error"].as_str().unwrap().starts_with("get item: "),
        "{got}"
    );
}
