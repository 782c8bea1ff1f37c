//! The parts of the Items API. `main.rs` puts them together as a team would; the
//! programs in `tuned` and `layers` take from here what they share with it. The
//! features leave out what the tuned program has its own of.

pub mod app;
pub mod body;
#[cfg(feature = "aws-config")]
pub mod client;
#[cfg(feature = "lambda_http")]
pub mod lambda;
#[cfg(feature = "tracing-subscriber")]
pub mod log;
pub mod metrics;
pub mod model;
pub mod observe;
pub mod problem;
pub mod server;
pub mod settings;
pub mod store;

pub const RUNTIME: &str = "rust";
/// What API Gateway has before every path of this runtime.
pub const PATH_PREFIX: &str = "/rust";
