//! Soak tests: the program killed at every moment that can be aimed at, and at random ones; undo of what nobody thought of.
//!
//! Each part counts what it found wrong instead of ending at the first fault, so that a run says how often something happens.

mod findings;
mod moments;
mod program;
mod system_calls;
mod tree;
mod undo;

pub use findings::Findings;
pub use moments::kill_at_random_moments;
pub use program::Program;
pub use system_calls::kill_at_system_calls;
pub use undo::undo_random_tasks;
