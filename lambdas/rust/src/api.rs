//! The API as a program: its parts put together, a Lambda function where
//! `AWS_LAMBDA_RUNTIME_API` is set, and a plain HTTP server on 127.0.0.1 where it
//! is not.

use std::{
    env, io,
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::{Duration, Instant, SystemTime},
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
};
use lambda_runtime::{service_fn, tower::ServiceExt};
use serde::Serialize;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use uuid::Uuid;

use crate::{
    app::{self, App, Clock},
    event,
    log::{Level, Log},
    metrics::{Meter, Metrics},
    problem::{BoxError, chain},
    process::Process,
    respond::Caller,
    settings::Settings,
    store::DynamoStore,
};

/// Leaves the rest of Lambda's init phase of 10 s to a function whose database
/// does not answer.
const PRIME_TIMEOUT: Duration = Duration::from_secs(5);

/// The whole program, until it is told to end.
pub fn main() -> ExitCode {
    let meter = Process::this();
    // Before main, the process does nothing but compute.
    let (user, system) = meter.cpu();
    let clock = SystemClock::started(user + system);
    let settings = match Settings::read(|name| env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    match run(settings, meter, clock) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// One thread: an environment answers one request at a time.
#[tokio::main(flavor = "current_thread")]
async fn run(settings: Settings, meter: Process, clock: SystemClock) -> Result<(), BoxError> {
    let log = Log::new(settings.log_level, io::stdout());
    let store = DynamoStore::new(settings.store);
    if settings.prime_on_init {
        prime(&store, &log).await;
    }
    let router = app::router(App {
        store,
        metrics: Metrics::new(&meter, clock.uptime(), settings.memory_limit_mb),
        meter: Box::new(meter),
        clock: Box::new(clock),
        log,
        new_id: || Uuid::new_v4().to_string(),
        item_ttl: settings.item_ttl,
        version: settings.version,
        memory_limit_mb: settings.memory_limit_mb,
    });
    if settings.lambda {
        return lambda_runtime::run(service_fn(|event| event::answer(router.clone(), event))).await;
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    serve(listener, router, terminated()?).await?;
    Ok(())
}

#[derive(Serialize)]
struct PrimeFailure {
    error: String,
}

/// The first request will try again, so a failure only costs its warmth.
async fn prime(store: &DynamoStore, log: &Log) {
    let error = match tokio::time::timeout(PRIME_TIMEOUT, store.prime()).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => chain(&error),
        Err(late) => chain(&late),
    };
    log.write(
        SystemTime::now(),
        Level::Warn,
        "the store could not be primed",
        &PrimeFailure { error },
    );
}

/// Answers plain HTTP until `stop`, and then finishes the requests that it has
/// begun.
async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service = ServiceExt::<Request>::map_request(router, |mut request: Request| {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let source_ip = peer
            .map(|ConnectInfo(peer)| peer.ip().to_string())
            .unwrap_or_default();
        request.extensions_mut().insert(Caller {
            source_ip,
            ..Caller::default()
        });
        request
    });
    let service = axum::ServiceExt::into_make_service_with_connect_info::<SocketAddr>(service);
    axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await
}

/// Ends with SIGTERM or an interrupt.
fn terminated() -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// The system's clock, and the time since the process was started.
struct SystemClock {
    started: Instant,
}

impl SystemClock {
    fn started(ago: Duration) -> Self {
        let now = Instant::now();
        Self {
            started: now.checked_sub(ago).unwrap_or(now),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpStream,
    };

    use tokio::sync::oneshot;

    use super::*;
    use crate::{
        app::StoreError,
        testing::{FakeStore, ID, Lines, test_app},
    };

    #[tokio::test]
    async fn serves_plain_http_until_it_is_stopped() {
        let store = FakeStore::default();
        let (router, _) = test_app(store.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(serve(listener, router, async { stopped.await.unwrap() }));
        let client = tokio::task::spawn_blocking(move || {
            let body = r#"{"name":"x","price":1}"#;
            let request = format!(
                "POST /items HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.9\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = client.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
        assert_eq!(store.items.lock().unwrap()[ID].0.source_ip, "127.0.0.1");
        stop.send(()).unwrap();
        server.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_store_that_cannot_be_primed_is_told() {
        let lines = Lines::default();
        let settings = Settings::read(|_| None).unwrap();
        let store = DynamoStore::new(settings.store);
        prime(&store, &Log::new(Level::Info, lines.clone())).await;
        let got = &lines.json()[0];
        assert_eq!(got["level"], "WARN");
        let want = "make the DynamoDB client: no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
        assert_eq!(got["error"], want);
    }

    #[test]
    fn errors_name_their_causes() {
        let error = StoreError::Unavailable {
            doing: "get item",
            source: "reset".into(),
        };
        assert_eq!(chain(&error), "get item: database unavailable: reset");
    }

    #[test]
    fn the_clock_began_before_it_was_made() {
        let clock = SystemClock::started(Duration::from_secs(1));
        assert!(clock.uptime() >= Duration::from_secs(1));
    }
}
