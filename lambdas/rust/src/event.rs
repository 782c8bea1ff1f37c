//! What `lambda_http` leaves to do between API Gateway's events and the router.
//! It refuses nothing: an event that is no REST proxy event never gets here.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::{
    body::Body,
    extract::Request,
    http::{Uri, header},
    response::Response,
};
use lambda_http::{Context, RequestExt, request::RequestContext};

use crate::respond::Caller;

/// How long before the function's timeout a call gives up, so that the caller
/// still gets an answer of ours.
const ANSWER_MARGIN: Duration = Duration::from_millis(500);

/// Turns an event's request into one for the router.
pub fn request(event: lambda_http::Request) -> Request {
    let (mut parts, body) = event.into_parts();
    let path = parts.extensions.raw_http_path();
    parts.uri = raw_uri(path, parts.uri.query());
    let caller = caller(
        parts.extensions.lambda_context_ref(),
        parts.extensions.request_context_ref(),
        SystemTime::now(),
    );
    parts.extensions.insert(caller);
    let body = match body {
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    };
    Request::from_parts(parts, body)
}

/// The path as it came: `lambda_http` parses it as a browser would, so that
/// `/items/../health` was `/health`. What is no path of HTTP at all becomes one
/// that no route has.
fn raw_uri(path: &str, query: Option<&str>) -> Uri {
    let target = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    Uri::builder()
        .path_and_query(target)
        .build()
        .unwrap_or_else(|_| Uri::from_static("/%"))
}

fn caller(
    invocation: Option<&Context>,
    request: Option<&RequestContext>,
    now: SystemTime,
) -> Caller {
    let source_ip = match request {
        Some(RequestContext::ApiGatewayV1(request)) => request.identity.source_ip.clone(),
        _ => None,
    };
    let time_left = invocation.map(|invocation| {
        let deadline = UNIX_EPOCH + Duration::from_millis(invocation.deadline);
        let left = deadline.duration_since(now).unwrap_or_default();
        left.saturating_sub(ANSWER_MARGIN)
    });
    Caller {
        request_id: invocation.map(|invocation| invocation.request_id.clone()),
        source_ip: source_ip.unwrap_or_default(),
        time_left,
    }
}

/// Tidies the router's answer: API Gateway counts for itself, and would show
/// our length under another name.
pub fn response(mut response: Response) -> Response {
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

#[cfg(test)]
mod tests;
