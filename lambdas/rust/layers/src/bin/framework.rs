//! The floor and the framework: axum behind the published adapter, with the API's
//! item routes and the floor's answer, but without middleware, bodies, validation,
//! metrics, a log or an SDK.

use axum::{
    Router,
    http::{HeaderName, StatusCode, header},
    routing::get,
};
use items::app::with_prefix;
use lambda_http::Error;

const LOCATION: (HeaderName, &str) = (
    header::LOCATION,
    "items/00000000-0000-4000-8000-000000000000",
);
const OK: ([(HeaderName, &str); 1], &str) = (
    [(header::CONTENT_TYPE, "application/json")],
    r#"{"status":"ok"}"#,
);

fn router() -> Router {
    let items = get(|| async { OK }).post(|| async { (StatusCode::CREATED, [LOCATION], OK) });
    let item = get(|| async { OK })
        .put(|| async { OK })
        .delete(|| async { StatusCode::NO_CONTENT });
    with_prefix(
        Router::new()
            .route("/items", items)
            .route("/items/{id}", item),
    )
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_http::run(router()).await
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn has_the_routes_of_the_api() {
        for prefix in ["", "/rust"] {
            for (method, path, want) in [
                ("POST", "/items", 201),
                ("GET", "/items", 200),
                ("GET", "/items/x", 200),
                ("PUT", "/items/x", 200),
                ("DELETE", "/items/x", 204),
                ("GET", "", 404),
            ] {
                let uri = format!("{prefix}{path}");
                let request =
                    Request::builder()
                        .method(method)
                        .uri(if uri.is_empty() { "/" } else { &uri });
                let request = request.body(Body::empty()).unwrap();
                let got = router().oneshot(request).await.unwrap();
                assert_eq!(got.status(), want, "{method} {uri}");
            }
        }
    }
}
