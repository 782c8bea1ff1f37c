//! One JSON object a line, with the names that Lambda looks for: without
//! `timestamp` it files every line under INFO.

use std::{
    io::Write,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use serde::Serialize;

use crate::model::timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    /// Reads Lambda's names of levels. What is unknown or empty is INFO.
    pub fn named(name: &str) -> Self {
        match name.to_ascii_uppercase().as_str() {
            "TRACE" | "DEBUG" => Self::Debug,
            "WARN" => Self::Warn,
            "ERROR" | "FATAL" => Self::Error,
            _ => Self::Info,
        }
    }
}

/// Writes lines of `level` and above.
pub struct Log {
    level: Level,
    out: Mutex<Box<dyn Write + Send>>,
}

#[derive(Serialize)]
struct Line<'a, F> {
    timestamp: String,
    level: Level,
    message: &'a str,
    #[serde(flatten)]
    fields: &'a F,
}

impl Log {
    pub fn new(level: Level, out: impl Write + Send + 'static) -> Self {
        Self {
            level,
            out: Mutex::new(Box::new(out)),
        }
    }

    pub fn write(&self, at: SystemTime, level: Level, message: &str, fields: &impl Serialize) {
        if level >= self.level {
            self.always(at, level, message, fields);
        }
    }

    /// Writes a line whatever the level, since alarms read it.
    pub fn always(&self, at: SystemTime, level: Level, message: &str, fields: &impl Serialize) {
        let line = Line {
            timestamp: timestamp(at),
            level,
            message,
            fields,
        };
        let Ok(mut line) = serde_json::to_vec(&line) else {
            return;
        };
        line.push(b'\n');
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // A request is worth more than its line, and there is no other place to complain.
        let _ = out.write_all(&line).and_then(|()| out.flush());
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use serde_json::json;

    use super::*;
    use crate::testing::Lines;

    #[test]
    fn writes_from_its_level_on() {
        let lines = Lines::default();
        let log = Log::new(Level::Warn, lines.clone());
        let fields = json!({"error": "line\nfeed"});
        log.write(UNIX_EPOCH, Level::Info, "quiet", &fields);
        log.write(UNIX_EPOCH, Level::Warn, "loud", &fields);
        log.always(UNIX_EPOCH, Level::Info, "always", &json!({}));
        let want = "{\"timestamp\":\"1970-01-01T00:00:00.000Z\",\"level\":\"WARN\",\"message\":\"loud\",\"error\":\"line\\nfeed\"}\n\
                    {\"timestamp\":\"1970-01-01T00:00:00.000Z\",\"level\":\"INFO\",\"message\":\"always\"}\n";
        assert_eq!(lines.text(), want);
    }

    #[test]
    fn knows_the_names_of_lambda() {
        for (name, want) in [
            ("TRACE", Level::Debug),
            ("debug", Level::Debug),
            ("INFO", Level::Info),
            ("WARN", Level::Warn),
            ("ERROR", Level::Error),
            ("FATAL", Level::Error),
            ("", Level::Info),
            ("loud", Level::Info),
        ] {
            assert_eq!(Level::named(name), want, "{name}");
        }
    }
}
