//! What surrounds every request: the headers that all answers have, the time
//! limit, the counters and the line in the log.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{
    app::{App, PATH_PREFIX, RUNTIME, Store},
    log::Level,
    metrics::milliseconds,
    problem::{Cause, Problem},
};

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
    /// How long the answer may take; `None` is for ever.
    pub time_left: Option<Duration>,
}

/// Where a request comes from, for its handler.
#[derive(Clone)]
pub struct SourceIp(pub String);

/// Whether a request is the first of its environment, for its handler.
#[derive(Clone, Copy)]
pub struct Cold(pub bool);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestLine<'a> {
    request_id: &'a str,
    method: &'a str,
    route: &'a str,
    status: u16,
    duration_ms: f64,
    cpu_ms: f64,
    rss_bytes: u64,
    cold_start: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailureLine<'a> {
    request_id: &'a str,
    error: &'a str,
}

/// The middleware around every route, and around what has none.
pub async fn observe<S: Store>(
    State(app): State<Arc<App<S>>>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = app.clock.uptime();
    let (user, system) = app.meter.cpu();
    let cpu_before = user + system;
    let cold = app.metrics.begin();
    let caller: Caller = request.extensions_mut().remove().unwrap_or_default();
    let request_id = caller.request_id.unwrap_or_else(|| (app.new_id)());
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(SourceIp(caller.source_ip));
    request.extensions_mut().insert(Cold(cold));

    let mut response = answer(request, next, caller.time_left).await;

    let headers = response.headers_mut();
    headers.insert(X_RUNTIME, HeaderValue::from_static(RUNTIME));
    headers.insert(
        X_COLD_START,
        HeaderValue::from_static(if cold { "true" } else { "false" }),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );

    let now = app.clock.now();
    let took = app.clock.uptime().saturating_sub(start);
    let route = route(matched.as_ref(), response.status());
    app.metrics.end(&counter(&method, route), took);
    if let Some(Cause(cause)) = response.extensions().get() {
        let failure = FailureLine {
            request_id: &request_id,
            error: cause,
        };
        app.log
            .write(now, Level::Error, "the request failed", &failure);
    }
    let (user, system) = app.meter.cpu();
    let line = RequestLine {
        request_id: &request_id,
        method: method.as_str(),
        route,
        status: response.status().as_u16(),
        duration_ms: milliseconds(took),
        cpu_ms: milliseconds((user + system).saturating_sub(cpu_before)),
        rss_bytes: app.meter.rss(),
        cold_start: cold,
    };
    app.log.always(now, Level::Info, "request", &line);
    response
}

async fn answer(request: Request, next: Next, time_left: Option<Duration>) -> Response {
    // No path of this API needs an escaped character.
    if request.uri().path().contains('%') {
        return Problem::UnknownPath.into_response();
    }
    let Some(time_left) = time_left else {
        return next.run(request).await;
    };
    // Only the database makes a handler wait.
    tokio::time::timeout(time_left, next.run(request))
        .await
        .unwrap_or_else(|late| Problem::DatabaseDown(late.into()).into_response())
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

fn counter(method: &Method, route: &str) -> String {
    if route == UNMATCHED {
        UNMATCHED.to_owned()
    } else {
        format!("{method} {route}")
    }
}

/// An answer of JSON.
pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| Problem::Unexpected(error.into()))?;
    let content_type = HeaderValue::from_static("application/json");
    Ok((status, [(header::CONTENT_TYPE, content_type)], body).into_response())
}
