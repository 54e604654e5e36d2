//! The shell tool that the Responses API itself describes: understood, and not offered.

use super::arguments::parse;
use super::shell;
use super::tool::BuiltInTool;
use serde::Deserialize;

pub(super) static TOOL: BuiltInTool = BuiltInTool {
    name: "local_shell",
    aliases: &[],
    spec: None,
    read: |arguments, session_cwd| {
        let Args { command, working_directory, timeout_ms } = parse(arguments)?;
        let args = shell::Args {
            command,
            workdir: working_directory,
            timeout_ms,
            background: None,
            with_escalated_permissions: None,
            justification: None,
        };
        shell::call(args, session_cwd)
    },
};

/// The action of a call, as the Responses API describes it.
#[derive(Deserialize)]
struct Args {
    #[serde(deserialize_with = "shell::words")]
    command: Vec<String>,
    working_directory: Option<String>,
    timeout_ms: Option<u64>,
}
