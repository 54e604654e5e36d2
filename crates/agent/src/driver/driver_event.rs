//! Events of the work that runs beside the driver.

use engine::Input;
use model::StreamEvent;
use protocol::{EventMsg, OpId, SandboxReport};

/// Everything that event_rx the driver but a submission.
pub(super) enum DriverEvent {
    /// Something that happened, for the machine.
    Input(Input),
    /// The model said something.
    Stream { sampling: u64, event: StreamEvent },
    /// Something to be said that is not recorded.
    Emit(EventMsg),
    /// The answer to an op, that is not recorded.
    Answer { id: OpId, msg: EventMsg },
    /// The sandbox was probed.
    Probed(SandboxReport),
    /// The project has something to say.
    ProjectNews,
    /// An MCP server is ready, changed, or broken.
    Mcp(mcp::ServerEvent),
}
