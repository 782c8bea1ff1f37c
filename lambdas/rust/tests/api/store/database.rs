//! The store against a real implementation of `DynamoDB`, in a table of its own.

use std::{collections::BTreeMap, env, time::Duration};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType, TableStatus,
};
use items::{
    model::valid_price,
    store::{DynamoStore, Store, StoreError},
};
use serde_json::Value;
use uuid::Uuid;

use super::store_at;
use crate::testing::{EXPIRES_SECONDS, ID, ITEM, call, expires, fields, item, problem, test_app};

fn store_of(table: &str) -> DynamoStore {
    let endpoint = env::var("TEST_DYNAMODB_ENDPOINT").unwrap_or_else(|_| {
        panic!("TEST_DYNAMODB_ENDPOINT is not set: start a local DynamoDB (npx dynalite --port 8000) and set it to http://127.0.0.1:8000")
    });
    store_at(&endpoint, table, Duration::from_secs(8))
}

/// A store with an empty table, which the test drops at its end. A test that
/// fails leaves it behind, as it leaves the whole database to whoever started it.
async fn new_table() -> (DynamoStore, String) {
    let table = format!("rust-{}", Uuid::new_v4());
    let store = store_of(&table);
    let client = store.client().await;
    let id = AttributeDefinition::builder().attribute_name("id");
    let key = KeySchemaElement::builder().attribute_name("id");
    client
        .create_table()
        .table_name(&table)
        .attribute_definitions(id.attribute_type(ScalarAttributeType::S).build().unwrap())
        .key_schema(key.key_type(KeyType::Hash).build().unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
    // It takes as long as it takes: a database that never gets there ends with
    // the test runner's own limit.
    loop {
        let described = client
            .describe_table()
            .table_name(&table)
            .send()
            .await
            .unwrap();
        if described.table().and_then(|table| table.table_status()) == Some(&TableStatus::Active) {
            return (store, table);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn drop_table(store: &DynamoStore, table: &str) {
    let client = store.client().await;
    client
        .delete_table()
        .table_name(table)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn lives_the_life_of_an_item() {
    let (store, table) = new_table().await;
    store.prime().await;
    let mut want = item();
    want.description.clear(); // DynamoDB takes empty strings in all but keys.
    want.source_ip.clear();
    store.put(&want, expires()).await.unwrap();
    assert_eq!(store.get(ID).await.unwrap(), want);

    let changed = fields("Ünï\n😀", "d", 0.1);
    want.name.clone_from(&changed.name);
    want.description.clone_from(&changed.description);
    want.price = changed.price;
    want.updated_at = "later".into();
    assert_eq!(store.update(ID, &changed, "later").await.unwrap(), want);
    assert_eq!(store.get(ID).await.unwrap(), want);
    let get = store.client().await.get_item().table_name(&table);
    let raw = get
        .key("id", AttributeValue::S(ID.into()))
        .send()
        .await
        .unwrap();
    let kept = raw.item().unwrap()["expiresAt"].as_n().unwrap().clone();
    assert_eq!(kept, EXPIRES_SECONDS.to_string());

    store.delete(ID).await.unwrap();
    assert!(matches!(store.delete(ID).await, Err(StoreError::NotFound)));
    assert!(matches!(store.get(ID).await, Err(StoreError::NotFound)));
    let updated = store.update(ID, &changed, "now").await;
    assert!(matches!(updated, Err(StoreError::NotFound)));
    // An update never creates.
    assert_eq!(store.list(100, None).await.unwrap(), (vec![], None));
    drop_table(&store, &table).await;
}

#[tokio::test]
async fn keeps_prices() {
    let (store, table) = new_table().await;
    for price in [
        "0",
        "-0",
        "0.01",
        "0.1",
        "19.990",
        "1e2",
        "999999.99",
        "1000000",
    ] {
        let mut want = item();
        want.price = valid_price(price.parse().unwrap()).unwrap();
        store.put(&want, expires()).await.unwrap();
        assert_eq!(store.get(ID).await.unwrap(), want, "{price}");
    }
    drop_table(&store, &table).await;
}

/// Pages of any size show every item once, through the whole API.
#[tokio::test]
async fn walks_through_pages() {
    let (store, table) = new_table().await;
    let mut want = BTreeMap::new();
    for _ in 0..7 {
        let mut item = item();
        item.id = Uuid::new_v4().to_string();
        store.put(&item, expires()).await.unwrap();
        want.insert(item.id, 1);
    }
    let router = test_app(store_of(&table));
    for limit in [1, 2, 3, 6, 7, 100] {
        let mut seen = BTreeMap::new();
        let mut query = format!("limit={limit}");
        for _ in 0..=want.len() {
            let got = call(&router, &format!("GET /rust/items?{query}"), "").await;
            assert_eq!(got.status, 200, "{}", got.body);
            let page: Value = serde_json::from_str(&got.body).unwrap();
            for item in page["items"].as_array().unwrap() {
                *seen
                    .entry(item["id"].as_str().unwrap().to_owned())
                    .or_insert(0) += 1;
            }
            let Some(token) = page["nextToken"].as_str() else {
                break;
            };
            query = format!("limit={limit}&nextToken={token}");
        }
        assert_eq!(seen, want, "limit {limit}");
    }
    drop_table(&store, &table).await;
}

#[tokio::test]
async fn answers_through_the_api() {
    let (store, table) = new_table().await;
    let router = test_app(store_of(&table));
    let item = ITEM.replace("<b>", "");
    let other = item.replace("Widget", "B").replace("19.99", "0");
    let missing = problem(404, "Not Found", "The item does not exist.");
    let path = format!("/items/{ID}");
    for (target, body, status, want) in [
        (format!("GET {path}"), "", 404, missing.clone()),
        (
            "POST /items".into(),
            r#"{"name":"Widget","price":19.990}"#,
            201,
            item.clone(),
        ),
        (format!("GET /rust{path}"), "", 200, item.clone()),
        (
            "GET /items".into(),
            "",
            200,
            format!(r#"{{"items":[{item}]}}"#),
        ),
        (
            format!("PUT {path}"),
            r#"{"name":"B","description":null,"price":-0}"#,
            200,
            other,
        ),
        (format!("DELETE {path}"), "", 204, String::new()),
        (format!("DELETE {path}"), "", 404, missing.clone()),
        (
            format!("PUT {path}"),
            r#"{"name":"B","price":1}"#,
            404,
            missing,
        ),
        ("GET /items".into(), "", 200, r#"{"items":[]}"#.into()),
    ] {
        let got = call(&router, &target, body).await;
        assert_eq!((got.status, got.body), (status, want), "{target}");
    }
    drop_table(&store, &table).await;
}

#[tokio::test]
async fn a_missing_table_is_nobodys_item() {
    let (store, table) = new_table().await;
    let missing = store_of("rust-missing");
    let error = missing.get(ID).await.unwrap_err();
    assert!(matches!(error, StoreError::Unexpected { .. }), "{error:?}");
    drop_table(&store, &table).await;
}
