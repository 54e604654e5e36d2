//! Rules about commands that a person saved for a project (B15): what they say of a command, and which one can be offered.
//!
//! An *allow* counts only for a command that is understood whole, every part of it covered. An *ask* or a *deny* counts
//! wherever its words are recognised, in a script that is not understood too. Neither contains anything: that is the sandbox's work.

mod checked;
mod offer;
mod project_rules;
mod typed;

pub use checked::{MAX_PREFIX, check};
pub(crate) use offer::offer;
pub use project_rules::{ClassifiedCommand, Rules};
pub use typed::words;
