//! This side of a connection, as a server sees it.

#![expect(deprecated, reason = "logging is on its way out of the protocol, but today's servers use it")]

use crate::config::Transport;
use crate::reports::CallReports;
use rmcp::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction, ErrorData,
    Implementation, LoggingMessageNotificationParam, ProgressNotificationParam,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use std::sync::Arc;
use tokio::sync::Notify;

/// Answers a server and hears what it says unasked. It can neither sample, nor ask the person, nor name folders: it has none
/// of these capabilities, and what comes anyway is declined. A question for the person that was declined is told to the model.
pub(crate) struct ToolClient {
    /// The server's name, for the log.
    pub(crate) server: String,
    /// Transport to the server; the keys it holds stay out of the log.
    pub(crate) transport: Transport,
    /// Wakes whoever lists the tools.
    pub(crate) tools_changed: Arc<Notify>,
    /// Reports of the server on calls that are running.
    pub(crate) reports: CallReports,
}

impl ClientHandler for ToolClient {
    fn get_info(&self) -> ClientConfig {
        let client = Implementation::new("countersign", env!("CARGO_PKG_VERSION")).with_title("Countersign");
        ClientConfig::new(ClientCapabilities::default(), client)
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.tools_changed.notify_one();
    }

    async fn on_progress(&self, progress: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.reports.progress(progress, |text| self.transport.scrub(text));
    }

    async fn create_elicitation(
        &self,
        asked: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let question = match asked {
            ElicitRequestParams::FormElicitationParams { message, .. }
            | ElicitRequestParams::UrlElicitationParams { message, .. } => message,
            _ => String::new(),
        };
        self.reports.declined(&self.transport.scrub(&question));
        Ok(ElicitResult::new(ElicitationAction::Decline))
    }

    async fn on_logging_message(
        &self,
        said: LoggingMessageNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        let data = self.transport.scrub(&said.data.to_string());
        tracing::debug!(server = self.server, level = ?said.level, data, "log");
    }
}
