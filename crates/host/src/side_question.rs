//! Questions on the side.

use crate::api::{AskAsideArgs, CommandResult, SideAnswerView};
use crate::host::Host;
use crate::undo::unexpected;
use protocol::{EventMsg, Op};
use view::markdown::Markdown;

impl Host {
    pub(crate) async fn ask_aside(&self, args: AskAsideArgs) -> CommandResult<SideAnswerView> {
        match self.ask(&args.session, Op::AskAside { text: args.text }).await? {
            EventMsg::SideAnswer { text, usage } => {
                Ok(SideAnswerView { blocks: Markdown::of(&text), text, usage })
            }
            other => Err(unexpected(other)),
        }
    }
}
