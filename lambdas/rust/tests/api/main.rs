//! The tests of the stock function's parts, and of those that the tuned one has in
//! their place: the same tests over both.

// Clippy allows these in functions that are tests, and not in those that they share.
#![allow(clippy::panic, clippy::unwrap_used)]

mod app;
mod body;
mod event;
mod log;
mod model;
mod order;
mod store;
mod testing;
