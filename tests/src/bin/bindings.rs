//! Writes the TypeScript of everything the window and the host say to each other to `ui/src/bindings/index.ts`.
//!
//! `bindings` writes it; `bindings --check` writes nothing, and fails when what is there is not what would be written.

use anyhow::{Context, bail};
use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;
use ts_rs::{Config, TS, TypeVisitor};

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
    let config = Config::default().with_large_int("number");
    let mut types = Types { config: &config, seen: HashSet::new(), declarations: BTreeMap::new() };
    types.visit::<host::api::Batch>();
    types.visit::<host::api::CommandError>();
    let mut commands = String::new();

    macro_rules! table {
        ($($(#[doc = $doc:literal])* $name:ident($args:ty) -> $reply:ty;)*) => {{
            use host::api::*;
            use protocol::OpId;
            use view::{Row, UndoView};
            $(
                types.visit::<$args>();
                types.visit::<$reply>();
                $(let _ = writeln!(commands, "  /**{} */", $doc);)*
                let _ = writeln!(
                    commands,
                    "  {}: {{ args: {}; reply: {} }};",
                    stringify!($name),
                    <$args as TS>::name(&config),
                    <$reply as TS>::name(&config),
                );
            )*
        }};
    }
    host::commands!(table);

    let mut text = String::from("// Made from the Rust types by `cargo xtask bindings`. Do not edit.\n");
    for declaration in types.declarations.values() {
        let _ = write!(text, "\n{declaration}\n");
    }
    let _ = write!(
        text,
        "\n/** The command table: arguments and reply of everything the window can ask of the host. */\nexport interface Commands {{\n{commands}}}\n"
    );
    text
}

/// Collects declarations, each type's after those it reaches have been taken note of.
struct Types<'a> {
    config: &'a Config,
    seen: HashSet<TypeId>,
    declarations: BTreeMap<String, String>,
}

impl TypeVisitor for Types<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        // primitives and wrappers have no declaration of their own, only what they are made of
        if T::output_path().is_some() {
            let docs = T::docs().unwrap_or_default();
            let declaration = format!("{docs}export {}", T::decl(self.config));
            self.declarations.insert(T::ident(self.config), declaration);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}
