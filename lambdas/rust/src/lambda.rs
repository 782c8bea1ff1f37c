//! The published adapter between API Gateway's REST proxy events and axum.

use axum::{Router, http::header};
use lambda_http::{
    Request, RequestExt, Service, http::Response, request::RequestContext, tower::ServiceExt,
};

use crate::{observe::Caller, problem::BoxError};

pub async fn run(router: Router) -> Result<(), BoxError> {
    lambda_http::run(service(router)).await
}

/// The router, with what the event tells of its caller.
pub fn service(
    router: Router,
) -> impl Service<
    Request,
    Response = Response<axum::body::Body>,
    Error = std::convert::Infallible,
    Future: Send + 'static,
> {
    ServiceExt::<axum::http::Request<lambda_http::Body>>::map_response(router, |mut response| {
        // API Gateway counts for itself, and would show ours renamed.
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response
    })
    .map_request(with_caller)
}

fn with_caller(mut request: Request) -> Request {
    let source_ip = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.clone(),
        _ => None,
    };
    let caller = Caller {
        request_id: request
            .lambda_context_ref()
            .map(|context| context.request_id.clone()),
        source_ip: source_ip.unwrap_or_default(),
    };
    request.extensions_mut().insert(caller);
    request
}
