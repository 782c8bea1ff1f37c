//! The stock function with parts of our own. A feature puts a stock part back.

use std::time::Instant;

use items::{
    app::{self, App},
    problem::BoxError,
    server,
    settings::Settings,
    store::DynamoStore,
};

#[cfg(feature = "json")]
use items::body;
#[cfg(feature = "lambda_http")]
use items::lambda as event;
#[cfg(feature = "tracing-subscriber")]
use items::log;
#[cfg(not(feature = "json"))]
use tuned::body;
use tuned::client;
#[cfg(not(feature = "lambda_http"))]
use tuned::event;
#[cfg(not(feature = "tracing-subscriber"))]
use tuned::log;

// One thread is enough: an environment answers one request at a time.
#[cfg_attr(feature = "threads", tokio::main)]
#[cfg_attr(not(feature = "threads"), tokio::main(flavor = "current_thread"))]
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
        event::run(router).await
    } else {
        server::run(router, settings.port).await
    }
}
