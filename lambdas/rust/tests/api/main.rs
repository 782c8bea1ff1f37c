//! The tests of the stock function's parts, and of those that the tuned one has in
//! their place: the same tests over both.

mod app;
mod body;
mod event;
mod log;
mod model;
mod order;
mod store;
mod testing;
