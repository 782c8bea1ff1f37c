//! The routes of the Items API and their handlers.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Extension, Router,
    body::to_bytes,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodRouter, any},
};
use serde::Serialize;

use crate::{
    log::Log,
    metrics::{Meter, Metrics},
    model::{self, Fields, Item, MAX_BODY_BYTES, Page},
    problem::{BoxError, Problem},
    respond::{Cold, SourceIp, json, observe},
};

pub const RUNTIME: &str = "rust";
pub const PATH_PREFIX: &str = "/rust";

/// What the app needs of a store.
pub trait Store: Send + Sync + 'static {
    fn get(&self, id: &str) -> impl Future<Output = Result<Item, StoreError>> + Send;

    /// Up to `limit` items after the one with the id `after`, and the id to go
    /// on after, which is `None` at the end of the table.
    fn list(
        &self,
        limit: u8,
        after: Option<&str>,
    ) -> impl Future<Output = Result<(Vec<Item>, Option<String>), StoreError>> + Send;

    /// Writes a new item.
    fn put(
        &self,
        item: &Item,
        expires: SystemTime,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Replaces what a caller decides about an item, and returns the whole of
    /// it. It never creates one.
    fn update(
        &self,
        id: &str,
        fields: &Fields,
        updated_at: &str,
    ) -> impl Future<Output = Result<Item, StoreError>> + Send;

    fn delete(&self, id: &str) -> impl Future<Output = Result<(), StoreError>> + Send;
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("item not found")]
    NotFound,
    /// The database throttled the call or could not be reached, even after the
    /// SDK's own retries.
    #[error("{doing}: database unavailable")]
    Unavailable {
        doing: &'static str,
        source: BoxError,
    },
    #[error("{doing}")]
    Unexpected {
        doing: &'static str,
        source: BoxError,
    },
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NoItem,
            StoreError::Unavailable { .. } => Self::DatabaseDown(error.into()),
            StoreError::Unexpected { .. } => Self::Unexpected(error.into()),
        }
    }
}

/// Tells the time.
pub(crate) trait Clock: Send + Sync {
    fn now(&self) -> SystemTime;
    /// How long the process has been running.
    fn uptime(&self) -> Duration;
}

/// Everything that the handlers depend on.
pub(crate) struct App<S> {
    pub store: S,
    pub metrics: Metrics,
    pub meter: Box<dyn Meter>,
    pub clock: Box<dyn Clock>,
    pub log: Log,
    pub new_id: fn() -> String,
    pub item_ttl: Duration,
    pub version: String,
    pub memory_limit_mb: u64,
}

type Shared<S> = State<Arc<App<S>>>;
type Methods<S> = MethodRouter<Arc<App<S>>>;
/// A path, the methods that it allows, and how their handlers are added.
type Resource<S> = (&'static str, &'static str, fn(Methods<S>) -> Methods<S>);

/// The routes, bare and under the prefix that API Gateway passes.
pub(crate) fn router<S: Store>(app: App<S>) -> Router {
    let resources: [Resource<S>; 4] = [
        ("/items", "GET, POST", |methods| {
            methods.get(list_items).post(create_item)
        }),
        ("/items/{id}", "GET, PUT, DELETE", |methods| {
            methods.get(get_item).put(replace_item).delete(delete_item)
        }),
        ("/health", "GET", |methods| methods.get(health)),
        ("/metrics", "GET", |methods| methods.get(show_metrics)),
    ];
    let mut router = Router::new();
    for prefix in ["", PATH_PREFIX] {
        for (path, allow, add) in resources {
            // `any` leaves the header Allow to us, and a HEAD of its own keeps
            // axum from answering with what it has for GET.
            let refuse = move || async move { Problem::Method { allow } };
            router = router.route(&format!("{prefix}{path}"), add(any(refuse).head(refuse)));
        }
    }
    let app = Arc::new(app);
    router
        .fallback(|| async { Problem::UnknownPath })
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            observe::<S>,
        ))
        .with_state(app)
}

async fn create_item<S: Store>(
    State(app): Shared<S>,
    Extension(SourceIp(source_ip)): Extension<SourceIp>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = read_fields(request).await?;
    let now = app.clock.now();
    let created_at = model::timestamp(now);
    let item = Item {
        id: (app.new_id)(),
        name: fields.name,
        description: fields.description,
        price: fields.price,
        runtime: RUNTIME.to_owned(),
        source_ip,
        updated_at: created_at.clone(),
        created_at,
    };
    app.store.put(&item, now + app.item_ttl).await?;
    let location = HeaderValue::try_from(format!("items/{}", item.id))
        .map_err(|error| Problem::Unexpected(error.into()))?;
    let mut response = json(StatusCode::CREATED, &item)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

async fn list_items<S: Store>(
    State(app): Shared<S>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let limit = model::parse_limit(&query_values(&query, "limit"))?;
    let after = model::parse_next_token(&query_values(&query, "nextToken"))?;
    let (items, next) = app.store.list(limit, after.as_deref()).await?;
    let next_token = next
        .as_deref()
        .map(model::next_token)
        .transpose()
        .map_err(|error| Problem::Unexpected(error.into()))?;
    json(StatusCode::OK, &Page { items, next_token })
}

async fn get_item<S: Store>(
    State(app): Shared<S>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let item = app.store.get(existing(&id)?).await?;
    json(StatusCode::OK, &item)
}

async fn replace_item<S: Store>(
    State(app): Shared<S>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = existing(&id)?;
    let fields = read_fields(request).await?;
    let updated_at = model::timestamp(app.clock.now());
    let item = app.store.update(id, &fields, &updated_at).await?;
    json(StatusCode::OK, &item)
}

async fn delete_item<S: Store>(
    State(app): Shared<S>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    app.store.delete(existing(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The answer of `GET /health`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HealthBody<'a> {
    status: &'static str,
    runtime: &'static str,
    runtime_version: &'static str,
    framework: &'static str,
    architecture: &'static str,
    memory_limit_mb: u64,
    cold_start: bool,
    version: &'a str,
}

async fn health<S: Store>(
    State(app): Shared<S>,
    Extension(Cold(cold_start)): Extension<Cold>,
) -> Result<Response, Problem> {
    let body = HealthBody {
        status: "ok",
        runtime: RUNTIME,
        runtime_version: env!("RUST_VERSION"),
        framework: concat!("axum ", env!("AXUM_VERSION")),
        architecture: architecture(std::env::consts::ARCH),
        memory_limit_mb: app.memory_limit_mb,
        cold_start,
        version: &app.version,
    };
    json(StatusCode::OK, &body)
}

/// Lambda's name of a processor architecture.
fn architecture(arch: &'static str) -> &'static str {
    if arch == "aarch64" { "arm64" } else { arch }
}

async fn show_metrics<S: Store>(
    State(app): Shared<S>,
    Extension(Cold(cold_start)): Extension<Cold>,
) -> Result<Response, Problem> {
    let body = app
        .metrics
        .body(app.meter.as_ref(), app.clock.uptime(), cold_start);
    json(StatusCode::OK, &body)
}

/// Refuses what cannot be the id of an item.
fn existing(id: &str) -> Result<&str, Problem> {
    if model::is_id(id) {
        Ok(id)
    } else {
        Err(Problem::NoItem)
    }
}

/// Judges a request's media type, then its size, then its body.
async fn read_fields(request: Request) -> Result<Fields, Problem> {
    let headers = request.headers();
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .map_or(&b""[..], HeaderValue::as_bytes);
    let media_type = content_type
        .split(|&byte| byte == b';')
        .next()
        .unwrap_or_default();
    let is_json = media_type
        .trim_ascii()
        .eq_ignore_ascii_case(b"application/json");
    if !is_json || headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::MediaType);
    }
    let body = to_bytes(request.into_body(), MAX_BODY_BYTES)
        .await
        .map_err(|_| Problem::BodyTooLarge)?;
    Fields::parse(&body)
}

/// All values of one query name.
fn query_values(query: &str, name: &str) -> Vec<String> {
    form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}

#[cfg(test)]
mod tests;
