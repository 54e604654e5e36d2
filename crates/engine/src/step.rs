//! Decisions: what follows from an input, and what follows from the state alone. They look, and change nothing.

mod answer;
mod call_ended;
pub(crate) mod decide;
pub(crate) mod decision;
mod environment;
mod overlay;
mod patch;
mod question;
mod resumed;
pub(crate) mod turn;
mod undo;
