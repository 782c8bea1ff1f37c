//! The framework and the SDK: behind each route the one call of `DynamoDB` that the
//! API makes there, by the API's own store and client. What is written is fixed but
//! for its id, what is read is thrown away, and what fails or is missing is a bare
//! 500.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderName, StatusCode, header},
    routing::get,
};
use items::{
    RUNTIME,
    app::with_prefix,
    client,
    model::{DEFAULT_LIMIT, Fields, Item, Price, timestamp},
    settings::Settings,
    store::{DynamoStore, Store, StoreError},
};
use lambda_http::Error;
use uuid::Uuid;

const ITEM_TTL: Duration = Duration::from_hours(7 * 24);

type Answer = ([(HeaderName, String); 1], &'static str);
type Shared<S> = State<Arc<S>>;

fn router<S: Store>(store: S) -> Router {
    let routes = Router::new()
        .route("/items", get(list::<S>).post(create::<S>))
        .route(
            "/items/{id}",
            get(read::<S>).put(replace::<S>).delete(delete::<S>),
        );
    with_prefix(routes).with_state(Arc::new(store))
}

async fn create<S: Store>(
    State(store): Shared<S>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Answer), StatusCode> {
    let (fields, now) = (fields(), SystemTime::now());
    let item = Item {
        id: Uuid::new_v4().to_string(),
        name: fields.name,
        description: fields.description,
        price: fields.price,
        runtime: RUNTIME.to_owned(),
        source_ip: "127.0.0.1".to_owned(),
        created_at: timestamp(now),
        updated_at: timestamp(now),
    };
    store.put(&item, now + ITEM_TTL).await.map_err(failed)?;
    let location = [(header::LOCATION, format!("items/{}", item.id))];
    Ok((StatusCode::CREATED, location, ok()))
}

async fn list<S: Store>(State(store): Shared<S>) -> Result<Answer, StatusCode> {
    let list = store.list(DEFAULT_LIMIT, None).await;
    list.map(|_| ok()).map_err(failed)
}

async fn read<S: Store>(
    State(store): Shared<S>,
    Path(id): Path<String>,
) -> Result<Answer, StatusCode> {
    store.get(&id).await.map(|_| ok()).map_err(failed)
}

async fn replace<S: Store>(
    State(store): Shared<S>,
    Path(id): Path<String>,
) -> Result<Answer, StatusCode> {
    let now = timestamp(SystemTime::now());
    let update = store.update(&id, &fields(), &now).await;
    update.map(|_| ok()).map_err(failed)
}

async fn delete<S: Store>(
    State(store): Shared<S>,
    Path(id): Path<String>,
) -> Result<StatusCode, StatusCode> {
    let delete = store.delete(&id).await;
    delete.map(|()| StatusCode::NO_CONTENT).map_err(failed)
}

fn ok() -> Answer {
    let json = "application/json".to_owned();
    ([(header::CONTENT_TYPE, json)], r#"{"status":"ok"}"#)
}

fn failed(_: StoreError) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

/// As large as the benchmark's own requests make an item.
fn fields() -> Fields {
    Fields {
        name: "Benchmark item 00000000".to_owned(),
        description: "d".repeat(96),
        price: Price(123.45),
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let settings = Settings::from_env()?;
    lambda_http::run(router(DynamoStore::new(&settings, client::connect))).await
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::{body::Body, extract::Request};
    use items::problem::BoxError;
    use tower::ServiceExt;

    use super::*;

    /// Keeps what it is asked; it has one item, or fails.
    #[derive(Clone, Default)]
    struct FakeStore {
        asked: Arc<Mutex<Vec<String>>>,
        fails: bool,
    }

    impl FakeStore {
        fn ask(&self, what: String) -> Result<Item, StoreError> {
            self.asked.lock().unwrap().push(what);
            if self.fails {
                let (doing, source) = ("ask", BoxError::from("down"));
                return Err(StoreError::Unavailable { doing, source });
            }
            let text = String::new;
            Ok(Item {
                id: text(),
                name: text(),
                description: text(),
                price: Price(1.0),
                runtime: text(),
                source_ip: text(),
                created_at: text(),
                updated_at: text(),
            })
        }
    }

    impl Store for FakeStore {
        async fn get(&self, id: &str) -> Result<Item, StoreError> {
            self.ask(format!("get {id}"))
        }

        async fn list(
            &self,
            limit: u8,
            after: Option<&str>,
        ) -> Result<(Vec<Item>, Option<String>), StoreError> {
            let item = self.ask(format!("list {limit} {after:?}"))?;
            Ok((vec![item], None))
        }

        async fn put(&self, item: &Item, _: SystemTime) -> Result<(), StoreError> {
            let lengths = (item.id.len(), item.name.len(), item.description.len());
            self.ask(format!("put {lengths:?} {}", item.price))
                .map(|_| ())
        }

        async fn update(&self, id: &str, fields: &Fields, _: &str) -> Result<Item, StoreError> {
            self.ask(format!("update {id} {}", fields.price))
        }

        async fn delete(&self, id: &str) -> Result<(), StoreError> {
            self.ask(format!("delete {id}")).map(|_| ())
        }
    }

    #[tokio::test]
    async fn makes_one_call_a_route() {
        for fails in [false, true] {
            for prefix in ["", "/rust"] {
                for (method, path, status, want) in [
                    ("POST", "/items", 201, "put (36, 23, 96) 123.45"),
                    ("GET", "/items", 200, "list 20 None"),
                    ("GET", "/items/x", 200, "get x"),
                    ("PUT", "/items/x", 200, "update x 123.45"),
                    ("DELETE", "/items/x", 204, "delete x"),
                ] {
                    let store = FakeStore {
                        fails,
                        ..FakeStore::default()
                    };
                    let request = Request::builder().method(method);
                    let request = request.uri(format!("{prefix}{path}"));
                    let request = request.body(Body::empty()).unwrap();
                    let got = router(store.clone()).oneshot(request).await.unwrap();
                    let status = if fails { 500 } else { status };
                    assert_eq!(got.status(), status, "{method} {prefix}{path}");
                    assert_eq!(*store.asked.lock().unwrap(), [want]);
                }
            }
        }
    }
}
