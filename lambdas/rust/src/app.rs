//! The routes of the Items API and their handlers.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Query, Request, State},
    http::{StatusCode, header, request::Parts},
    middleware,
    response::IntoResponse,
    routing::{MethodRouter, any, get},
};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    PATH_PREFIX, RUNTIME,
    metrics::{Metrics, MetricsBody},
    model::{self, Fields, Item, MAX_BODY_BYTES, Page},
    observe::{Caller, Cold, observe},
    problem::Problem,
    settings::Settings,
    store::Store,
};

/// Everything that the handlers depend on.
pub struct App<S> {
    pub store: S,
    /// Reads the fields of an item from a request body.
    pub parse: fn(&[u8]) -> Result<Fields, Problem>,
    pub metrics: Arc<Metrics>,
    pub new_id: fn() -> String,
    pub now: fn() -> SystemTime,
    pub item_ttl: Duration,
    pub version: String,
    pub memory_limit_mb: u64,
}

impl<S> App<S> {
    /// To be called at the end of the init phase, for a process that began at
    /// `started`.
    pub fn new(
        settings: &Settings,
        store: S,
        parse: fn(&[u8]) -> Result<Fields, Problem>,
        started: Instant,
    ) -> Self {
        Self {
            store,
            parse,
            metrics: Arc::new(Metrics::new(started, settings.memory_limit_mb)),
            new_id: || Uuid::new_v4().to_string(),
            now: SystemTime::now,
            item_ttl: settings.item_ttl,
            version: settings.version.clone(),
            memory_limit_mb: settings.memory_limit_mb,
        }
    }
}

type Shared<S> = State<Arc<App<S>>>;

pub fn router<S: Store>(app: App<S>) -> Router {
    let observed = middleware::from_fn_with_state(Arc::clone(&app.metrics), observe);
    let routes = Router::new()
        .route(
            "/items",
            only("GET, POST", get(list_items).post(create_item)),
        )
        .route(
            "/items/{id}",
            only(
                "GET, PUT, DELETE",
                get(get_item).put(replace_item).delete(delete_item),
            ),
        )
        .route("/health", only("GET", get(health)))
        .route("/metrics", only("GET", get(show_metrics)));
    with_prefix(routes)
        .fallback(|| async { Problem::UnknownPath })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(observed)
        .with_state(Arc::new(app))
}

/// The same routes bare and under the prefix that API Gateway passes.
pub fn with_prefix<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.clone().nest(PATH_PREFIX, routes)
}

/// Refuses other methods, also HEAD, which axum would answer as GET. `any` leaves the
/// header Allow to us.
fn only<S>(allow: &'static str, methods: MethodRouter<S>) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let refuse = move || async move { Problem::Method { allow } };
    any(refuse).head(refuse).merge(methods)
}

async fn create_item<S: Store>(
    State(app): Shared<S>,
    Extension(caller): Extension<Caller>,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, Problem> {
    let fields = (app.parse)(&body)?;
    let now = (app.now)();
    let item = Item {
        id: (app.new_id)(),
        name: fields.name,
        description: fields.description,
        price: fields.price,
        runtime: RUNTIME.to_owned(),
        source_ip: caller.source_ip,
        created_at: model::timestamp(now),
        updated_at: model::timestamp(now),
    };
    app.store.put(&item, now + app.item_ttl).await?;
    let location = [(header::LOCATION, format!("items/{}", item.id))];
    Ok((StatusCode::CREATED, location, Json(item)))
}

async fn list_items<S: Store>(
    State(app): Shared<S>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Page>, Problem> {
    let values = |name| {
        let named = query.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    let limit = model::parse_limit(&values("limit"))?;
    let after = model::parse_next_token(&values("nextToken"))?;
    let (items, next) = app.store.list(limit, after.as_deref()).await?;
    let next_token = next.as_deref().map(model::next_token).transpose();
    Ok(Json(Page {
        items,
        next_token: next_token.map_err(|error| Problem::Unexpected(error.into()))?,
    }))
}

async fn get_item<S: Store>(
    State(app): Shared<S>,
    ItemId(id): ItemId,
) -> Result<Json<Item>, Problem> {
    Ok(Json(app.store.get(&id).await?))
}

async fn replace_item<S: Store>(
    State(app): Shared<S>,
    ItemId(id): ItemId,
    JsonBody(body): JsonBody,
) -> Result<Json<Item>, Problem> {
    let fields = (app.parse)(&body)?;
    let updated_at = model::timestamp((app.now)());
    Ok(Json(app.store.update(&id, &fields, &updated_at).await?))
}

async fn delete_item<S: Store>(
    State(app): Shared<S>,
    ItemId(id): ItemId,
) -> Result<StatusCode, Problem> {
    app.store.delete(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The answer of `GET /health`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    status: &'static str,
    runtime: &'static str,
    runtime_version: &'static str,
    framework: &'static str,
    architecture: &'static str,
    memory_limit_mb: u64,
    cold_start: bool,
    version: String,
}

async fn health<S: Store>(
    State(app): Shared<S>,
    Extension(Cold(cold_start)): Extension<Cold>,
) -> Json<Health> {
    Json(Health {
        status: "ok",
        runtime: RUNTIME,
        runtime_version: env!("RUST_VERSION"),
        framework: concat!("axum ", env!("AXUM_VERSION")),
        architecture: if cfg!(target_arch = "aarch64") {
            "arm64" // Lambda's name.
        } else {
            std::env::consts::ARCH
        },
        memory_limit_mb: app.memory_limit_mb,
        cold_start,
        version: app.version.clone(),
    })
}

async fn show_metrics<S: Store>(
    State(app): Shared<S>,
    Extension(Cold(cold_start)): Extension<Cold>,
) -> Result<Json<MetricsBody>, Problem> {
    let body = app.metrics.body(cold_start);
    body.map(Json)
        .map_err(|error| Problem::Unexpected(error.into()))
}

/// The id in the path; what cannot be one is an item that does not exist.
struct ItemId(String);

impl<S: Send + Sync> FromRequestParts<S> for ItemId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) if model::is_id(&id) => Ok(Self(id)),
            _ => Err(Problem::NoItem),
        }
    }
}

/// The bytes of a body that says it is JSON. axum's own extractor takes relatives
/// of the media type and encodings, too.
struct JsonBody(Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let headers = request.headers();
        let content_type = headers.get(header::CONTENT_TYPE);
        let media_type =
            content_type.and_then(|value| value.as_bytes().split(|&b| b == b';').next());
        let is_json = media_type
            .is_some_and(|name| name.trim_ascii().eq_ignore_ascii_case(b"application/json"));
        if !is_json || headers.contains_key(header::CONTENT_ENCODING) {
            return Err(Problem::MediaType);
        }
        let body = Bytes::from_request(request, state).await;
        body.map(Self).map_err(|_| Problem::BodyTooLarge)
    }
}
