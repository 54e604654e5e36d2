//! A session as a pure state machine.
//!
//! [`Session::step`] takes the time and one [`Input`], and returns the [`protocol::Record`]s to append to the transcript and the
//! [`Effect`]s to carry out, in that order. Inside, `decide` looks and never changes anything, `fold` is the only thing
//! that changes state, and it sees nothing but records: folding a transcript gives the session back.
//!
//! There is no async here, no clock, no file, no network and no environment, and `cargo xtask test` holds that.

mod answers;
pub mod check;
pub mod command;
pub mod effect;
mod events;
pub mod family;
pub mod input;
mod model;
pub mod prompt;
pub mod retry;
pub mod review;
pub mod rules;
mod safety;
pub mod session;
mod step;
pub mod tools;

pub use answers::ended;
pub use effect::{
    CheckRequest, CompareAction, CompareBase, CompareRequest, Edit, Effect, ExecRequest, PatchSource,
    ReviewFindings, ReviewRequest, UndoRequest,
};
pub use family::ModelFamily;
pub use input::{
    ExecOutcome, FailureCause, Input, McpTool, ModelEvent, ModelFailure, OverlayEffects, PatchFate,
    PatchWriteResult, RefusedTool, ToolOutcome,
};
pub use model::session::Session;
pub use model::setup::Setup;
pub use prompt::{Prompt, Purpose, ToolSpec};
pub use retry::RetryBudget;
pub use rules::Rules;
pub use session::Step;
pub use tools::ReadTool;
