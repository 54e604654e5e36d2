//! Tools that change nothing of the project: one row each.

use super::arguments::parse;
use super::schema::function;
use super::{command_output, grep_files, list_dir, read_file, stop_command, view_image};
use crate::prompt::ToolSpec;
use protocol::{CallId, ToolInvocation};
use std::path::Path;

macro_rules! read_tools {
    ($($(#[$doc:meta])* $tool:ident => $module:ident,)*) => {
        /// A call of a tool that changes nothing of the project.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum ReadTool {
            $($(#[$doc])* $tool($module::Args),)*
        }

        /// Rows of the tools, in the order in which the model is told of them.
        static READ_TOOLS: &[ReadToolEntry] = &[
            $(ReadToolEntry {
                name: $module::NAME,
                spec: || function::<$module::Args>($module::NAME, $module::DESCRIPTION),
                parse: |arguments| Ok(ReadTool::$tool(parse(arguments)?)),
            },)*
        ];

        impl ReadTool {
            /// Name in front of the model.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$tool(_) => $module::NAME,)*
                }
            }

            /// Title of the call for people, paths relative to the session's folder where they are inside.
            fn title(&self, session_cwd: &Path) -> String {
                match self {
                    $(Self::$tool(args) => $module::title(args, session_cwd),)*
                }
            }

            /// The file whose content the model sees, as it names it.
            fn file(&self) -> Option<&str> {
                match self {
                    $(Self::$tool(args) => $module::file(args),)*
                }
            }
        }
    };
}

read_tools! {
    /// Lines of a text file.
    ReadFile => read_file,
    /// Names in a folder.
    ListDir => list_dir,
    /// Lines of files that match.
    GrepFiles => grep_files,
    /// A picture, for the model to see.
    ViewImage => view_image,
    /// Output of a command in the background since it was last read.
    CommandOutput => command_output,
    /// The end of a command in the background.
    StopCommand => stop_command,
}

impl ReadTool {
    /// Returns the call as it is shown.
    pub(crate) fn invocation(
        &self,
        call_id: &CallId,
        session_cwd: &Path,
        arguments: String,
    ) -> ToolInvocation {
        ToolInvocation {
            call_id: call_id.clone(),
            server: None,
            tool: self.name().to_owned(),
            title: self.title(session_cwd),
            arguments,
        }
    }
}

/// A row of the table.
struct ReadToolEntry {
    name: &'static str,
    spec: fn() -> ToolSpec,
    parse: fn(&str) -> Result<ReadTool, String>,
}

/// Describes the tools to the model.
pub(super) fn specs() -> impl Iterator<Item = ToolSpec> {
    READ_TOOLS.iter().map(|tool| (tool.spec)())
}

/// Parses a call; `None` when no tool of this table has the name. The error is for the model.
pub(super) fn parse_call(name: &str, arguments: &str) -> Option<Result<ReadTool, String>> {
    let tool = READ_TOOLS.iter().find(|tool| tool.name == name)?;
    Some((tool.parse)(arguments))
}

/// Tools of a reviewer: those that read files.
const OF_REVIEWER: &[&str] = &[read_file::NAME, list_dir::NAME, grep_files::NAME];

/// Describes the tools that read files to a reviewer.
pub(crate) fn reviewer_tools() -> impl Iterator<Item = ToolSpec> {
    READ_TOOLS.iter().filter(|tool| OF_REVIEWER.contains(&tool.name)).map(|tool| (tool.spec)())
}

/// Parses a call of a reviewer's; `None` when it has no such tool. The error is for the model.
pub(crate) fn parse_reviewer_call(name: &str, arguments: &str) -> Option<Result<ReadTool, String>> {
    parse_call(name, arguments).filter(|_| OF_REVIEWER.contains(&name))
}

/// Reports whether a built-in tool of this name changes nothing.
pub(crate) fn is_read_tool(name: &str) -> bool {
    READ_TOOLS.iter().any(|tool| tool.name == name)
}

/// Returns the file a call of a built-in tool reads, as the model names it.
pub(crate) fn file_read(name: &str, arguments: &str) -> Option<String> {
    parse_call(name, arguments)?.ok()?.file().map(str::to_owned)
}
