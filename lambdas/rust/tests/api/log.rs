use items::store::StoreError;
use serde_json::json;
use tracing::{Dispatch, dispatcher};

use crate::testing::{FakeStore, Lines, call, test_app};

pub fn stock(level: &str, lines: &Lines) -> Dispatch {
    let lines = lines.clone();
    items::log::subscriber(level, move || lines.clone()).into()
}

fn tuned(level: &str, lines: &Lines) -> Dispatch {
    tuned::log::subscriber(level, lines.clone()).into()
}

#[tokio::test]
async fn logs_a_line_for_every_request_at_any_level() {
    for log in [stock, tuned] {
        let router = test_app(FakeStore::failing(|| StoreError::Unexpected {
            doing: "ask",
            source: "cause".into(),
        }));
        let lines = Lines::default();
        let _guard = dispatcher::set_default(&log("ERROR", &lines));
        call(&router, "GET /rust/items", "").await;
        call(&router, "GET /unknown", "").await;
        let mut got = lines.json();
        for line in &mut got {
            let line = line.as_object_mut().unwrap();
            let at = line.remove("timestamp").unwrap();
            humantime::parse_rfc3339(at.as_str().unwrap()).unwrap();
            let took = line.remove("durationMs");
            assert_eq!(
                took.is_some_and(|took| took.is_number()),
                line["message"] == "request"
            );
            let id = line.remove("requestId").unwrap();
            assert_eq!(id.as_str().unwrap().len(), 36);
        }
        let want = [
            json!({"level": "ERROR", "message": "the request failed", "error": "ask: cause"}),
            json!({"level": "INFO", "message": "request", "method": "GET", "route": "/items", "status": 500, "coldStart": true}),
            json!({"level": "INFO", "message": "request", "method": "GET", "route": "unmatched", "status": 404, "coldStart": false}),
        ];
        assert_eq!(got, want);
    }
}

#[test]
fn writes_from_its_level_on() {
    for log in [stock, tuned] {
        for (name, want) in [
            ("DEBUG", 4),
            ("debug", 4),
            ("INFO", 3),
            ("loud", 3),
            ("WARN", 2),
            ("ERROR", 1),
            ("FATAL", 1),
        ] {
            let lines = Lines::default();
            dispatcher::with_default(&log(name, &lines), || {
                tracing::debug!(number = -1, "d");
                tracing::info!("i");
                tracing::warn!("w");
                tracing::error!(error = "line\nfeed", "e");
                tracing::info_span!("span").in_scope(|| ());
            });
            let got = lines.json();
            assert_eq!(got.len(), want, "{name}");
            assert_eq!(got[want - 1]["error"], "line\nfeed");
        }
    }
}
