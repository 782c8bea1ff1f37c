//! What surrounds every request: the headers that all answers have, the counters
//! and the line in the log.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use crate::{
    PATH_PREFIX, RUNTIME,
    metrics::{Metrics, milliseconds},
    problem::{Cause, Problem},
};

/// The target of the lines that alarms read, which no level holds back.
pub const REQUESTS: &str = "requests";

const X_RUNTIME: HeaderName = HeaderName::from_static("x-runtime");
const X_COLD_START: HeaderName = HeaderName::from_static("x-cold-start");
const UNMATCHED: &str = "unmatched";

/// What the outside knows of a request: an extension that whoever takes the
/// request in puts there.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// Lambda's id of the invocation, which its own log lines have too.
    pub request_id: Option<String>,
    /// The peer's address. Headers that tell another one are the caller's own claim.
    pub source_ip: String,
}

/// Whether a request is the first of its environment, for its handler.
#[derive(Clone, Copy)]
pub struct Cold(pub bool);

/// The middleware around every route, and around what has none.
pub async fn observe(
    State(metrics): State<Arc<Metrics>>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let cold = metrics.begin();
    request.extensions_mut().insert(Cold(cold));
    let caller = request.extensions().get::<Caller>();
    let request_id = caller
        .and_then(|caller| caller.request_id.clone())
        .unwrap_or_else(|| Uuid::new_v4().to_string());
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();

    // No path of this API needs an escaped character, so that one is no route's.
    let (mut response, matched) = if request.uri().path().contains('%') {
        (Problem::UnknownPath.into_response(), None)
    } else {
        (next.run(request).await, matched)
    };
    let headers = response.headers_mut();
    let cold_start = HeaderValue::from_static(if cold { "true" } else { "false" });
    headers.insert(X_COLD_START, cold_start);
    for (name, value) in [
        (X_RUNTIME, RUNTIME),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }

    let took = start.elapsed();
    let route = route(matched.as_ref(), response.status());
    if route == UNMATCHED {
        metrics.end(UNMATCHED.to_owned(), took);
    } else {
        metrics.end(format!("{method} {route}"), took);
    }
    if let Some(Cause(error)) = response.extensions().get() {
        tracing::error!(
            requestId = request_id,
            error = &**error,
            "the request failed"
        );
    }
    tracing::info!(
        target: REQUESTS,
        requestId = request_id,
        method = method.as_str(),
        route,
        status = response.status().as_u16(),
        durationMs = milliseconds(took),
        coldStart = cold,
        "request"
    );
    response
}

/// Names the route without the prefix, as the API's description does. What has
/// no route, or not this method, is one, so that callers cannot make names up.
fn route(matched: Option<&MatchedPath>, status: StatusCode) -> &str {
    match matched.map(MatchedPath::as_str) {
        Some(route) if status != StatusCode::METHOD_NOT_ALLOWED => {
            route.strip_prefix(PATH_PREFIX).unwrap_or(route)
        }
        _ => UNMATCHED,
    }
}
