//! Models: one neutral stream of events from each wire (B38).
//!
//! A client makes one attempt and says how it ended. It never retries, never runs a tool and never looks at the project:
//! what to do about a failure or a call is decided in `engine`.

mod call_id;
mod chat;
pub mod client;
pub mod credential;
mod decode;
mod endpoint;
mod error_chain;
mod exchange;
mod failure;
mod freeform;
mod http_api;
mod listing;
mod messages;
mod models;
mod reading;
mod responses;
mod sse;
#[cfg(test)]
mod testing;
mod turns;
mod wire;
mod wires;

pub use client::{Model, StreamEvent};
pub use credential::{Credential, CredentialSource, SessionKeys, resolve};
pub use listing::{ListError, ListedModel};
pub use wires::{connect, list_models, model_list};
