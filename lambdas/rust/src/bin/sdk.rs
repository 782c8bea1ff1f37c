//! The framework and the SDK: behind each route the one call of `DynamoDB` that the
//! API makes there, by the API's own store. What is written is fixed but for its
//! id, what is read is thrown away, and what fails or is missing is a bare 500.
//! What its figures are above the framework's is what the SDK and the database
//! cost; what is left up to the API's is the API's own work.

use std::{
    env,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderName, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use items::{
    app::{PATH_PREFIX, RUNTIME, Store, StoreError},
    event,
    model::{DEFAULT_LIMIT, Fields, Item, Price, timestamp},
    settings::Settings,
    store::DynamoStore,
};
use lambda_runtime::{Error, service_fn};
use uuid::Uuid;

const OK: ([(HeaderName, &str); 1], &str) = (
    [(header::CONTENT_TYPE, "application/json")],
    r#"{"status":"ok"}"#,
);

struct Layer {
    store: DynamoStore,
    item_ttl: Duration,
}

type Shared = State<Arc<Layer>>;
type Answer<T> = Result<T, StatusCode>;

fn router(layer: Layer) -> Router {
    let items = get(list_items).post(create_item);
    let item = get(get_item).put(replace_item).delete(delete_item);
    let mut router = Router::new();
    for prefix in ["", PATH_PREFIX] {
        router = router
            .route(&format!("{prefix}/items"), items.clone())
            .route(&format!("{prefix}/items/{{id}}"), item.clone());
    }
    router.with_state(Arc::new(layer))
}

async fn create_item(State(layer): Shared) -> Answer<impl IntoResponse> {
    let fields = fields();
    let now = SystemTime::now();
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
    let put = layer.store.put(&item, now + layer.item_ttl);
    put.await.map_err(failed)?;
    let location = [(header::LOCATION, format!("items/{}", item.id))];
    Ok((StatusCode::CREATED, location, OK))
}

async fn list_items(State(layer): Shared) -> Answer<impl IntoResponse> {
    let list = layer.store.list(DEFAULT_LIMIT, None);
    list.await.map(|_| OK).map_err(failed)
}

async fn get_item(State(layer): Shared, Path(id): Path<String>) -> Answer<impl IntoResponse> {
    let get = layer.store.get(&id);
    get.await.map(|_| OK).map_err(failed)
}

async fn replace_item(State(layer): Shared, Path(id): Path<String>) -> Answer<impl IntoResponse> {
    let (fields, now) = (fields(), timestamp(SystemTime::now()));
    let update = layer.store.update(&id, &fields, &now);
    update.await.map(|_| OK).map_err(failed)
}

async fn delete_item(State(layer): Shared, Path(id): Path<String>) -> Answer<StatusCode> {
    let delete = layer.store.delete(&id);
    delete
        .await
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(failed)
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

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = Settings::read(|name| env::var(name).ok())?;
    let router = router(Layer {
        store: DynamoStore::new(settings.store),
        item_ttl: settings.item_ttl,
    });
    lambda_runtime::run(service_fn(|event| event::answer(router.clone(), event))).await
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, sync::Mutex};

    use axum::{body::Bytes, http::HeaderMap, routing::post};
    use lambda_runtime::{Context, LambdaEvent};
    use serde_json::{Value, json};
    use tokio::net::TcpListener;

    use super::*;

    const ID: &str = "576e85e6-60a5-45e3-88c6-be8ce5f871fc";

    type Asked = Arc<Mutex<Vec<(String, Value)>>>;

    /// The layer before a database that keeps what it is asked, and gives one
    /// answer to all.
    async fn before(status: StatusCode, answer: Value) -> (Router, Asked) {
        let asked = Asked::default();
        let keep = Arc::clone(&asked);
        let database = post(move |headers: HeaderMap, body: Bytes| async move {
            let target = headers["x-amz-target"].to_str().unwrap();
            let operation = target.rsplit('.').next().unwrap().to_owned();
            let request = serde_json::from_slice(&body).unwrap();
            keep.lock().unwrap().push((operation, request));
            (status, answer.to_string())
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, Router::new().route("/", database)).await });
        let variables = HashMap::from([
            ("AWS_ENDPOINT_URL_DYNAMODB", endpoint.as_str()),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ]);
        let settings = Settings::read(|name| variables.get(name).map(ToString::to_string)).unwrap();
        let layer = Layer {
            store: DynamoStore::new(settings.store),
            item_ttl: settings.item_ttl,
        };
        (router(layer), asked)
    }

    async fn answer(router: &Router, method: &str, path: &str) -> Value {
        let event = serde_json::from_value(json!({
            "httpMethod": method, "path": path, "body": "{", "requestContext": {"identity": {}},
        }));
        let mut context = Context::default();
        context.deadline = u64::MAX / 2;
        let got = event::answer(router.clone(), LambdaEvent::new(event.unwrap(), context)).await;
        serde_json::to_value(got.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn makes_one_call_a_route() {
        let item = json!({
            "id": {"S": ID}, "name": {"S": "x"}, "description": {"S": ""}, "price": {"N": "1"}, "runtime": {"S": "rust"},
            "sourceIp": {"S": ""}, "createdAt": {"S": ""}, "updatedAt": {"S": ""},
        });
        let (router, asked) = before(
            StatusCode::OK,
            json!({"Item": item, "Items": [item], "Attributes": item}),
        )
        .await;
        for prefix in ["", "/rust"] {
            let path = format!("{prefix}/items");
            let one = format!("{path}/{ID}");
            for (method, path, status, operation) in [
                ("POST", &path, 201, "PutItem"),
                ("GET", &path, 200, "Scan"),
                ("GET", &one, 200, "GetItem"),
                ("PUT", &one, 200, "UpdateItem"),
                ("DELETE", &one, 204, "DeleteItem"),
            ] {
                let got = answer(&router, method, path).await;
                let body = if status == 204 {
                    ""
                } else {
                    r#"{"status":"ok"}"#
                };
                assert_eq!(
                    (&got["statusCode"], &got["body"]),
                    (&status.into(), &body.into()),
                    "{method} {path}"
                );
                let calls = std::mem::take(&mut *asked.lock().unwrap());
                let [(asked, request)] = &calls[..] else {
                    panic!("{method} {path}: got {calls:?}, want one call");
                };
                assert_eq!(asked, operation);
                match operation {
                    "PutItem" => {
                        let item = &request["Item"];
                        assert_eq!(item["price"], json!({"N": "123.45"}));
                        let length = |name: &str| item[name]["S"].as_str().unwrap().len();
                        assert_eq!((length("name"), length("description")), (23, 96));
                        let location = format!("items/{}", item["id"]["S"].as_str().unwrap());
                        assert_eq!(got["multiValueHeaders"]["location"], json!([location]));
                    }
                    "Scan" => assert_eq!(request["Limit"], 20),
                    _ => assert_eq!(request["Key"], json!({"id": {"S": ID}})),
                }
            }
        }
    }

    #[tokio::test]
    async fn answers_failed_calls_with_500() {
        let (router, _) = before(
            StatusCode::BAD_REQUEST,
            json!({"__type": "x#ValidationException"}),
        )
        .await;
        for (method, path) in [
            ("POST", "/items"),
            ("GET", "/items"),
            ("GET", "/items/x"),
            ("PUT", "/items/x"),
            ("DELETE", "/items/x"),
        ] {
            let got = answer(&router, method, path).await;
            assert_eq!(
                (&got["statusCode"], &got["body"]),
                (&500.into(), &"".into()),
                "{method} {path}"
            );
        }
    }
}
