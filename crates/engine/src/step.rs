//! Decisions: what follows from an input, and what follows from the state alone. They look, and change nothing.

mod answer;
mod bring_in;
mod call_ended;
mod compare;
pub(crate) mod decide;
pub(crate) mod decision;
mod effects;
mod environment;
mod limit;
mod open_question;
mod overlay;
mod patch;
mod patch_check;
mod patch_review;
mod preview;
mod question;
mod request;
mod resumed;
mod side_question;
pub(crate) mod turn;
mod undo;
