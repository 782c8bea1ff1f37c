use items::store::StoreError;
use serde_json::{Value, json};
use tracing::dispatcher;

use crate::{
    log,
    testing::{Answer, FakeStore, ID, ITEM, Lines, call, expires, item, problem, test_app},
};

pub const UNKNOWN: (u16, &str, &str) = (404, "Not Found", "The requested resource does not exist.");
pub const NO_ITEM: (u16, &str, &str) = (404, "Not Found", "The item does not exist.");
pub const METHOD: (u16, &str, &str) = (
    405,
    "Method Not Allowed",
    "The method is not allowed for this resource.",
);
pub const MEDIA_TYPE: (u16, &str, &str) = (
    415,
    "Unsupported Media Type",
    "The request body must be application/json without a content encoding.",
);
pub const SIZE: (u16, &str, &str) = (
    413,
    "Content Too Large",
    "The request body must not exceed 65536 bytes.",
);
pub const BODY: (u16, &str, &str) = (
    400,
    "Bad Request",
    "The request body must be a JSON object with no other fields than name, description and price.",
);
pub const LIMIT: (u16, &str, &str) = (
    400,
    "Bad Request",
    "The limit must be an integer from 1 to 100.",
);
pub const NEXT_TOKEN: (u16, &str, &str) = (400, "Bad Request", "The nextToken is not valid.");
const DOWN: (u16, &str, &str) = (
    503,
    "Service Unavailable",
    "The database is not available, try again later.",
);
const UNEXPECTED: (u16, &str, &str) = (
    500,
    "Internal Server Error",
    "An unexpected error occurred.",
);

pub fn check_problem(what: &str, got: &Answer, (status, title, detail): (u16, &str, &str)) {
    check(what, got, status, &problem(status, title, detail));
}

/// Compares an answer, and the headers that every answer has.
pub fn check(what: &str, got: &Answer, status: u16, body: &str) {
    assert_eq!((got.status, got.body.as_str()), (status, body), "{what}");
    let content_type = match status {
        204 => None,
        400.. => Some("application/problem+json"),
        _ => Some("application/json"),
    };
    assert_eq!(got.header("content-type"), content_type, "{what}");
    assert_eq!(got.header("x-runtime"), Some("rust"), "{what}");
    assert_eq!(got.header("cache-control"), Some("no-store"), "{what}");
    assert_eq!(
        got.header("x-content-type-options"),
        Some("nosniff"),
        "{what}"
    );
    assert_eq!(got.header("allow").is_some(), status == 405, "{what}");
    let retry_after = (status == 503).then_some("1");
    assert_eq!(got.header("retry-after"), retry_after, "{what}");
}

#[tokio::test]
async fn creates_an_item() {
    let store = FakeStore::default();
    let router = test_app(store.clone());
    let body = r#"{"price":19.990,"name":" Widget\n","description":"<b>"}"#;
    let got = call(&router, "POST /items", body).await;
    check("create", &got, 201, ITEM);
    assert_eq!(got.header("location"), Some(format!("items/{ID}").as_str()));
    assert_eq!(
        store.items.lock().unwrap()[ID],
        (item(), expires() + std::time::Duration::from_millis(789))
    );
}

#[tokio::test]
async fn reads_replaces_and_deletes_an_item() {
    let router = test_app(FakeStore::with([item()]));
    let replaced = ITEM
        .replace("Widget", "B")
        .replace("<b>", "")
        .replace("19.99", "100");
    for prefix in ["", "/rust"] {
        let router = test_app(FakeStore::with([item()]));
        let path = format!("{prefix}/items/{ID}");
        check(
            "get",
            &call(&router, &format!("GET {path}"), "").await,
            200,
            ITEM,
        );
        let body = r#"{"name":"B","description":null,"price":1e2}"#;
        let got = call(&router, &format!("PUT {path}"), body).await;
        check("put", &got, 200, &replaced);
        check(
            "delete",
            &call(&router, &format!("DELETE {path}"), "").await,
            204,
            "",
        );
        for again in ["GET", "DELETE"] {
            let got = call(&router, &format!("{again} {path}"), "").await;
            check_problem(again, &got, NO_ITEM);
        }
        let got = call(&router, &format!("PUT {path}"), body).await;
        check_problem("put", &got, NO_ITEM);
    }
    let list = call(&router, "GET /items", "ignored").await;
    check("list", &list, 200, &format!(r#"{{"items":[{ITEM}]}}"#));
}

#[tokio::test]
async fn walks_through_pages() {
    let ids = [
        "00000000-0000-4000-8000-000000000001",
        "ffffffff-ffff-4fff-bfff-ffffffffffff",
        ID,
    ];
    let store = FakeStore::with(ids.map(|id| {
        let mut item = item();
        item.id = id.into();
        item
    }));
    let router = test_app(store.clone());
    let mut seen = Vec::new();
    let mut query = "limit=1".to_owned();
    for _ in 0..=ids.len() {
        let got = call(&router, &format!("GET /rust/items?{query}"), "").await;
        let page: serde_json::Value = serde_json::from_str(&got.body).unwrap();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].clone()),
        );
        let Some(token) = page["nextToken"].as_str() else {
            break;
        };
        assert_eq!(token.len(), 22);
        query = format!("limit=1&nextToken={token}");
    }
    seen.sort_by_key(ToString::to_string);
    assert_eq!(json!(seen), json!([ids[0], ids[2], ids[1]]));
    assert_eq!(store.asked.lock().unwrap()[0], "list 1 after None");
}

#[tokio::test]
async fn tells_a_database_that_is_away_from_other_failures() {
    let cases: [(fn() -> StoreError, _); 3] = [
        (
            || StoreError::Unavailable {
                doing: "ask",
                source: "secret".into(),
            },
            DOWN,
        ),
        (
            || StoreError::Unexpected {
                doing: "ask",
                source: "secret".into(),
            },
            UNEXPECTED,
        ),
        (|| StoreError::NotFound, NO_ITEM),
    ];
    for (failure, want) in cases {
        let router = test_app(FakeStore::failing(failure));
        let lines = Lines::default();
        let _guard = dispatcher::set_default(&log::stock("INFO", &lines));
        let item = format!("/items/{ID}");
        for target in [
            format!("GET {item}"),
            format!("PUT {item}"),
            format!("DELETE {item}"),
            "GET /items".into(),
            "POST /items".into(),
        ] {
            let got = call(&router, &target, r#"{"name":"x","price":1}"#).await;
            check_problem(&target, &got, want);
        }
        let text = lines.text();
        assert_eq!(text.contains("secret"), want.0 >= 500, "{text}");
    }
}

#[tokio::test]
async fn refuses_a_key_that_makes_no_token() {
    let mut foreign = item();
    foreign.id = "foreign".into();
    let router = test_app(FakeStore::with([foreign]));
    let got = call(&router, "GET /items?limit=1", "").await;
    check_problem("list", &got, UNEXPECTED);
}

#[tokio::test]
async fn tells_its_health() {
    let router = test_app(FakeStore::failing(|| StoreError::NotFound));
    for (target, cold) in [("GET /rust/health?x=1", true), ("GET /health", false)] {
        let got = call(&router, target, "").await;
        let body: serde_json::Value = serde_json::from_str(&got.body).unwrap();
        assert_eq!(body["status"], "ok");
        assert_eq!(body["runtime"], "rust");
        assert_eq!(body["version"], "1.2.3");
        assert_eq!(body["coldStart"], cold);
        assert_eq!(body["memoryLimitMb"], 1769);
        assert!(
            body["runtimeVersion"].as_str().unwrap().starts_with("1."),
            "{body}"
        );
        assert!(
            body["framework"].as_str().unwrap().starts_with("axum 0.8."),
            "{body}"
        );
        assert_eq!(
            got.header("x-cold-start"),
            Some(if cold { "true" } else { "false" })
        );
    }
}

#[tokio::test]
async fn shows_metrics() {
    let router = test_app(FakeStore::default());
    for target in [
        "GET /items",
        "GET /rust/items",
        "GET /items/x",
        "PATCH /items",
        "GET /nothing",
        "PATCH /items/%41",
    ] {
        call(&router, target, "").await;
    }
    let got = call(&router, "GET /metrics", "").await;
    let mut body: Value = serde_json::from_str(&got.body).unwrap();
    assert_eq!(body["invocations"], 7);
    assert_eq!(body["coldStart"], false);
    assert_eq!(body["memory"]["limitBytes"], 1769 << 20);
    for (of, name) in [
        ("memory", "rssBytes"),
        ("memory", "rssAfterInitBytes"),
        ("memory", "peakRssBytes"),
        ("cpu", "userMs"),
        ("cpu", "systemMs"),
    ] {
        assert!(body[of][name].is_u64(), "{name}: {body}");
    }
    let figures_by_route = body["routes"].as_object_mut().unwrap();
    for figures in figures_by_route.values_mut() {
        let latency = figures["latencyMs"].take();
        assert!(
            latency["p50"].as_f64() <= latency["p99"].as_f64(),
            "{latency}"
        );
    }
    let counts = json!({
        "GET /items": {"count": 2, "latencyMs": null},
        "GET /items/{id}": {"count": 1, "latencyMs": null},
        "unmatched": {"count": 3, "latencyMs": null},
    });
    assert_eq!(body["routes"], counts);
}
