//! The Rust implementation of the Items API, a Lambda function behind API
//! Gateway. It answers REST proxy events where `AWS_LAMBDA_RUNTIME_API` is set,
//! and is a plain HTTP server on 127.0.0.1 where it is not.
//!
//! ```sh
//! PORT=8080 AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 cargo run
//! ```

use std::time::Instant;

use items::{
    app::{self, App},
    body, client, lambda, log,
    problem::BoxError,
    server,
    settings::Settings,
    store::DynamoStore,
};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let started = Instant::now();
    let settings = Settings::from_env()?;
    log::init(&settings.log_level);
    let store = DynamoStore::new(&settings, client::connect);
    if settings.prime_on_init {
        store.prime().await;
    }
    let router = app::router(App::new(&settings, store, body::parse, started));
    if settings.lambda {
        lambda::run(router).await
    } else {
        server::run(router, settings.port).await
    }
}
