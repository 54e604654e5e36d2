//! Calls of commands by their names, from the one table.

use crate::api::{
    AddRuleArgs, AppView, ApplyUndoArgs, ArchiveArgs, AskAsideArgs, BackgroundView, CallArgs,
    CloseQuestionArgs, CloseWindowArgs, CodeArgs, CommandError, CommitArgs, CompareArgs, ContextLines,
    ContextLinesArgs, CopiedFiles, Copies, CopyArgs, DayUsageArgs, DayUsages, DraftArgs, DraftMessageArgs,
    DraftReply, DraftedMessage, DryRunArgs, DryRunResult, EditedHunkArgs, ExpandPromptArgs, ExportArgs,
    Exported, FileArgs, FileLinks, FileLinksArgs, FileText, FileVersionsArgs, FindArgs, FindFilesArgs,
    ForkArgs, FoundRows, HunkLinesArgs, HunkOriginArgs, InstructionFileView, LineTokens, Lines,
    McpServersArgs, McpServersView, NewSessionArgs, NoArgs, OpenFileArgs, OpenLinkArgs, OrderQueueArgs,
    PatchTextArgs, ProjectArgs, ProjectCheckView, ProjectView, PromptCommandsArgs, PromptCommandsView,
    ProviderArgs, QueueArgs, QueuedArgs, ReceiptCheck, ReceiptView, RenameArgs, ResetSettingArgs, RevertArgs,
    RowsArgs, RuleArgs, RuleDraft, RulePreview, RulesView, SaveDraftArgs, SaveReceiptArgs, SavedReceipt,
    SearchSessionsArgs, SessionArgs, SessionSnapshot, SessionsPage, SetProjectCheckArgs, SettingsChange,
    SideAnswerView, StartAtLoginArgs, StopAsideArgs, StoreKeyArgs, SubmitArgs, SubscribeArgs, TrustArgs,
    UndoArgs, VerifyReceiptArgs,
};
use crate::host::Host;
use protocol::{CommitAnswer, CommitPlan, FileVersions, InputItem, OpId, SessionId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use view::{ChangesView, HunkOrigin, HunkView, Row, UndoView};

impl Host {
    /// Calls a command of the table by its name, with its arguments and its reply as JSON.
    pub async fn call(self: &Arc<Self>, name: &str, args: Value) -> Result<Value, CommandError> {
        dispatch(self, name, args).await
    }
}

macro_rules! dispatch {
    ($($(#[$doc:meta])* $name:ident($args:ty) -> $reply:ty;)*) => {
        /// Calls the command with this name.
        async fn dispatch(host: &Arc<Host>, name: &str, args: Value) -> Result<Value, CommandError> {
            $(
                if name == stringify!($name) {
                    let args: $args = read(name, args)?;
                    // boxed one by one: together they would make one future as large as the largest
                    let reply: $reply = Box::pin(host.$name(args)).await?;
                    return write(&reply);
                }
            )*
            Err(CommandError::new(format!("there is no command `{name}`")))
        }
    };
}

crate::commands!(dispatch);

fn read<T: DeserializeOwned>(name: &str, args: Value) -> Result<T, CommandError> {
    // what was sent is not repeated: it may hold a key
    serde_json::from_value(args).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "are not of its form",
            _ => "cannot be read",
        };
        CommandError::with_hint(
            format!("the arguments of `{name}` {what}"),
            "the window and the app do not match; start the app again",
        )
    })
}

fn write(reply: &impl Serialize) -> Result<Value, CommandError> {
    serde_json::to_value(reply)
        .map_err(|error| CommandError::new(format!("the reply cannot be written: {error}")))
}
