//! A subscriber of `tracing` that writes events as JSON lines and nothing else: no
//! spans, no registry, no filters.

use std::{
    fmt,
    io::Write,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use items::{model::timestamp, observe::REQUESTS};
use serde_json::{Map, Value};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::set_global_default,
};

/// Writes lines of this level and above to standard output.
pub fn init(level: &str) {
    // Nobody else has set one: this is the program's first line.
    let _ = set_global_default(subscriber(level, std::io::stdout()));
}

pub fn subscriber(level: &str, out: impl Write + Send + 'static) -> impl Subscriber {
    let level = match level.to_ascii_uppercase().as_str() {
        "FATAL" => Level::ERROR, // Lambda's name, which tracing does not know.
        name => name.parse().unwrap_or(Level::INFO),
    };
    Log {
        level,
        out: Mutex::new(out),
    }
}

struct Log<W> {
    level: Level,
    out: Mutex<W>,
}

impl<W: Write + Send + 'static> Subscriber for Log<W> {
    /// Alarms read the lines of requests, whatever the level.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && (*metadata.level() <= self.level || metadata.target() == REQUESTS)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(Map::new());
        line.set("timestamp", timestamp(SystemTime::now()));
        line.set("level", event.metadata().level().as_str());
        event.record(&mut line);
        let mut text = Value::Object(line.0).to_string();
        text.push('\n');
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // A request is worth more than its line, and there is no other place to complain.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1) // Never asked for: no span is enabled.
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(Map<String, Value>);

impl Line {
    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field.name(), format!("{value:?}"));
    }
}
