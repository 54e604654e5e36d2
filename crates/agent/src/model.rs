//! Models: one neutral stream of events from each wire, and the practice model (B38, B40).
//!
//! A client makes one attempt and says how it ended. It never retries, never runs a tool and never looks at the project:
//! what to do about a failure or a call is decided in `countersign_core`.

pub mod client;
mod endpoint;
mod failure;
pub mod practice;
mod responses;
mod sse;

pub use client::{Model, StreamEvent, connect, list_models};
