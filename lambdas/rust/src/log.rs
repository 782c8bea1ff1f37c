//! One JSON object a line, with the names that Lambda looks for: without
//! `timestamp` and `level` at the top it files every line under INFO.

use tracing::{Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, fmt::MakeWriter, layer::SubscriberExt};

use crate::observe::REQUESTS;

/// Writes lines of this level and above to standard output.
pub fn init(level: &str) {
    // Nobody else has set one: this is the program's first line.
    let _ = tracing::subscriber::set_global_default(subscriber(level, std::io::stdout));
}

pub fn subscriber<W>(level: &str, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let level = match level.to_ascii_uppercase().as_str() {
        "FATAL" => LevelFilter::ERROR, // Lambda's name, which tracing does not know.
        name => name.parse().unwrap_or(LevelFilter::INFO),
    };
    // Alarms read the lines of requests, whatever the level.
    let levels = Targets::new()
        .with_default(level)
        .with_target(REQUESTS, Level::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_writer(writer)
        .with_filter(levels);
    tracing_subscriber::registry().with(lines)
}
