//! The Items API, and what the layers below it in `bin` share with it. It is a
//! library so that all of them have the same parts, and each program links no more
//! than it uses. What is public is what they need, and nothing else.

pub mod api;
pub mod app;
pub mod event;
mod log;
mod metrics;
pub mod model;
mod problem;
mod process;
mod respond;
pub mod settings;
pub mod store;
#[cfg(test)]
mod testing;
