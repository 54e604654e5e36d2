//! Models: one neutral stream of events from each wire, and the practice model (B38, B40).
//!
//! A client makes one attempt and says how it ended. It never retries, never runs a tool and never looks at the project:
//! what to do about a failure or a call is decided in `engine`.

mod call_id;
mod chat;
pub mod client;
mod endpoint;
mod failure;
mod freeform;
mod messages;
mod models;
pub mod practice;
mod responses;
mod sse;
#[cfg(test)]
mod testing;
mod turns;
mod wire;

pub use client::{Model, StreamEvent, connect, list_models};
