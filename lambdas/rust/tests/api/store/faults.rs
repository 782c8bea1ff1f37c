//! What the store makes of a database that fails.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use items::{
    problem::chain,
    store::{Store, StoreError},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    MINUTE, OPERATIONS, ask,
    server::{Reply, Server},
    store_at, stored_item,
};
use crate::testing::{ID, item};

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
    let error = store.get(ID).await.unwrap_err();
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
