//! A row of the table of tools.

use super::call::ToolCall;
use crate::prompt::ToolSpec;
use std::path::Path;

/// A built-in tool.
pub(crate) struct BuiltInTool {
    /// Name in front of the model.
    pub(crate) name: &'static str,
    /// Further names that models call it by.
    pub(crate) aliases: &'static [&'static str],
    /// Describes it to the model; `None` for one that is understood and not offered.
    pub(crate) spec: Option<fn() -> ToolSpec>,
    /// Reads a call's arguments, in a session of this folder. The error is for the model.
    pub(crate) read: fn(&str, &Path) -> Result<ToolCall, String>,
}

impl BuiltInTool {
    /// Reports whether the model calls it by this name.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}
