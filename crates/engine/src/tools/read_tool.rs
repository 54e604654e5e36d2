//! Tools that change nothing of the project: one row each.

use super::arguments::parse;
use super::call::ToolCall;
use super::schema::function;
use super::tool::Tool;
use super::{command_output, grep_files, list_dir, read_file, stop_command, view_image};
use protocol::{CallId, ToolInvocation};
use std::path::Path;

macro_rules! read_tools {
    ($($(#[$doc:meta])* $tool:ident => $module:ident,)*) => {
        /// A call of a tool that changes nothing of the project.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum ReadTool {
            $($(#[$doc])* $tool($module::Args),)*
        }

        /// Rows of the tools that change nothing, in the order in which the model is told of them.
        pub(super) static READ_TOOLS: &[Tool] = &[
            $(Tool {
                name: $module::NAME,
                aliases: &[],
                spec: Some(|| function::<$module::Args>($module::NAME, $module::DESCRIPTION)),
                read: |arguments, _| Ok(ToolCall::Read(ReadTool::$tool(parse(arguments)?))),
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

/// Reports whether a built-in tool of this name changes nothing.
pub(crate) fn is_read_tool(name: &str) -> bool {
    READ_TOOLS.iter().any(|tool| tool.name == name)
}

/// Returns the file a call of a built-in tool reads, as the model names it.
pub(crate) fn file_read(name: &str, arguments: &str) -> Option<String> {
    let tool = READ_TOOLS.iter().find(|tool| tool.name == name)?;
    match (tool.read)(arguments, Path::new("")) {
        Ok(ToolCall::Read(tool)) => tool.file().map(str::to_owned),
        _ => None,
    }
}
