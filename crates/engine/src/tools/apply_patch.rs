//! Editing files by a patch.

use super::arguments::parse;
use super::call::ToolCall;
use super::tool::BuiltInTool;
use crate::effect::PatchSource;
use crate::prompt::ToolSpec;
use serde::Deserialize;
use std::path::Path;

pub(super) const NAME: &str = "apply_patch";

pub(super) static TOOL: BuiltInTool = BuiltInTool {
    name: NAME,
    aliases: &[],
    spec: Some(|| {
        ToolSpec::Freeform {
        name: NAME.into(),
        description: "Edits files. The person reviews the patch hunk by hunk before it is written, and you are told which \
                      hunks were written. Write the patch as plain text, not as JSON."
            .into(),
        grammar: PATCH_GRAMMAR,
    }
    }),
    read: |arguments, session_cwd| {
        let Args { input } = parse(arguments)?;
        Ok(call(input, session_cwd))
    },
};

/// Arguments where the model has no freeform tools.
#[derive(Deserialize)]
struct Args {
    input: String,
}

/// Returns the call that writes a patch.
pub(super) fn call(patch: String, session_cwd: &Path) -> ToolCall {
    ToolCall::Patch { patch: PatchSource::Text(patch), cwd: session_cwd.to_owned() }
}

const PATCH_GRAMMAR: &str = r#"start: begin file+ end
begin: "*** Begin Patch" LF
end: "*** End Patch" LF?
file: add | delete | update
add: "*** Add File: " NAME LF added+
delete: "*** Delete File: " NAME LF
update: "*** Update File: " NAME LF move? chunk+
move: "*** Move to: " NAME LF
chunk: header* line+ eof?
header: ("@@" | "@@ " /[^\n]+/) LF
line: (" " | "-" | "+") /[^\n]*/ LF
added: "+" /[^\n]*/ LF
eof: "*** End of File" LF
NAME: /[^\n]+/
%import common.LF
"#;
