//! Running a command.

use super::arguments::parse;
use super::call::{ShellCall, ToolCall};
use super::paths::resolve;
use super::schema::function;
use super::tool::BuiltInTool;
use crate::command::{self, ShellPatch};
use crate::effect::PatchSource;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::fmt;
use std::path::Path;

const NAME: &str = "shell";

/// Time a command may run unless the model asks for another, in milliseconds (B18).
pub const DEFAULT_TIMEOUT_MS: u64 = 10_000;

pub(super) static TOOL: BuiltInTool = BuiltInTool {
    name: NAME,
    aliases: &["container.exec"],
    spec: Some(|| {
        function::<Args>(
            NAME,
            "Runs a command and returns its output. The command is an argv array; wrap shell syntax in [\"bash\", \"-lc\", SCRIPT]. \
             Runs in a sandbox that the environment context describes.",
        )
    }),
    read: |arguments, session_cwd| call(parse(arguments)?, session_cwd),
};

/// Arguments of `shell`: the doc comments of its fields are what the model is told of them.
#[derive(Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Args {
    /// program and arguments
    #[serde(deserialize_with = "words")]
    pub(super) command: Vec<String>,
    /// folder to run in; relative to the project
    pub(super) workdir: Option<String>,
    /// how long it may run; 10000 when left out
    #[serde(alias = "timeout")]
    pub(super) timeout_ms: Option<u64>,
    /// go on while it runs (a server, a watcher); its id is the call's
    pub(super) background: Option<bool>,
    /// ask the person to run it without the sandbox; only when it cannot work inside
    pub(super) with_escalated_permissions: Option<bool>,
    /// one sentence: why it needs that
    pub(super) justification: Option<String>,
}

/// Reads a command. One that is a text is an array that was written as a text, or else a script.
pub(super) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Words;
    impl<'de> Visitor<'de> for Words {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_str<E>(self, text: &str) -> Result<Vec<String>, E> {
            if text.trim().is_empty() {
                return Ok(Vec::new());
            }
            Ok(serde_json::from_str(text)
                .unwrap_or_else(|_| ["bash", "-lc", text].map(str::to_owned).to_vec()))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, words: A) -> Result<Vec<String>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(words))
        }
    }
    deserializer.deserialize_any(Words)
}

/// Returns the command a call runs, or the patch it writes by running `apply_patch`.
pub(super) fn call(args: Args, session_cwd: &Path) -> Result<ToolCall, String> {
    if args.command.first().is_none_or(String::is_empty) {
        return Err("failed to parse the call's arguments: `command` is empty".to_owned());
    }
    let cwd = resolve(session_cwd, args.workdir.as_deref());
    if let Some(ShellPatch { patch, workdir }) = command::apply_patch_in(&args.command) {
        let cwd = resolve(&cwd, workdir.as_deref());
        return Ok(ToolCall::Patch { patch: PatchSource::Text(patch), cwd });
    }
    Ok(ToolCall::Shell(ShellCall {
        argv: args.command,
        cwd,
        // nobody waits for what runs in the background
        timeout_ms: match args.background {
            Some(true) => args.timeout_ms.unwrap_or(u64::from(u32::MAX)),
            _ => args.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS),
        },
        escalated: args.with_escalated_permissions.unwrap_or(false),
        background: args.background.unwrap_or(false),
        justification: args.justification,
    }))
}
