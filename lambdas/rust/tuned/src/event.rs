//! API Gateway's REST proxy events, payload format 1.0, for the router. It
//! refuses other events. Answers are never base64: the router writes text.
//!
//! `lambda_http` does this for more kinds of events, but panics at a `Host` that
//! is no domain, normalises paths, and reads every event twice.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{self, HeaderMap, HeaderName, HeaderValue, Method, Uri, header::CONTENT_LENGTH},
    response::Response,
};
use base64::{DecodeError, Engine, prelude::BASE64_STANDARD};
use items::{observe::Caller, problem::BoxError};
use lambda_runtime::{LambdaEvent, service_fn, tower::ServiceExt};
use serde::{Deserialize, Serialize, Serializer};

type Single = BTreeMap<String, String>;
type Multi = BTreeMap<String, Vec<String>>;

/// What a request is made from.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProxyEvent {
    http_method: String,
    path: String, // Still percent-encoded.
    headers: Option<Single>,
    multi_value_headers: Option<Multi>,
    query_string_parameters: Option<Single>,
    multi_value_query_string_parameters: Option<Multi>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: RequestContext,
}

#[derive(Deserialize)]
struct RequestContext {
    identity: Identity,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    source_ip: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProxyAnswer {
    status_code: u16,
    #[serde(serialize_with = "multi_value")]
    multi_value_headers: HeaderMap,
    body: String,
    is_base64_encoded: bool,
}

pub async fn run(router: Router) -> Result<(), BoxError> {
    lambda_runtime::run(service_fn(|event| answer(router.clone(), event))).await
}

/// Answers one event.
pub async fn answer(
    router: Router,
    event: LambdaEvent<ProxyEvent>,
) -> Result<ProxyAnswer, BoxError> {
    let request = request(event.payload, event.context.request_id)?;
    let Ok(response) = router.oneshot(request).await;
    proxy_answer(response).await
}

fn request(event: ProxyEvent, request_id: String) -> Result<Request, BoxError> {
    let mut request = Request::new(body(event.body, event.is_base64_encoded)?);
    *request.method_mut() = Method::try_from(event.http_method.as_str())?;
    let query = multi(
        event.multi_value_query_string_parameters,
        event.query_string_parameters,
    );
    *request.uri_mut() = uri(&event.path, &query)?;
    *request.headers_mut() = headers(multi(event.multi_value_headers, event.headers));
    request.extensions_mut().insert(Caller {
        request_id: Some(request_id),
        source_ip: event.request_context.identity.source_ip.unwrap_or_default(),
    });
    Ok(request)
}

fn body(body: Option<String>, is_base64: bool) -> Result<Body, DecodeError> {
    match body {
        None => Ok(Body::empty()),
        Some(text) if is_base64 => Ok(BASE64_STANDARD.decode(text)?.into()),
        Some(text) => Ok(text.into()),
    }
}

/// The map of single values only repeats that of multiple ones.
fn multi(multi: Option<Multi>, single: Option<Single>) -> Multi {
    multi.unwrap_or_else(|| {
        let single = single.unwrap_or_default().into_iter();
        single.map(|(name, value)| (name, vec![value])).collect()
    })
}

/// The path as it came, save that `~` stands for whatever a URI must not have:
/// no route and no id has either.
pub fn uri(path: &str, query: &BTreeMap<String, Vec<String>>) -> Result<Uri, http::Error> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%/".contains(c);
    let tame = |c| if legal(c) { c } else { '~' };
    let mut target: String = path.chars().map(tame).collect();
    if !query.is_empty() {
        target.push('?');
        let start = target.len();
        let mut encoder = form_urlencoded::Serializer::for_suffix(target, start);
        for (name, values) in query {
            encoder.extend_pairs(values.iter().map(|value| (name, value)));
        }
        target = encoder.finish();
    }
    Uri::builder().path_and_query(target).build()
}

/// What is no header of HTTP is left out.
fn headers(lines: Multi) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(lines.len());
    for (name, values) in lines {
        let Ok(name) = HeaderName::try_from(name) else {
            continue;
        };
        for value in values {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.append(&name, value);
            }
        }
    }
    headers
}

async fn proxy_answer(response: Response) -> Result<ProxyAnswer, BoxError> {
    let (mut head, body) = response.into_parts();
    // API Gateway counts for itself, and would show ours renamed.
    head.headers.remove(CONTENT_LENGTH);
    let body = to_bytes(body, usize::MAX).await?;
    Ok(ProxyAnswer {
        status_code: head.status.as_u16(),
        multi_value_headers: head.headers,
        body: String::from_utf8(body.into())?,
        is_base64_encoded: false,
    })
}

fn multi_value<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.keys().map(|name| {
        let values = headers.get_all(name).into_iter();
        let text = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        (name.as_str(), text.collect::<Vec<_>>())
    }))
}
