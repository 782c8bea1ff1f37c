//! What is refused, and in which order it is judged.

use crate::app::{
    BODY, LIMIT, MEDIA_TYPE, METHOD, NEXT_TOKEN, NO_ITEM, SIZE, UNKNOWN, check, check_problem,
};
use crate::testing::{FakeStore, ID, call, call_with, item, test_app};

#[tokio::test]
async fn judges_queries_before_the_store() {
    let token = "AAAAAAAAQACAAAAAAAAAAQ"; // Of 00000000-0000-4000-8000-000000000001.
    for (query, want) in [
        ("limit=".to_owned(), LIMIT),
        ("limit".to_owned(), LIMIT),
        ("limit=0".to_owned(), LIMIT),
        ("limit=101".to_owned(), LIMIT),
        ("limit=256".to_owned(), LIMIT),
        ("limit=%2B5".to_owned(), LIMIT),
        ("limit=05".to_owned(), LIMIT),
        ("limit=1&limit=1".to_owned(), LIMIT),
        ("limit=%FF".to_owned(), LIMIT),
        ("limit=x&nextToken=x".to_owned(), LIMIT),
        ("nextToken=".to_owned(), NEXT_TOKEN),
        ("nextToken".to_owned(), NEXT_TOKEN),
        ("nextToken=AAAA".to_owned(), NEXT_TOKEN),
        (format!("nextToken={token}%3D%3D"), NEXT_TOKEN),
        (format!("nextToken={}R", &token[..21]), NEXT_TOKEN),
        (format!("nextToken={token}&nextToken={token}"), NEXT_TOKEN),
    ] {
        let store = FakeStore::default();
        let router = test_app(store.clone());
        check_problem(
            &query,
            &call(&router, &format!("GET /items?{query}"), "").await,
            want,
        );
        assert!(store.asked.lock().unwrap().is_empty(), "{query}");
    }
    for (query, asked) in [
        ("", "list 20 after None"),
        ("?Limit=0&page=2", "list 20 after None"),
        ("?limi%74=%31", "list 1 after None"),
        (
            "?limit=100&nextToken=AAAAAAAAQACAAAAAAAAAAQ",
            "list 100 after Some(\"00000000-0000-4000-8000-000000000001\")",
        ),
    ] {
        let store = FakeStore::default();
        let router = test_app(store.clone());
        check(
            query,
            &call(&router, &format!("GET /items{query}"), "").await,
            200,
            r#"{"items":[]}"#,
        );
        assert_eq!(*store.asked.lock().unwrap(), [asked]);
    }
}

#[tokio::test]
async fn judges_paths_as_they_are_written() {
    let router = test_app(FakeStore::default());
    for path in [
        "/",
        "/unknown",
        "/items/",
        "//items",
        "/Items",
        "/it%65ms",
        "/rust",
        "/rust/",
        "/rustitems",
        "/rust//items",
        "/rust/rust/items",
        "/go/items",
        "/health/live",
        "/items/%41",
        "/docs",
        &format!("/items/{ID}/"),
        &format!("/items/{ID}/price"),
    ] {
        for method in ["GET", "POST", "PATCH", "OPTIONS"] {
            let target = format!("{method} {path}");
            check_problem(&target, &call(&router, &target, "").await, UNKNOWN);
        }
    }
}

#[tokio::test]
async fn names_the_methods_that_it_knows() {
    let router = test_app(FakeStore::with([item()]));
    let path = format!("/items/{ID}");
    for (path, allow, others) in [
        ("/items", "GET, POST", ["PUT", "DELETE", "PATCH", "OPTIONS"]),
        (
            path.as_str(),
            "GET, PUT, DELETE",
            ["POST", "PATCH", "OPTIONS", "TRACE"],
        ),
        (
            "/items/no-id",
            "GET, PUT, DELETE",
            ["POST", "PATCH", "OPTIONS", "TRACE"],
        ),
        ("/health", "GET", ["POST", "PUT", "DELETE", "OPTIONS"]),
        ("/metrics", "GET", ["POST", "PUT", "DELETE", "X-ANY"]),
    ] {
        for prefix in ["", "/rust"] {
            for method in others {
                let target = format!("{method} {prefix}{path}");
                let got = call(&router, &target, "").await;
                check_problem(&target, &got, METHOD);
                assert_eq!(got.header("allow"), Some(allow), "{target}");
            }
            let target = format!("HEAD {prefix}{path}");
            let got = call(&router, &target, "").await;
            check(&target, &got, 405, "");
            assert_eq!(got.header("allow"), Some(allow), "{target}");
        }
    }
}

#[tokio::test]
async fn judges_ids_before_bodies() {
    let store = FakeStore::default();
    let router = test_app(store.clone());
    for id in [
        "x",
        "576E85E6-60A5-45E3-88C6-BE8CE5F871FC",
        "576e85e660a545e388c6be8ce5f871fc",
        "urn:uuid:576e85e6-60a5-45e3-88c6-be8ce5f871fc",
        "576e85e6-60a5-45e3-88c6-be8ce5f871f",
    ] {
        for method in ["GET", "PUT", "DELETE"] {
            let target = format!("{method} /items/{id}");
            check_problem(
                &target,
                &call_with(&router, &target, "x", &[]).await,
                NO_ITEM,
            );
        }
    }
    assert!(store.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn judges_media_type_size_and_body_in_this_order() {
    let large = " ".repeat(65_537);
    let fitting = format!(r#"{{"name":"x","price":1}}{}"#, " ".repeat(65_536 - 22));
    let json = ("content-type", "application/json");
    for (headers, body, want) in [
        (&[][..], large.as_str(), MEDIA_TYPE),
        (&[("content-type", "text/plain")], &large, MEDIA_TYPE),
        (&[("content-type", "application/jsonx")], "x", MEDIA_TYPE),
        (
            &[("content-type", "application/json, text/plain")],
            "x",
            MEDIA_TYPE,
        ),
        (&[json, ("content-encoding", "identity")], "x", MEDIA_TYPE),
        (&[json], &large, SIZE),
        (&[json], "", BODY),
        (&[json], "x", BODY),
        (
            &[("content-type", "Application/JSON ; charset=x")],
            "x",
            BODY,
        ),
    ] {
        let store = FakeStore::default();
        let router = test_app(store.clone());
        for target in ["POST /items".to_owned(), format!("PUT /items/{ID}")] {
            let got = call_with(&router, &target, body.to_owned(), headers).await;
            check_problem(&format!("{target} {headers:?}"), &got, want);
        }
        assert!(store.asked.lock().unwrap().is_empty());
    }
    let router = test_app(FakeStore::default());
    assert_eq!(call(&router, "POST /items", &fitting).await.status, 201);
}

#[tokio::test]
async fn names_the_invalid_fields_in_order() {
    let router = test_app(FakeStore::default());
    let want = r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"One or more fields are invalid.","errors":[{"field":"name","message":"must be a string of 1 to 100 characters"},{"field":"description","message":"must be a string of at most 1000 characters"},{"field":"price","message":"must be a number from 0 to 1000000 with at most 2 decimal places"}]}"#;
    let body = r#"{"price":-1,"description":1,"name":""}"#;
    check("all", &call(&router, "POST /items", body).await, 400, want);
}
