//! The driver: carries out what the machine of `engine` decides, and feeds back what came of it.
//!
//! One task owns the session. Everything slow runs beside it and comes back as a driver event; the order of records, events and
//! effects of each step is kept: nothing is said or done before it is in the transcript.

pub mod assemble;
mod background_run;
pub(crate) mod check_run;
mod check_runs;
mod checkpoints;
mod clock;
mod driver_event;
mod event_loop;
pub mod handle;
mod isolated;
mod mcp_events;
mod opening;
mod overlay_run;
mod project;
mod read_tools;
mod review_run;
mod rules;
mod running;
mod setup;
mod side_answer;
mod store;

pub(crate) use assemble::exec_setup;
pub use assemble::{assemble, default_model, executor, plain_executor};
pub use handle::{AgentGone, AgentHandle, Events, Submitter};
pub(crate) use overlay_run::{check_folder_name, overlays_dir};
pub use setup::{AgentSetup, MCP_WAIT};

use event_loop::Driver;

/// Starts an agent (B1). It waits for `Op::ConfigureSession`; must be called within a tokio runtime.
pub fn spawn(setup: AgentSetup) -> AgentHandle {
    let (handle, submissions, events) = handle::pair();
    tokio::spawn(Driver::new(setup, events).run(submissions));
    handle
}
