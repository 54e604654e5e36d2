//! Writes the TypeScript of everything the window and the host say to each other to `ui/src/bindings/index.ts`.
//!
//! `bindings` writes it; `bindings --check` writes nothing, and fails when what is there is not what would be written.

use anyhow::{Context, bail};
use countersign_tests::types::{Declaration, Declarations};
use std::fmt::Write as _;
use std::path::Path;
use ts_rs::{Config, TS, TypeVisitor as _};

fn main() -> anyhow::Result<()> {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        other => bail!("unknown arguments {other:?}; usage: bindings [--check]"),
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/bindings/index.ts");
    let wanted = bindings();
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    if found == wanted {
        return Ok(());
    }
    if check {
        bail!("ui/src/bindings/index.ts does not match the Rust types; run `cargo xtask bindings`");
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    std::fs::write(&file, wanted).with_context(|| format!("cannot write {}", file.display()))
}

/// Every type the command table and the channel reach, by name, and the table itself.
fn bindings() -> String {
    // JavaScript has one kind of number; none of ours passes 2^53
    let mut types = Declarations::new(Config::default().with_large_int("number"));
    types.visit::<host::api::UpdateBatch>();
    types.visit::<host::api::CommandError>();
    let mut commands = String::new();

    macro_rules! table {
        ($($(#[doc = $doc:literal])* $name:ident($args:ty) -> $reply:ty;)*) => {{
            use host::api::*;
            use protocol::{CommitAnswer, CommitPlan, FileVersions, InputItem, OpId, SessionId};
            use view::{ChangesView, HunkOrigin, HunkView, Row, UndoView};
            $(
                types.visit::<$args>();
                types.visit::<$reply>();
                $(let _ = writeln!(commands, "  /**{} */", $doc);)*
                let _ = writeln!(
                    commands,
                    "  {}: {{ args: {}; reply: {} }};",
                    stringify!($name),
                    <$args as TS>::name(&types.config),
                    <$reply as TS>::name(&types.config),
                );
            )*
        }};
    }
    host::commands!(table);

    let mut text = String::from("// Made from the Rust types by `cargo xtask bindings`. Do not edit.\n");
    for Declaration { docs, code } in types.all().values() {
        let _ = write!(text, "\n{docs}export {code}\n");
    }
    let _ = write!(
        text,
        "\n/** The command table: arguments and reply of everything the window can ask of the host. */\nexport interface Commands {{\n{commands}}}\n"
    );
    text
}
