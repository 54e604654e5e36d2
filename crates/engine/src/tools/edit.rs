//! Editing one file by text that is found and replaced.

use super::arguments::parse;
use super::call::ToolCall;
use super::schema::function;
use super::tool::BuiltInTool;
use crate::effect::{Edit, PatchSource};
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;

const NAME: &str = "edit";

pub(super) static TOOL: BuiltInTool = BuiltInTool {
    name: NAME,
    aliases: &[],
    spec: Some(|| {
        function::<Args>(
            NAME,
            "Replaces text in one file; the person reviews it as a patch. `old_string` must be in the file exactly once, unless \
             `replace_all`; an empty one creates the file.",
        )
    }),
    read: |arguments, session_cwd| call(parse(arguments)?, session_cwd),
};

/// Arguments of `edit`.
#[derive(Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Args {
    #[serde(alias = "file_path")]
    path: String,
    old_string: String,
    new_string: String,
    #[serde(default)]
    replace_all: bool,
}

fn call(args: Args, session_cwd: &Path) -> Result<ToolCall, String> {
    let Args { path, old_string, new_string, replace_all } = args;
    if old_string == new_string {
        return Err("`old_string` and `new_string` are the same: nothing would change".to_owned());
    }
    let patch = PatchSource::Edit(Edit { path, old_string, new_string, replace_all });
    Ok(ToolCall::Patch { patch, cwd: session_cwd.to_owned() })
}
