//! What the tuned function has instead of the stock function's parts. It is a
//! library so that the tests of the stock function run over these parts, too.

pub mod body;
pub mod client;
pub mod event;
pub mod log;
